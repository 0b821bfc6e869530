"""Half-typed and spoiled files: whatever stands in them, nothing breaks, and every place lies inside the text.

By default every sample is cut at each line's end and at every eighth character and read; of these some go through
everything, and some hundred spoiled ones. `TIDEGATE_FUZZ=10 python -m pytest tests/test_fuzz.py` makes ten times as
many; with `TIDEGATE_FUZZ=all` every prefix of every sample is read, and goes through everything.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.markdown import cases
from tests.support.workspace import Workspace
from tidegate_analyzers import reference_files
from tidegate_analyzers.fixes.base import build
from tidegate_analyzers.fixes.suppress import comment
from tidegate_analyzers.ide import lineage, rename
from tidegate_analyzers.ide.compiled import block_at, page
from tidegate_analyzers.ide.completion import Completion, complete, documentation
from tidegate_analyzers.ide.completion.items import LIMIT
from tidegate_analyzers.ide.definition import definition
from tidegate_analyzers.ide.folding import folds
from tidegate_analyzers.ide.hints import hints
from tidegate_analyzers.ide.hover import hover
from tidegate_analyzers.ide.lenses import lenses, said
from tidegate_analyzers.ide.links import links
from tidegate_analyzers.ide.refactor import refactorings
from tidegate_analyzers.ide.references import highlights, references
from tidegate_analyzers.ide.selection import selections
from tidegate_analyzers.ide.signature import signatures
from tidegate_analyzers.ide.symbols import Symbol, symbols
from tidegate_analyzers.ide.tokens import tokens
from tidegate_analyzers.layout import Layout
from tidegate_analyzers.readers.dispatch import read
from tidegate_analyzers.rules.base import all_rules
from tidegate_analyzers.text import Document, Span

EXAMPLE = reference_files.root() / "examples" / "orders"
GIVEN = os.environ.get("TIDEGATE_FUZZ", "1")
EVERY = GIVEN == "all"
TIMES = 20 if EVERY else int(GIVEN)
BUDGET = 240 * TIMES
"""How many prefixes of a kind of file go through everything."""
STEP = max(9 - TIMES, 1)
NEW = "never_seen_before"

Files = dict[str, str]


class Broken(logging.Handler):
    """Whatever is logged as an error: a reader or rule that broke, and was taken out of the way."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(logging.Formatter().format(record))


@pytest.fixture(scope="module", autouse=True)
def broken() -> Iterator[Broken]:
    """Nothing may break unseen: readers and rules are isolated, so what they raise is found in the log."""
    handler = Broken()
    logging.getLogger("tidegate_analyzers").addHandler(handler)
    yield handler
    logging.getLogger("tidegate_analyzers").removeHandler(handler)


def workspaces() -> dict[str, Files]:
    """Every workspace that tests and pages know, by name."""
    suffixes = (".py", ".sql", ".yml", ".yaml", ".toml", ".txt")
    found = {
        "example": {
            file.relative_to(EXAMPLE).as_posix(): file.read_text("utf-8")
            for file in sorted(EXAMPLE.rglob("*"))
            if file.is_file() and file.suffix in suffixes
        }
    }
    for case in cases(Path(__file__).parent / "cases"):
        found[case.name] = case.files
    block = re.compile(r"^`(?P<path>[^`]+)`:\n```\w*\n(?P<text>.*?)^```$", re.M | re.S)
    for rule in all_rules():
        for number, part in enumerate(re.split(r"(?m)^## (?:Bad|Good)\b.*$", rule.page)[1:]):
            page = re.split(r"(?m)^## ", part)[0]
            found[f"{rule.code} {number}"] = {m["path"]: m["text"] for m in block.finditer(page)}
    return {name: {path: text for path, text in files.items() if ":" not in path} for name, files in found.items()}


WORKSPACES = workspaces()


def kind_of(path: str) -> str:
    """The sort of file, by which the prefixes are shared out."""
    if path.endswith("dbt_project.yml"):
        return "dbt_project"
    suffix = path.rpartition(".")[2]
    return {"yaml": "yml"}.get(suffix, suffix)


SAMPLES = sorted({(kind_of(path), path, text, name) for name, files in WORKSPACES.items() for path, text in files.items() if path != "tidegate.toml"})  # fmt: skip
KINDS = sorted(
    {
        kind
        for kind, *_ in SAMPLES
        if kind in ("py", "sql", "yml", "md", "dbt_project", "txt", "json", "properties", "sh", "ipynb")
    }
)


def look(files: Files, path: str, at: int, broken: Broken) -> None:
    """Read, check, mend and ask about a file as an editor would; nothing may break or point outside."""
    workspace = Workspace({name: text for name, text in files.items() if name != "tidegate.toml"}, profile="strict")
    texts = workspace.files
    for found in workspace.found:
        assert 0 <= found.span.start <= found.span.end <= len(texts[found.path]), found
    for name, file in workspace.graph.files.items():
        length = len(texts[name])
        assert all(0 <= start <= end <= length for start, end in file.all_spans()), name
    for _, offer in workspace.offers():
        change = build(workspace.fixer, offer)
        for edit in change.edits if change is not None else ():
            assert 0 <= edit.span.start <= edit.span.end <= len(texts[edit.path]), offer
    _ask(workspace, path, at)
    assert broken.records == [], broken.records.pop()


