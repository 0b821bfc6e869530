"""After any edits, what was brought up to date is what would be found from scratch."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate_analyzers import check as engine
from tidegate_analyzers import reference_files
from tidegate_analyzers.check import Policy, Shown
from tidegate_analyzers.layout import Options
from tidegate_analyzers.text import Document
from tidegate_analyzers.workspace import Snapshot, Token
from tidegate_server.baseline import Baseline
from tidegate_server.cache import Cache
from tidegate_server.index import Loader
from tidegate_server.lsp import analysis
from tidegate_server.lsp.findings import Findings, Group

OPTIONS = Options()
EXAMPLE = reference_files.root() / "examples" / "orders"
SHOP = {
    "dbt_project.yml": [
        "name: shop\nversion: '1.0'\nmodel-paths: [models]\n",
        "name: shop\nmodel-paths: [models, more]\n",
    ],
    "models/sources.yml": [
        "sources:\n  - name: raw\n    tables: [{name: orders}, {name: users}]\n",
        "sources:\n  - name: raw\n    tables: [{name: orders, columns: [{name: id, data_type: int}]}]\n",
        "sources:\n  - name: [\n",
    ],
    "models/stg.sql": [
        "select * from {{ source('raw', 'orders') }}\n",
        "select * from {{ ref('users') }}\n",
        "select (\n",
    ],
    "models/mart.sql": [
        "{{ config(materialized='incremental') }}\nselect * from {{ ref('stg') }}\n",
        "{{ config(materialized='incremental', unique_key='id') }}\nselect * from {{ ref('stg') }}\n",
        "select * from {{ ref('stg') }} join {{ ref('users') }} using (id) -- tidegate: ignore[TG706] later\n",
    ],
    "more/users.sql": ["select 1 as id\n", "select * from {{ ref('mart') }}\n"],
    "models/mart.yml": [
        "models:\n  - name: mart\n    columns: [{name: id, data_type: int}]\n",
        "models:\n  - name: mart\n    access: public\n    config: {contract: {enforced: true}}\n    columns: [{name: id, data_type: int}]\n",
    ],
    "models/boards.yml": [
        "exposures:\n  - {name: board, type: dashboard, owner: {email: a@b.c}, depends_on: [ref('mart'), ref('users')]}\n",
        "exposures:\n  - {name: board, type: dashboard, owner: {email: a@b.c}, depends_on: [ref('gone')]}\n",
    ],
    "dags/load.py": [
        "from airflow import DAG\nfrom airflow.providers.postgres.operators.postgres import PostgresOperator\n\n"
        'with DAG("load", schedule="@daily", default_args={"owner": "x", "retries": 2}) as dag:\n'
        '    PostgresOperator(task_id="load", sql="sql/load.sql")\n',
        "from airflow import DAG\nfrom airflow.providers.postgres.operators.postgres import PostgresOperator\n\n"
        'with DAG("load", schedule="@daily") as dag:\n'
        '    first = PostgresOperator(task_id="clear", sql="DELETE FROM raw.orders WHERE day = \'{{ ds }}\'")\n'
        '    first >> PostgresOperator(task_id="load", sql="sql/load.sql")\n',
    ],
    "dags/sql/load.sql": [
        "INSERT INTO raw.orders SELECT * FROM shop.orders WHERE day = '{{ ds }}'\n",
        "INSERT INTO raw.users SELECT * FROM shop.users\n",
        "TRUNCATE raw.orders;\nINSERT INTO raw.orders SELECT * FROM shop.orders;\n",
    ],
}


@dataclass
class Server:
    """The steps of the language server, one after the other.

    Attributes:
        root: the folder.
        policy: the configuration.
        opened: the texts open in the editor.
    """

    root: Path
    policy: Policy
    opened: dict[str, Document] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.findings = Findings()
        self.groups: set[Group] = set()
        self.reload()

    def reload(self) -> None:
        """Read everything."""
        loaded = Loader(self.root, OPTIONS, Cache(None), overlay=self.opened).load()
        empty = analysis.empty(self.root, self.policy, OPTIONS)
        graph = loaded.graph()
        snapshot = Snapshot(graph.files, loaded.layout, analysis.Texts(self.root, self.opened), frozenset(self.opened))
        old = set(self.findings.results)
        self.state = analysis.State(snapshot, graph, empty.policy, ready=True)
        self.judge({*graph.files, *old})

    def judge(self, paths: set[str]) -> None:
        """Ask the rules about some files."""
        for path, result in analysis.judge(self.state, paths, Token()).items():
            self.groups |= self.findings.put(path, result)

    def change(self, path: str) -> None:
        """A file changed, on disk or in the editor."""
        changes = {path: self.opened.get(path)}
        update = analysis.update(self.root, self.state, changes, dict(self.opened), True, Token())
        self.state = update.state
        for changed, result in update.results.items():
            self.groups |= self.findings.put(changed, result)
        self.judge(self.findings.users_of(update.touched) - update.results.keys())
        if update.relayout:
            self.reload()

    def shown(self) -> dict[str, list[Shown]]:
        """What the editor shows."""
        groups, self.groups = self.groups, set()
        self.findings.regroup(groups, self.state)
        sheet = self.findings.sheet(self.state, self.state.graph.files, Baseline())
        found = {path: sheet.shown(path) for path in self.state.graph.files}
        return {path: items for path, items in sorted(found.items()) if items}


def assert_as_from_scratch(server: Server) -> None:
    graph = Loader(server.root, OPTIONS, Cache(None), overlay=server.opened).load().graph()
    mine = server.state.graph
    assert dict(mine.index.items()) == dict(graph.index.items())
    assert {path: read.facts for path, read in mine.files.items()} == {p: r.facts for p, r in graph.files.items()}
    report = engine.check(graph, server.policy, open_paths=frozenset(server.opened))
    assert server.shown() == report.shown


@contextmanager
def folder() -> Iterator[Path]:
    """A folder for one example; Hypothesis runs many within a test."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name).resolve() / "work"


