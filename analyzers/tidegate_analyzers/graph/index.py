"""The index under the graph: for every key, the places in the workspace that speak of it.

A file posts keys for what it declares and what it uses. Replacing a file changes the keys it posted before and
those it posts now, and nothing else; `View` notes the keys that a question looks at, so that after a change
just the questions are asked again whose keys were touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from sys import intern
from typing import Any, NamedTuple, TypeVar

from tidegate_analyzers.facts import FileFacts, FileRead, NodeRef, Relation, Setting, SqlText, Upkeep, Write
from tidegate_analyzers.layout import Layout
from tidegate_analyzers.readers.gates import CHECKS_CONTRACTS, GATE, RUNS_DBT
from tidegate_analyzers.workspace import Table

T = TypeVar("T")


MAX_PENDING = 80
"""How many questions may lead to one another at once, as columns do through stars."""


class _TooDeepError(Exception):
    """A question that has to be asked by itself, before those that led to it."""

    def __init__(self, key: Any, compute: Callable[[], Any]) -> None:
        super().__init__(key)
        self.key = key
        self.compute = compute


class Posting(NamedTuple):
    """A place that speaks of a key: the file, what kind of fact it is and where in the facts it stands."""

    path: str
    kind: str
    number: int
    inner: int = 0


def postings(path: str, facts: FileFacts) -> Iterator[tuple[str, Posting]]:
    """The keys a file posts."""
    yield f"file:{path.rpartition('/')[2].casefold()}", Posting(path, "file", 0)
    if facts.torn:
        yield f"torn:{facts.role}", Posting(path, "file", 0)
    for i, node in enumerate(facts.nodes):
        # Tests and analyses have names, but no `ref` finds them.
        yield f"{'check' if node.kind in ('test', 'analysis') else 'node'}:{node.name}", Posting(path, "node", i)
        yield f"name:{_alias(node.config) or node.name}".casefold(), Posting(path, "node", i)
        for j, ref in enumerate(node.refs):
            if ref.names:
                yield ref_key(ref), Posting(path, "node", i, j)
        for j, read in enumerate(node.tables):
            yield f"read:{read.relation.name}", Posting(path, "node", i, j)
    for i, entry in enumerate(facts.properties):
        yield f"props:{entry.kind}:{entry.name}", Posting(path, "props", i)
        for j, stem in enumerate(entry.versions):
            yield f"props:{entry.kind}:{stem}", Posting(path, "props", i)
            yield f"version:{entry.name}", Posting(path, "props", i, j)
    for i, table in enumerate(facts.sources):
        yield f"source:{table.source}.{table.name}", Posting(path, "source", i)
        yield f"sourcename:{table.source}", Posting(path, "source", i)
        yield f"name:{table.relation.name}", Posting(path, "source", i)
    for i, exposure in enumerate(facts.exposures):
        yield f"exposure:{exposure.name}", Posting(path, "exposure", i)
        for j, ref in enumerate(exposure.refs):
            if ref.names:
                yield ref_key(ref), Posting(path, "exposure", i, j)
    for i, ref in enumerate(facts.refs):
        if ref.names:
            yield ref_key(ref), Posting(path, "ref", i)
    for i, group in enumerate(facts.groups):
        yield f"group:{group.name}", Posting(path, "group", i)
    for i, macro in enumerate(facts.macros):
        yield f"macro:{macro.name}", Posting(path, "macro", i)
        for ref in macro.refs:
            if ref.names:
                yield ref_key(ref), Posting(path, "macro", i)
        for use in macro.calls:
            yield f"uses-macro:{use.name.rpartition('.')[2]}", Posting(path, "macro", i)
    if facts.catalog is not None:
        for i, held in enumerate(facts.catalog.tables):
            yield f"catalog:{held.id}", Posting(path, "catalog", i)
    for i, told in enumerate(facts.told):
        yield "told:any", Posting(path, "told", i)
        for name in told.about if not told.comment else ():
            yield f"told:{name}", Posting(path, "told", i)
    yield from _names(path, facts)
    yield from _orchestration(path, facts)
    yield from _specifications(path, facts)


def _names(path: str, facts: FileFacts) -> Iterator[tuple[str, Posting]]:
    """The names that no other fact carries, and the groups and macros that nodes use."""
    for i, name in enumerate(facts.names):
        last = name.name.rpartition(".")[2] if name.kind in ("macro", "test") else name.name
        yield f"{'' if name.made else 'uses-'}{name.kind}:{last}", Posting(path, "name", i)
    for i, column in enumerate(facts.column_names):
        yield f"columns-of:{column.of.names[-1]}", Posting(path, "column", i)
    for i, node in enumerate(facts.nodes):
        for called in {use.name.rpartition(".")[2] for use in node.macros}:
            yield f"uses-macro:{called}", Posting(path, "node", i)
        yield from _groups_and_tags(node.config, Posting(path, "node", i))
    for i, entry in enumerate(facts.properties):
        yield from _groups_and_tags(entry.config, Posting(path, "props", i))
    if facts.project is not None:
        settings = [setting.setting for setting in facts.project.settings]
        yield from _groups_and_tags(settings, Posting(path, "project", 0))


def _groups_and_tags(config: Iterable[Setting], posting: Posting) -> Iterator[tuple[str, Posting]]:
    for setting in config:
        if setting.name == "group" and setting.value.known and isinstance(setting.value.value, str):
            yield f"uses-group:{setting.value.value}", posting
        elif setting.name == "tags" and setting.value.known:
            tags = setting.value.value if isinstance(setting.value.value, list) else [setting.value.value]
            for tag in tags:
                if isinstance(tag, str):
                    yield f"tag:{tag}", posting


def ref_key(ref: NodeRef) -> str:
    """The key under which the users of a node or source are found."""
    return f"uses:source:{ref.names[0]}.{ref.names[1]}" if ref.function == "source" else f"uses:{ref.names[-1]}"


def _alias(config: Any) -> str:
    for setting in config:
        if setting.name == "alias" and setting.value.known and isinstance(setting.value.value, str):
            return str(setting.value.value)
    return ""


def _orchestration(path: str, facts: FileFacts) -> Iterator[tuple[str, Posting]]:
    for i, text in enumerate(facts.sql):
        for j, write in enumerate(text.writes):
            yield write_key(write.target), Posting(path, "sql", i, j)
        for j, read in enumerate(text.reads):
            yield f"read:{read.relation.name}", Posting(path, "sql", i, j)
        for table in text.altered:
            yield f"altered:{table.name}", Posting(path, "sql", i)
    for i, component in enumerate(facts.components):
        yield f"{component.kind}:{component.name.casefold()}", Posting(path, "component", i)
        yield f"{component.kind}s:any", Posting(path, "component", i)
    for i, text in enumerate(facts.sql):
        yield from ((_upkeep_key(kept), Posting(path, "sql", i)) for kept in text.upkeep if kept.kind != "unchecked")
    for i, job in enumerate(facts.jobs):
        yield f"job:{job.name}", Posting(path, "job", i)
        yield from ((_upkeep_key(kept), Posting(path, "job", i)) for kept in job.upkeep if kept.kind != "unchecked")
        for name in job.starts:
            yield f"starts:{name}", Posting(path, "job", i)
        for j, write in enumerate(job.writes):
            yield f"job-{write_key(write.target)}", Posting(path, "job", i, j)
        for j, read in enumerate(job.reads):
            yield f"job-read:{read.relation.name}", Posting(path, "job", i, j)
        for setting in job.settings:
            if setting.name.startswith(("spark.", "execution.", "state.", "table.exec.")):
                yield f"setting:{setting.name}", Posting(path, "job", i)
            elif setting.name == "@module":
                yield f"module:{setting.value.value}", Posting(path, "job", i)
            elif setting.name == "@environment":
                for made in setting.value.text.split():
                    yield f"environment:{made}", Posting(path, "job", i)
        for j, stream in enumerate(job.streams):
            if stream.checkpoint is not None and stream.checkpoint.known and isinstance(stream.checkpoint.value, str):
                yield f"checkpoint:{stream.checkpoint.value.rstrip('/')}", Posting(path, "job", i, j)
            if stream.target is not None:
                yield f"stream-out:{stream.target.name}", Posting(path, "job", i, j)
            for read in stream.sources:
                yield f"stream-in:{read.relation.name}", Posting(path, "job", i, j)
    if any(setting.name == GATE for setting in facts.settings):
        yield "gate:contracts", Posting(path, "file", 0)
    if any(module.startswith("airflow.listeners") for _, module, _ in facts.imports):
        yield "airflow:listener", Posting(path, "file", 0)
    for i, dag in enumerate(facts.dags):
        if dag.id:
            yield f"dag:{dag.id}", Posting(path, "dag", i)
        if facts.role == "yaml":
            yield f"yaml-dags:{path.rpartition('/')[0]}", Posting(path, "dag", i)
        for j, task in enumerate(dag.tasks):
            for write in task.writes:
                yield write_key(write.target), Posting(path, "task", i, j)
            if any(s.kind == "dbt" for s in task.steps) or any(
                "dbt" in t and RUNS_DBT.search(t) for t in task.mentions
            ):
                yield "runs:dbt", Posting(path, "task", i, j)
            if any("contract" in text and CHECKS_CONTRACTS.search(text) for text in task.mentions):
                yield "gate:contracts", Posting(path, "task", i, j)
            for step in task.steps:
                if step.kind in ("file", "stem"):
                    name = step.text.rpartition("/")[2].casefold()
                    yield f"runs:{name if step.kind == 'file' else name + '.sql'}", Posting(path, "task", i, j)
                elif step.kind == "script":
                    yield f"runs:{_script_name(step.text)}", Posting(path, "task", i, j)
                elif step.kind in ("import", "calls"):
                    name = step.text.partition(":")[2].rpartition(".")[2]
                    yield f"imports:{name}", Posting(path, "task", i, j)
            for read in task.outlets:
                yield f"asset-out:{read.relation.parts[0]}", Posting(path, "task", i, j)
            for read in task.inlets:
                yield f"asset-in:{read.relation.parts[0]}", Posting(path, "task", i, j)
        for read in dag.references:
            if read.relation.kind == "asset":
                yield f"asset-in:{read.relation.parts[0]}", Posting(path, "dag", i)
            elif read.relation.kind == "dag":
                yield f"uses-dag:{read.relation.parts[0]}", Posting(path, "dag", i)
        schedule = dag.setting("schedule")
        if schedule is not None:
            yield "schedule:dags", Posting(path, "dag", i)


def _upkeep_key(kept: Upkeep) -> str:
    """Who looks for what is done for the files of a table finds it here; `any` where the table isn't known."""
    return f"upkeep:{kept.target.name}" if kept.target is not None and not kept.target.dynamic else "upkeep:any"