def _ask(workspace: Workspace, path: str, at: int) -> None:
    document = workspace.documents[path]
    shown = [item.shown for item in workspace.found if item.path == path]
    hover(workspace.view, workspace.snapshot, document, at, shown, page=lambda code: f"{code}.md")
    for place in definition(workspace.view, workspace.snapshot, path, at):
        assert _inside(place.span, workspace.documents[place.path])
    found = complete(workspace.view, workspace.snapshot, document, at)
    if found is not None:
        _check_completion(workspace, document, found)
    for one in signatures(workspace.view, workspace.snapshot, document, at)[0]:
        assert all(0 <= span.start <= span.end <= len(one.label) for span, _ in one.parameters)
    read = workspace.graph.files.get(path)
    if read is not None:
        assert all(_inside(symbol.name_span, document) for symbol in _all(symbols(document, read)))
    _structure(workspace, document, at)
    _names(workspace, document, at)
    for item in refactorings(workspace.fixer, document, Span(at, at), shown):
        assert all(_inside(edit.span, workspace.documents[edit.path]) for edit in item.change.edits), item
        assert not {file.path for file in item.change.files} & workspace.files.keys()
    edit = comment(document, at, "TG001")
    assert edit is None or _inside(edit.span, document)


def _names(workspace: Workspace, document: Document, at: int) -> None:
    view, snapshot = workspace.view, workspace.snapshot
    for place in references(view, snapshot, document.path, at):
        assert _inside(place.span, workspace.documents[place.path])
    assert all(_inside(item.span, document) for item in highlights(view, snapshot, document.path, at))
    try:
        found = rename.prepare(view, snapshot, document, at)
        change = rename.rename(view, snapshot, document, at, NEW)
    except rename.Refused as refused:
        assert str(refused)
        return
    assert (found is None) == (change is None)
    if found is not None and change is not None:
        assert found.span.contains(at)
        name = found.span
        if document.slice(name) != found.name:  # the cursor is beside a quote
            name = Span(name.start + 1, name.end - 1)
        assert document.slice(name) == found.name
        # An item of a select list keeps its name, or gets one.
        texts = (NEW, f" as {NEW}", f"{NEW} as {found.name}")
        named = [edit for edit in change.edits if edit.path == document.path and edit.text in texts]
        behind = [Span(end, end) for end in (name.end, name.end + 1)]
        assert any(edit.span in (name, *behind) for edit in named), change
        assert all(_inside(edit.span, workspace.documents[edit.path]) for edit in change.edits)


def _structure(workspace: Workspace, document: Document, at: int) -> None:
    role = workspace.graph.layout.role(document.path)
    dialect = role.dialect if role is not None else ""
    lines = document.lines.line_count
    assert all(0 <= fold.first < fold.last < lines for fold in folds(document, dialect))
    (chain,) = selections(document, [at], dialect)
    assert all(_inside(span, document) for span in chain)
    assert all(outer.covers(inner) and outer != inner for inner, outer in pairwise(chain))
    read, view = workspace.graph.files.get(document.path), workspace.view
    if read is None:
        return
    coloured = tokens(document, read, dialect)
    assert all(token.start < token.end for token in coloured)
    assert all(one.end <= other.start for one, other in pairwise(coloured))
    assert all(_inside(link.span, document) for link in links(view, document, read, workspace.files.__contains__))
    for point in lineage.points_at(view, document, at):
        for edge in lineage.reads(view, point.kind, point.path, point.name):
            assert all(_inside(span, workspace.documents[point.path]) for span in edge.places)
        for edge in lineage.readers(view, point.kind, point.path, point.name):
            assert all(_inside(span, workspace.documents[edge.point.path]) for span in edge.places)
    for lens in lenses(view, document.path, read):
        assert said(view, lens.about, lens.point).title
    whole = Span(0, len(document.text))
    found = hints(view, document.path, read, whole, stars=True, types=True)
    assert all(0 <= hint.offset <= len(document.text) for hint in found)
    page(view, document)
    block = block_at(view, document, at)
    assert block is None or _inside(block[0], document)


def _check_completion(workspace: Workspace, document: Document, found: Completion) -> None:
    """What is replaced is a part of one line with the cursor in it; what comes along stands behind it."""
    assert _inside(found.span, document)
    assert found.span.contains(found.cursor)
    assert "\n" not in document.slice(found.span)
    assert 0 < len(found.items) <= LIMIT
    assert all(_inside(edit.span, document) and edit.span.start >= found.span.end for edit in found.also)
    documentation(workspace.view, found.items[0].about)


def _all(found: list[Symbol]) -> Iterator[Symbol]:
    for symbol in found:
        yield symbol
        yield from _all(list(symbol.children))


def _inside(span: Span, document: Document) -> bool:
    return 0 <= span.start <= span.end <= len(document.text)


