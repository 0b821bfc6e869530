"""Lines above models, sources, DAGs and pipelines: lineage in numbers, tests, the contract, a second run, the replay."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tidegate_analyzers.facts import FileRead
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.contracts import contract_for_node
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.ide import lineage
from tidegate_analyzers.ide.lineage import Point
from tidegate_analyzers.ide.lineage.nodes import node_named
from tidegate_analyzers.safety.models import judge, strategy_of
from tidegate_analyzers.safety.verdict import Safety
from tidegate_analyzers.text import Span

NOWHERE = Span(0, 0)
LENSES = ("lineage", "tests", "contract", "rerun", "replay")
_BRIEFLY = {
    Safety.REPLACE: "it is written anew",
    Safety.KEYED: "rows are matched by key",
    Safety.PARTITION: "its part is replaced",
    Safety.TRANSACTION: "the engine remembers what it loaded",
    Safety.HIGH_WATER: "only newer rows are added",
    Safety.ANTI_JOIN: "only missing rows are added",
    Safety.ENGINE_DEDUP: "the engine removes doubles",
    Safety.DECLARED: "as somebody declares",
    Safety.NO_ROWS: "no rows are added",
    Safety.WALL_CLOCK: "rows chosen by the clock are added again",
    Safety.OVERLAP: "the newest rows are added again",
    Safety.APPEND: "rows are added again",
}


@dataclass(frozen=True, slots=True)
class Lens:
    """A line to come: what it is about (one of `LENSES`), where it stands, and the point it speaks of."""

    about: str
    span: Span
    point: Point


@dataclass(frozen=True, slots=True)
class Said:
    """What a line says, and the place it leads to: a path with a span, or nowhere."""

    title: str
    path: str = ""
    span: Span = NOWHERE


def lenses(view: View, path: str, read: FileRead) -> Iterator[Lens]:
    """The lines of a document; what they say is asked when they are seen."""
    for node in read.facts.nodes:
        if node.kind in ("model", "snapshot", "seed"):
            yield from _all(view, path, node.name, node.kind, read.span(node.site))
    for entry in read.facts.properties:
        if entry.kind in ("model", "snapshot", "seed"):
            yield from _described(view, path, entry.name, read.span(entry.site))
    for table in read.facts.sources:
        point = lineage.find(view, "source", path, f"{table.source}.{table.name}")
        if point is not None:
            yield Lens("lineage", read.span(table.site), point)
    for kind, things in (("dag", read.facts.dags), ("pipeline", read.facts.pipelines)):
        for thing in things:
            if thing.id:
                span = read.span(thing.site)
                yield Lens("replay", span, Point(kind, thing.id, path, kind, span, span))


def _described(view: View, path: str, name: str, span: Span) -> Iterator[Lens]:
    """The entry of a properties file speaks of a node elsewhere; its tests and contract are there to be seen."""
    point = next(iter(lineage.things_at(view, path, span.start)), None)
    if point is not None and point.path != path:
        yield Lens("lineage", span, point)


def _all(view: View, path: str, name: str, kind: str, span: Span) -> Iterator[Lens]:
    point = lineage.find(view, kind, path, name)
    for about in LENSES if point is not None else ():
        if point is not None and (about == "lineage" or kind != "seed") and (about != "rerun" or _adds(view, point)):
            yield Lens(about, span, point)


def _adds(view: View, point: Point) -> bool:
    """Whether a point is a model that adds to what is there: others are written anew."""
    found = node_named(view, point.path, point.name) if point.kind == "model" else None
    return found is not None and dbt.materialization(view, found[0]) == "incremental"


def lens_point(view: View, kind: str, path: str, name: str) -> Point | None:
    """The point of a line, as it is now."""
    if kind not in ("dag", "pipeline"):
        return lineage.find(view, kind, path, name)
    read = view.graph.files.get(path)
    things = (read.facts.dags if kind == "dag" else read.facts.pipelines) if read is not None else ()
    sites = [thing.site for thing in things if thing.id == name]
    if read is None or not sites:
        return None
    return Point(kind, name, path, kind, read.span(sites[0]), read.span(sites[0]))


def said(view: View, about: str, point: Point) -> Said:
    """What a line says."""
    if about == "replay":
        return Said("replay")
    if about == "lineage":
        up = lineage.reads(view, point.kind, point.path, point.name)
        down = lineage.readers(view, point.kind, point.path, point.name)
        return Said(f"{len(up)} upstream · {len(down)} downstream", point.path, point.name_span)
    found = node_named(view, point.path, point.name)
    if found is None:
        return Said("gone")
    if about == "rerun":
        return _rerun(view, found[0])
    return _tests(view, found[0]) if about == "tests" else _contract(view, found[0])


def _rerun(view: View, key: NodeKey) -> Said:
    """What a second run of an incremental model comes to, and where that is decided."""
    found = judge(view, key)
    why = _BRIEFLY.get(found.safety)
    if why is None:
        return Said("re-run: not known")
    if found.safety is Safety.KEYED and (unique := dbt.config(view, key, "unique_key")) is not None:
        keys = unique[1].value if unique[1].known else unique[1].text
        why = f"{strategy_of(view, key)} on {', '.join(map(str, keys if isinstance(keys, list) else [keys]))}"
    words = f"re-run: {'unsafe' if found.safety.unsafe else 'safe'} ({why})"
    step = next((step for step in reversed(found.steps) if step.path and step.site), None)
    read = view.graph.files.get(step.path) if step is not None else None
    return Said(words, step.path, read.span(step.site)) if step is not None and read is not None else Said(words)


def _tests(view: View, key: NodeKey) -> Said:
    """How many data tests YAML gives it, tests of its own in SQL, and unit tests."""
    path, span = "", Span(0, 0)
    data = 0
    project = view.layout.project_of(key.path)
    for where, entry in dbt.properties_of(view, project, key.kind, key.name):
        data += entry.tests
        read = view.graph.files.get(where)
        if read is not None and not path:
            path, span = where, read.span(entry.site)
    data += len({posting.path for posting, kind in dbt.users(view, key) if kind == "test"})
    unit = _unit_tests(view, key)
    words = [f"{data} test{'' if data == 1 else 's'}" if data else "no tests"]
    if unit:
        words.append(f"{unit} unit test{'' if unit == 1 else 's'}")
    return Said(" · ".join(words), path, span)


def _unit_tests(view: View, key: NodeKey) -> int:
    project = view.layout.project_of(key.path)
    files = {posting.path for posting in view.find(f"uses-model:{key.name}")}
    named = (facts.names for path in files if view.layout.project_of(path) is project and (facts := view.facts(path)))
    return sum(name.kind == "unit_test" and name.made and name.of == key.name for names in named for name in names)


def _contract(view: View, key: NodeKey) -> Said:
    contract = contract_for_node(view, key)
    if contract is None:
        return Said("no contract")
    read = view.graph.files.get(contract.path)
    if read is None:
        return Said("contract")
    name = "dbt" if dbt.contract_enforced(view, key) is not None else contract.path.rpartition("/")[2]
    return Said(f"contract: {name}", contract.path, read.span(contract.site))
