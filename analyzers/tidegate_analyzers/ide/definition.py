"""Where a name is defined."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

from tidegate_analyzers.facts import NodeRef, Relation, Site
from tidegate_analyzers.graph import dbt, symbols, tasks
from tidegate_analyzers.graph.contracts import described
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.symbols import Occurrence
from tidegate_analyzers.ide import columns
from tidegate_analyzers.ide.lineage import assets, jobs
from tidegate_analyzers.ide.targets import Target, place_of, target_at
from tidegate_analyzers.text import Span
from tidegate_analyzers.workspace import Snapshot


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a file of the workspace; `origin` is the span of the name that led there."""

    path: str
    span: Span
    origin: Span


def definition(view: View, snapshot: Snapshot, path: str, offset: int) -> list[Location]:
    """The places that define what stands at an offset, the best first."""
    read = snapshot.read(path)
    if read is None:
        return []
    found = symbols.occurrence_at(read, offset)
    if found is not None and found.kind == "relation":
        return _table(view, snapshot, path, found)
    if found is not None and not _has_file(view, path, found):
        symbol = symbols.meaning(view, path, found)
        places = list(symbols.definitions(view, symbol)) if symbol is not None else []
        if places:
            return _unique(Location(place.path, place.span, found.span) for place in places)
    document = snapshot.document(path)
    if document is not None and (spot := columns.spot_at(view, document, offset)) is not None:
        return _unique(Location(p.path, p.span, spot.span) for p in columns.definitions(view, document, spot))
    target = target_at(read, offset)
    if target is None:
        return []
    origin = found.span if found is not None else target.span
    if target.kind == "asset":
        return _unique(Location(p.path, p.name_span, origin) for p in assets.points(view, target.value))
    return _unique(
        Location(where, place_of(snapshot.read(where), site), origin) for where, site in _places(view, path, target)
    )


def _table(view: View, snapshot: Snapshot, path: str, found: Occurrence) -> list[Location]:
    """The model, source or contract of a table; else where SQL creates it, else where it writes it."""
    told = _unique(
        Location(where, place_of(snapshot.read(where), site), found.span) for where, site in _dataset(view, found.value)
    )
    symbol = symbols.table_of(view, found.value, sure=True)
    made = list(symbols.definitions(view, symbol)) or list(symbols.writes(view, symbol))
    return told or _unique(Location(place.path, place.span, found.span) for place in made)


def _has_file(view: View, path: str, found: Occurrence) -> bool:
    """Whether a name is a reference to a node with a file, of which a version may be meant."""
    ref = found.value
    node = dbt.resolve_ref(view, path, ref).node if found.kind == "node" and isinstance(ref, NodeRef) else None
    return node is not None and node.index >= 0


def declaration(view: View, snapshot: Snapshot, path: str, offset: int) -> list[Location]:
    """Where YAML speaks of what stands at an offset; its definition where YAML says nothing."""
    read = snapshot.read(path)
    found = symbols.occurrence_at(read, offset) if read is not None else None
    symbol = symbols.meaning(view, path, found) if found is not None else None
    if found is not None and symbol is not None:
        places = _unique(Location(p.path, p.span, found.span) for p in symbols.declarations(view, symbol))
        if places:
            return places
    return definition(view, snapshot, path, offset)


def _unique(places: Iterator[Location]) -> list[Location]:
    return list(dict.fromkeys(places))