def _specifications(path: str, facts: FileFacts) -> Iterator[tuple[str, Posting]]:
    for i, contract in enumerate(facts.contracts):
        for j, obj in enumerate(contract.objects):
            for name in {obj.name.casefold(), obj.physical.rpartition(".")[2].rpartition("/")[2].casefold()} - {""}:
                yield f"contract:{name}", Posting(path, "contract", i, j)
        yield "contracts:any", Posting(path, "contract", i)
    for i, pipeline in enumerate(facts.pipelines):
        yield f"pipeline:{pipeline.id}", Posting(path, "pipeline", i)
        yield "pipelines:any", Posting(path, "pipeline", i)
        for j, stage in enumerate(pipeline.stages):
            for read in (*stage.inputs, *stage.outputs):
                yield f"stage:{read.relation.name}", Posting(path, "stage", i, j)
        for j, target in enumerate(pipeline.targets):
            for read in target.outputs:
                yield f"stage:{read.relation.name}", Posting(path, "target", i, j)
        for kind, ends in (("source", pipeline.sources), ("target", pipeline.targets), ("stage", pipeline.stages)):
            for j, end in enumerate(ends):
                if end.block("contract") is not None:
                    for read in end.outputs:
                        yield f"agreed:{read.relation.name}", Posting(path, kind, i, j)