@pytest.mark.parametrize("kind", KINDS)
def test_prefixes_through_their_own_reader(kind: str, broken: Broken) -> None:
    """Samples begin alike: what was read once in a role is not read again."""
    seen: set[tuple[str, str]] = set()
    for _, path, text, name in (sample for sample in SAMPLES if sample[0] == kind):
        role = _layout(name).role(path)
        if role is None:
            continue
        ends = {match.end() for match in re.finditer(r"\n", text)}
        for at in range(len(text) + 1):
            key = (role.key, text[:at])
            if (EVERY or at % STEP == 0 or at in ends) and key not in seen:
                seen.add(key)
                for span in read(Document(path, text[:at]), role).all_spans():
                    assert 0 <= span.start <= span.end <= at, (path, text[:at])
        assert broken.records == [], (name, broken.records.pop())
    assert len(seen) > 20


@cache
def _layout(name: str) -> Layout:
    return Workspace({path: text for path, text in WORKSPACES[name].items() if path != "tidegate.toml"}).graph.layout


def cuts(kind: str) -> list[tuple[Files, str, int]]:
    """Where the samples of a kind are cut: each line's end of each, and every so many characters."""
    places = []
    for _, path, text, name in (sample for sample in SAMPLES if sample[0] == kind):
        ends = [match.end() for match in re.finditer(r"\n", text)]
        places += [(WORKSPACES[name], path, at) for at in range(len(text) + 1)]
        places += [(WORKSPACES[name], path, at - 1) for at in ends]
    if EVERY:
        return places
    step = max(len(places) // BUDGET, 1)
    return places[::step]


@pytest.mark.parametrize("kind", KINDS)
def test_prefixes(kind: str, broken: Broken) -> None:
    chosen = cuts(kind)
    assert len(chosen) > 50
    for files, path, at in chosen:
        text = files[path]
        look({**files, path: text[:at]}, path, at, broken)


BITS = st.sampled_from(
    [
        "(", ")", "[", "]", "{", "}", "{{", "}}", "{%", "%}", "{#", "#}", "'", '"', "'''", '"""', "`", "\\", ";", ":", ": ",
        "- ", "-", ",", "#", "--", "/*", "*/", "&a ", "*a", "<<: *a\n", "|", ">", "!x ", "? ", "%", "@", "$", "\t", "\n",
        "\r", "\r\n", "    ", "\n  ", "\x00", "\x0c", "\u2028", "\ufeff", "é", "日本", "\U0001f600", "\ud800", "e\u0301",
        "{{ ref('a') }}", "{{ config(materialized='incremental') }}", "{% if is_incremental() %}", "{% endif %}",
        "{% raw %}", "{{ this }}", "{{ ds }}", "select ", " from ", " where ", "insert into a ", "delete from a;",
        "merge into a using b on ", " union all ", "with x as (", "null", "true", "~", "12:30", "0x1f", "1e999", "999999",
        "lambda: ", "def f():", "return ", "import ", "async ", "f'{", "x = x + x", " >> ", "# tidegate: ignore", "[TG2]",
        "-- tidegate: ignore[TG201] because", "# tidegate: clears=", "task_id=\"a\"", "trigger_dag_id=\"", "ti.xcom_pull(task_ids='",
        "{{ var.value.", "{{{{ macros.", "models:", "name: ", "columns:", "apiVersion: tidegate/v1", "kind: DataContract",
    ]
)  # fmt: skip


@st.composite
def spoiled(draw: st.DrawFn) -> tuple[Files, str, int]:
    """A workspace in which one file was cut, doubled, shuffled and filled with bits of all its languages."""
    _, path, text, name = draw(st.sampled_from(SAMPLES))
    at = 0
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(text)))
        end = min(len(text), at + draw(st.integers(0, 30)))
        action = draw(st.sampled_from(("insert", "insert", "insert", "delete", "double", "move", "reindent")))
        if action == "insert":
            text = text[:at] + draw(BITS) + text[at:]
        elif action == "delete":
            text = text[:at] + text[end:]
        elif action == "double":
            text = text[:at] + text[at:end] * 2 + text[end:]
        elif action == "move":
            text = text[:at] + text[end:] + text[at:end]
        else:
            text = text[:at] + text[at:].replace("\n", "\n" + " " * draw(st.integers(0, 3)), 3)
    return {**WORKSPACES[name], path: text}, path, min(at, len(text))


@settings(
    max_examples=1500 * TIMES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=not EVERY, database=None
)  # fmt: skip
@given(spoiled())
def test_noise(broken: Broken, made: tuple[Files, str, int]) -> None:
    files, path, at = made
    look(files, path, at, broken)


def test_what_breaks_is_seen(broken: Broken, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test of the test: a reader that raises is noticed."""

    def planted(*given: object) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr("tidegate_analyzers.readers.dispatch._target", planted)
    with pytest.raises(AssertionError, match="planted"):
        look({"models/a.sql": "select 1\n"}, "models/a.sql", 0, broken)
    broken.records.clear()
