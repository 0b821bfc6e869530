"""The names of a file with the characters they stand in, not yet looked up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from tidegate_analyzers.facts import Dag, FileRead, MacroDef, NodeRef, Relation, Setting, Site, Task
from tidegate_analyzers.layout.project import ADAPTERS
from tidegate_analyzers.text import Span

PREFIXES = ("default", *sorted(ADAPTERS))
"""What dbt puts before a macro's name where it looks for the adapter's own implementation."""
NODES = frozenset(("model", "seed", "snapshot"))


_KINDS = {"model": "node", "dag-function": "dag", "task-function": "task"}
"""The kinds of names that are called otherwise here."""


class Occurrence(NamedTuple):
    """A name in a text.

    Attributes:
        span: its characters, without quotes.
        kind: `node`, `source`, `table`, `macro`, `test`, `var`, `docs`, `group`, `exposure`, `unit_test`, `metric`,
            `measure`, `semantic_model`, `saved_query`, `selector`, `package`, `dag`, `task`, `connection`, `variable`,
            `pool`, `asset`, `topic`, `relation` for a table in SQL, or `physical` for the table of a contract.
        name: as written; a table's is `source.table`, a macro's may be dotted, a task's begins with its groups.
        access: `made` where it is defined, `described` where YAML speaks of what is made elsewhere, else `used`.
        value: the reference or entry it belongs to.
        of: what it belongs to, as in `Name`.
        writes: whether it is a table that is written here.
    """

    span: Span
    kind: str
    name: str
    access: str = "used"
    value: Any = None
    of: str = ""
    writes: bool = False


def occurrences(read: FileRead) -> Iterator[Occurrence]:
    """Every name in a file."""
    facts = read.facts
    for node in facts.nodes:
        for ref in node.refs:
            yield from _ref(read, ref)
        for use in node.macros:
            yield from _called(read.span(use.site), use.name)
        if node.kind == "snapshot" and node.site:
            yield Occurrence(read.span(node.site), "node", node.name, "made", node.kind)
        yield from _groups(read, node.config)
    for macro in facts.macros:
        yield from _macro(read, macro)
    for ref in facts.refs:
        yield from _ref(read, ref)
    for exposure in facts.exposures:
        yield Occurrence(read.span(exposure.site), "exposure", exposure.name, "made")
        for ref in exposure.refs:
            yield from _ref(read, ref)
    for entry in facts.properties:
        if entry.kind in NODES or entry.kind == "macro":
            kind = "macro" if entry.kind == "macro" else "node"
            yield Occurrence(read.span(entry.site), kind, entry.name, "described", entry.kind)
        yield from _groups(read, entry.config)
    sources: set[Site] = set()
    for table in facts.sources:
        if table.source_site not in sources:
            sources.add(table.source_site)
            yield Occurrence(read.span(table.source_site), "source", table.source, "made")
        yield Occurrence(read.span(table.site), "table", f"{table.source}.{table.name}", "made", table)
    for group in facts.groups:
        yield Occurrence(read.span(group.site), "group", group.name, "made")
    if facts.project is not None:
        yield Occurrence(read.span(facts.project.site), "package", facts.project.name, "made")
        yield from _groups(read, [setting.setting for setting in facts.project.settings])
    for name in facts.names:
        if name.kind == "computed-id":
            continue
        kind = _KINDS.get(name.kind, name.kind)
        yield Occurrence(read.span(name.site), kind, name.name, "made" if name.made else "used", None, name.of)
    yield from _elsewhere(read)
    yield from _relations(read)
    yield from _topics(read)


def _ref(read: FileRead, ref: NodeRef) -> Iterator[Occurrence]:
    spans = [read.span(site) for site in ref.sites]
    if not ref.names or len(spans) != len(ref.names):
        return
    if ref.function == "source":
        yield Occurrence(spans[0], "source", ref.names[0], "used", ref)
        yield Occurrence(spans[1], "table", f"{ref.names[0]}.{ref.names[1]}", "used", ref)
        return
    if len(spans) == 2:
        yield Occurrence(spans[0], "package", ref.names[0])
    yield Occurrence(spans[-1], "node", ref.names[-1], "used", ref)


def _called(span: Span, name: str) -> Iterator[Occurrence]:
    """A macro that is called, with the package before its name."""
    package, _, last = name.rpartition(".")
    yield Occurrence(Span(span.end - len(last), span.end), "macro", name)
    if package:
        yield Occurrence(Span(span.start, span.start + len(package)), "package", package)


def _macro(read: FileRead, macro: MacroDef) -> Iterator[Occurrence]:
    span = read.span(macro.site)
    if macro.kind in ("macro", "test"):
        yield Occurrence(span, macro.kind, macro.name, "made", macro)
        prefix, sign, last = macro.name.partition("__")
        if sign and last and prefix in PREFIXES:
            yield Occurrence(Span(span.end - len(last), span.end), macro.kind, last, "made", macro)
    for ref in macro.refs:
        yield from _ref(read, ref)
    for use in macro.calls:
        yield from _called(read.span(use.site), use.name)


def _groups(read: FileRead, config: Iterable[Setting]) -> Iterator[Occurrence]:
    """The groups that nodes are put in."""
    for setting in config:
        value = setting.value
        if setting.name == "group" and value.known and isinstance(value.value, str) and value.value:
            span = read.span(value.site)
            quotes = (span.end - span.start - len(value.value)) // 2
            yield Occurrence(Span(span.start + quotes, span.end - quotes), "group", value.value)


def _elsewhere(read: FileRead) -> Iterator[Occurrence]:
    """DAGs, tasks, and the tables of contracts."""
    facts = read.facts
    computed = {read.span(name.site) for name in facts.names if name.kind == "computed-id"}
    for dag in facts.dags:
        span = read.span(dag.site)
        # What a decorated function is called stands in its head.
        if (
            dag.id
            and span.end - span.start == len(dag.id)
            and span.start > read.span(dag.whole).start
            and span not in computed
        ):
            yield Occurrence(span, "dag", dag.id, "made")
        for task in dag.tasks:
            if read.span(task.site) not in computed:
                yield from _task(read, dag, task)
        for reference in dag.references:
            if reference.relation.kind == "dag":
                name = reference.relation.parts[0]
                span = read.span(reference.site)
                if span.end - span.start == len(name):
                    yield Occurrence(span, "dag", name)
    for contract in facts.contracts:
        for obj in contract.objects:
            named, site = (obj.physical, obj.physical_site) if obj.physical else (obj.name, obj.site)
            last = named.rpartition(".")[2]
            span = read.span(site)
            if last and span.end - span.start == len(named):
                yield Occurrence(Span(span.end - len(last), span.end), "physical", last, "used", obj)


def _task(read: FileRead, dag: Dag, task: Task) -> Iterator[Occurrence]:
    """The last part of a task's id, where it is written as it is; calling a decorated function makes a task, too."""
    span, last = read.span(task.site), task.id.rpartition(".")[2]
    written = span.end - span.start
    # Groups stand before the id, and not in the text.
    if last and len(last) <= written <= len(task.id) and task.id[-written - 1 : -written] in ("", "."):
        access = "used" if task.operator == f"@task {last}" else "made"
        yield Occurrence(Span(span.end - len(last), span.end), "task", task.id, access, None, dag.id)