def _script_name(started: str) -> str:
    """The name of the file that a path, or a module behind `-m`, means."""
    module = started[3:].strip().rpartition(".")[2] if started.startswith("-m ") else ""
    return (f"{module}.py" if module else started.replace("\\", "/").rpartition("/")[2].strip()).casefold()


def write_key(relation: Relation) -> str:
    """The key of the writes to a relation: by its last part, templates included."""
    return f"write:{relation.name.partition('$')[0]}"


@dataclass(frozen=True, eq=False)
class Graph:
    """Files, layout and index at one moment."""

    files: Table[FileRead]
    layout: Layout
    _index: Table[tuple[Posting, ...]] | None = None
    memo: dict[Any, tuple[Any, tuple[str, ...]]] = field(default_factory=dict)
    """Answers with the keys they rest on, for views that note keys."""
    answers: dict[Any, Any] = field(default_factory=dict)
    """Answers for views that don't."""
    _names: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def names(self, kind: str) -> tuple[str, ...]:
        """Every name that a kind of key is posted with, in order; handed on from graph to graph with what changed."""
        found = self._names.get(kind)
        if found is None:
            prefix = f"{kind}:"
            found = tuple(sorted(key[len(prefix) :] for key in self.index if key.startswith(prefix)))
            self._names[kind] = found
        return found

    @cached_property
    def index(self) -> Table[tuple[Posting, ...]]:
        """The places that speak of each key; made when the first is looked up."""
        if self._index is not None:
            return self._index
        index: dict[str, list[Posting]] = {}
        for path, read in self.files.items():
            for key, posting in postings(path, read.facts):
                index.setdefault(intern(key), []).append(posting)
        return Table.of({key: tuple(sorted(set(found))) for key, found in index.items()})

    def replaced(
        self, files: Table[FileRead], changes: Mapping[str, tuple[FileFacts | None, FileFacts | None]]
    ) -> tuple[Graph, set[str]]:
        """The graph after some files said something else, and the keys that were touched.

        Args:
            files: the files of the new moment.
            changes: for each changed path, what it said and what it says; `None` where there is no file.
        """
        touched: set[str] = set()
        gone: dict[str, set[Posting]] = {}
        come: dict[str, set[Posting]] = {}
        for path, (old, new) in changes.items():
            touched.add(f"@{path}")
            for key, posting in postings(path, old) if old is not None else ():
                gone.setdefault(key, set()).add(posting)
            for key, posting in postings(path, new) if new is not None else ():
                come.setdefault(key, set()).add(posting)
        updates: dict[str, tuple[Posting, ...] | None] = {}
        renamed: dict[str, dict[str, bool]] = {}
        for key in gone.keys() | come.keys():
            removed, added = gone.get(key, set()), come.get(key, set())
            if removed == added:
                continue
            kept = [posting for posting in self.index.get(key) or () if posting not in removed]
            updates[key] = tuple(sorted([*kept, *added])) or None
            touched.add(key)
            if (key in self.index) != (updates[key] is not None):
                kind, _, name = key.partition(":")
                touched.add(f"names:{kind}")
                renamed.setdefault(kind, {})[name] = updates[key] is not None
        names = {kind: _with(found, renamed.get(kind, {})) for kind, found in self._names.items()}
        return Graph(files, self.layout, self.index.updated(updates), _names=names), touched