def _places(view: View, path: str, target: Target) -> Iterator[tuple[str, Site]]:
    value = target.value
    if target.kind == "ref":
        yield from _node(view, path, value)
    elif target.kind == "macro":
        yield from _macro(view, value.name)
    elif target.kind == "model":
        yield from _node(view, path, NodeRef("ref", (value,), 0))
    elif target.kind == "step":
        for where, index, _ in tasks.follow(view, path, value):
            facts = view.facts(where)
            yield where, facts.sql[index].site if facts is not None and value.kind == "import" else 0
    elif target.kind == "dag-reference":
        yield from _dag(view, value, "")
    elif target.kind == "contract":
        yield from _contract_file(view, path, value.value)
    elif target.kind == "run" and isinstance(value, dict):
        yield from _run(view, path, value)
    elif target.kind == "dataset":
        yield from _dataset(view, value)
    elif target.kind == "topic":
        yield from ((posting.path, obj.site) for posting, obj in described(view, value.name, value.parts))
        yield from ((posting.path, site) for posting, site in jobs.written_by(view, value) if site)
    elif target.kind == "object":
        yield from _dataset(view, Relation("table", tuple((value.physical or value.name).split("."))))


def _node(view: View, path: str, ref: NodeRef) -> Iterator[tuple[str, Site]]:
    resolution = dbt.resolve_ref(view, path, ref)
    if resolution.node is not None:
        node = dbt.node_of(view, resolution.node)
        yield resolution.node.path, node.site if node is not None else 0
    if resolution.source is not None and (table := dbt.source_of(view, resolution.source)) is not None:
        yield resolution.source.path, table.site


def _macro(view: View, name: str) -> Iterator[tuple[str, Site]]:
    package, _, last = name.rpartition(".")
    for posting in view.find(f"macro:{last}"):
        facts = view.facts(posting.path)
        owner = view.layout.project_of(posting.path)
        if facts is not None and (not package or (owner is not None and owner.name == package)):
            yield posting.path, facts.macros[posting.number].site


def _dag(view: View, dag_id: str, task_id: str) -> Iterator[tuple[str, Site]]:
    for posting in view.find(f"dag:{dag_id}"):
        facts = view.facts(posting.path)
        if facts is None:
            continue
        dag = facts.dags[posting.number]
        task = next((task for task in dag.tasks if task.id == task_id), None) if task_id else None
        yield posting.path, task.site if task is not None else dag.site


def _contract_file(view: View, path: str, value: object) -> Iterator[tuple[str, Site]]:
    named = value if isinstance(value, str) else value.get("ref") if isinstance(value, dict) else None
    if not isinstance(named, str):
        return
    wanted = {posixpath.normpath(named), posixpath.normpath(posixpath.join(path.rpartition("/")[0], named))}
    for posting in view.find(f"file:{named.rpartition('/')[2].casefold()}"):
        if posting.path in wanted:
            facts = view.facts(posting.path)
            yield posting.path, facts.contracts[0].site if facts is not None and facts.contracts else 0


def _run(view: View, path: str, run: dict[str, object]) -> Iterator[tuple[str, Site]]:
    """The code behind a stage."""
    if isinstance(named := run.get("airflow"), str):
        dag_id, _, task_id = named.partition(".")
        yield from _dag(view, dag_id, task_id)
    if isinstance(named := run.get("dbt"), str):
        name = named.strip("+@").rpartition(":")[2]
        for posting in (*view.find(f"node:{name}"), *view.find(f"check:{name}")):
            facts = view.facts(posting.path)
            yield posting.path, facts.nodes[posting.number].site if facts is not None else 0
    if isinstance(named := run.get("sql"), str):
        for posting in view.find(f"file:{named.rpartition('/')[2].casefold()}"):
            if f"/{posting.path}".endswith(f"/{named}"):
                yield posting.path, 0


def _dataset(view: View, relation: Relation) -> Iterator[tuple[str, Site]]:
    """The model or source of a name, else the contract that describes it."""
    if relation.dynamic:
        return
    if relation.kind in ("ref", "source"):
        return
    for posting in view.find(f"name:{relation.name}"):
        facts = view.facts(posting.path)
        if facts is not None:
            yield (
                posting.path,
                facts.nodes[posting.number].site if posting.kind == "node" else facts.sources[posting.number].site,
            )
    for posting, obj in described(view, relation.name, relation.parts):
        yield posting.path, obj.site