def _topics(read: FileRead) -> Iterator[Occurrence]:
    """The topics that are set up, written and read by their own names."""
    for component in read.facts.components:
        if component.kind == "topic":
            yield from _topic(read, component.name, component.site, "made")
    for job in read.facts.jobs:
        uses = [(item.relation, item.site) for item in (*job.reads, *(i for s in job.streams for i in s.sources))]
        uses += [(write.target, write.site) for write in job.writes]
        uses += [(stream.target, stream.site) for stream in job.streams if stream.target is not None]
        for relation, site in uses:
            if relation.kind == "topic" and not relation.dynamic:
                yield from _topic(read, str(relation), site, "used")


def _topic(read: FileRead, name: str, site: Site, access: str) -> Iterator[Occurrence]:
    span = read.span(site)
    quotes = (span.end - span.start - len(name)) // 2
    # A stream or a table that is laid over the topic may be called otherwise.
    if site and quotes in (0, 1):
        yield Occurrence(Span(span.start + quotes, span.end - quotes), "topic", name, access)


def _relations(read: FileRead) -> Iterator[Occurrence]:
    """The tables that SQL reads and writes by their own names."""
    facts = read.facts
    for sql in facts.sql:
        for item in sql.reads:
            yield from _relation(read, item.relation, item.site, "used")
        for write in sql.writes:
            if write.mode != "call":
                made = write.mode in ("create", "replace") and not write.temporary
                yield from _relation(read, write.target, write.site, "made" if made else "used", writes=True)
    for node in facts.nodes:
        for item in node.tables:
            yield from _relation(read, item.relation, item.site, "used")


def _relation(
    read: FileRead, relation: Relation, site: Site, access: str, *, writes: bool = False
) -> Iterator[Occurrence]:
    if relation.kind == "table" and not relation.dynamic and site and "$" not in relation.parts[-1]:
        yield Occurrence(read.span(site), "relation", str(relation).casefold(), access, relation, "", writes)