def _with(names: tuple[str, ...], changes: Mapping[str, bool]) -> tuple[str, ...]:
    """Names in order, with those that came and without those that went."""
    if not changes:
        return names
    kept = [name for name in names if name not in changes]
    return tuple(sorted([*kept, *(name for name, is_there in changes.items() if is_there)]))


class View:
    """Answers questions about a graph and notes which keys the answers rest on.

    Args:
        graph: the graph.
        home: the path the questions are asked for; its own facts are no dependency.
        record: whether to note keys.
    """

    __slots__ = ("_pending", "_waiting", "graph", "home", "keys")

    def __init__(self, graph: Graph, home: str = "", *, record: bool = False) -> None:
        self.graph = graph
        self.home = home
        self.keys: set[str] | None = set() if record else None
        self._pending: set[Any] = set()
        self._waiting: set[Any] = set()

    @property
    def layout(self) -> Layout:
        """The layout; when it changes everything is asked again."""
        return self.graph.layout

    def find(self, key: str) -> tuple[Posting, ...]:
        """The places that speak of a key."""
        if self.keys is not None:
            self.keys.add(intern(key))
        return self.graph.index.get(key) or ()

    def facts(self, path: str) -> FileFacts | None:
        """What a file says."""
        if self.keys is not None and path != self.home:
            self.keys.add(intern(f"@{path}"))
        read = self.graph.files.get(path)
        return read.facts if read is not None else None

    def memo(self, key: Any, compute: Callable[[], T]) -> T:
        """The answer to a question that is asked often; computed once for a graph."""
        if self.keys is None:
            answers = self.graph.answers
            if key not in answers:
                answers[key] = compute()
            known: T = answers[key]
            return known
        found = self.graph.memo.get(key)
        if found is None:
            outer, home = self.keys, self.home
            # The answer serves other files too: what it rests on is noted whole, this file included.
            self.keys, self.home = set(), ""
            try:
                value = compute()
                found = (value, tuple(self.keys))
            finally:
                self.keys, self.home = outer, home
            self.graph.memo[key] = found
        self.keys.update(found[1])
        answer: T = found[0]
        return answer

    def follow(self, key: Any, compute: Callable[[], T], nothing: T) -> T:
        """The answer to a question that leads to others of its kind, as `memo` gives it; `nothing` in a circle.

        What is too deep for the stack is asked by itself first, and then all again that led there.
        """

        def entered() -> T:
            if key in self._pending or key in self._waiting:
                return nothing
            if len(self._pending) >= MAX_PENDING:
                raise _TooDeepError(key, entered)
            self._pending.add(key)
            try:
                return compute()
            finally:
                self._pending.discard(key)

        if self._pending:
            return self.memo(key, entered)
        asked: list[tuple[Any, Callable[[], Any]]] = [(key, entered)]
        try:
            while True:
                try:
                    answer: T = self.memo(*asked[-1])
                except _TooDeepError as deep:
                    self._waiting.update(question for question, _ in asked)
                    asked.append((deep.key, deep.compute))
                    continue
                asked.pop()
                if not asked:
                    return answer
                self._waiting.discard(asked[-1][0])
        finally:
            self._waiting.clear()

    def torn(self, role: str, path: str) -> bool:
        """Whether a file of a role, in the dbt project of a path, could not be read whole: who knows what stood there."""
        project = self.layout.project_of(path)
        return any(self.layout.project_of(posting.path) is project for posting in self.find(f"torn:{role}"))

    # -- from postings to facts ------------------------------------------------------------------------------------

    def sql(self, posting: Posting) -> tuple[SqlText, Write | None]:
        """The SQL text of a posting, with the write it is about."""
        facts = self.facts(posting.path)
        if facts is None or posting.number >= len(facts.sql):
            return SqlText("", 0), None
        text = facts.sql[posting.number]
        return text, text.writes[posting.inner] if posting.inner < len(text.writes) else None