def put(root: Path, path: str, text: str | None) -> None:
    """Write a file, or remove it."""
    file = root / path
    if text is None:
        file.unlink(missing_ok=True)
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode())


def _step(path: str) -> st.SearchStrategy[tuple[str, str, str | None]]:
    texts = st.sampled_from([*SHOP[path], None])
    edits = st.tuples(st.sampled_from(("disk", "editor")), st.just(path), texts)
    return st.one_of(edits, st.just(("close", path, None)))


STEPS = st.lists(st.sampled_from(sorted(SHOP)).flatmap(_step), max_size=12)


@settings(max_examples=120, deadline=None)
@given(st.sets(st.sampled_from(sorted(SHOP))), STEPS, st.sampled_from(("recommended", "strict")))
def test_any_edits_of_a_shop(missing: set[str], steps: list[tuple[str, str, str | None]], profile: str) -> None:
    with folder() as root:
        root.mkdir()
        for path, texts in SHOP.items():
            put(root, path, None if path in missing else texts[0])
        server = Server(root, Policy(profile=profile, rollup_min=3, rollup_below=0.5))
        for action, path, text in steps:
            if action == "editor" and text is not None:
                server.opened[path] = Document(path, text)
            elif action == "disk":
                put(root, path, text)
            else:
                server.opened.pop(path, None)
            server.change(path)
        assert_as_from_scratch(server)


PATHS = sorted(file.relative_to(EXAMPLE).as_posix() for file in EXAMPLE.rglob("*") if file.is_file())
MENDED = [path for path in PATHS if not path.endswith(("dbt_project.yml", "tidegate.toml", "README.md"))]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(MENDED),
            st.sampled_from(("cut", "drop a line", "double a line", "remove", "restore", "move")),
            st.floats(0, 1),
        ),
        max_size=6,
    )
)
def test_any_edits_of_the_example(steps: list[tuple[str, str, float]]) -> None:
    with folder() as root:
        shutil.copytree(EXAMPLE, root)
        server = Server(root, Policy(rollup_min=3))
        for path, action, where in steps:
            text = (root / path).read_text("utf-8") if (root / path).is_file() else ""
            lines = text.splitlines(keepends=True)
            number = min(int(where * len(lines)), max(len(lines) - 1, 0))
            if action == "cut":
                put(root, path, text[: int(where * len(text))])
            elif action == "drop a line":
                put(root, path, "".join(lines[:number] + lines[number + 1 :]))
            elif action == "double a line":
                put(root, path, "".join(lines[: number + 1] + lines[number:]))
            elif action == "restore":
                put(root, path, (EXAMPLE / path).read_text("utf-8"))
            else:
                put(root, path, None)
            if action == "move":
                moved = f"{path.rpartition('/')[0]}/moved_{path.rpartition('/')[2]}".lstrip("/")
                put(root, moved, text)
                server.change(moved)
            server.change(path)
        assert_as_from_scratch(server)
