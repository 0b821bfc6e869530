"""Lineage step by step: what a thing reads, and who reads it.

Each kind of point has its own functions in `READS` and `READERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from tidegate_analyzers.facts import NodeRef
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.ide.lineage import assets, columns, jobs, named, nodes, tables
from tidegate_analyzers.ide.lineage.point import (
    Edge,
    Point,
    exposure_point,
    node_point,
    source_number,
    source_point,
    sql_point,
    task_point,
)
from tidegate_analyzers.ide.targets import Target, target_at
from tidegate_analyzers.text import Document

__all__ = ["Edge", "Point", "find", "points_at", "readers", "reads", "things_at"]

Steps = Callable[[View, str, str], Iterator[Edge]]
"""(view, path of the point, its name) -> steps."""


def points_at(view: View, document: Document, offset: int) -> list[Point]:
    """What stands at an offset: what a name there means, else the model or SQL file around it."""
    read = view.graph.files.get(document.path)
    target = target_at(read, offset) if read is not None else None
    # The head of a model's file stands for the model, but for the names in it.
    if (target is None or target.kind == "model") and (named := list(columns.columns_at(view, document, offset))):
        return list(dict.fromkeys(named))
    return things_at(view, document.path, offset)


def things_at(view: View, path: str, offset: int) -> list[Point]:
    """The same without columns."""
    read = view.graph.files.get(path)
    if read is None:
        return []
    target = target_at(read, offset)
    found = list(_of_target(view, path, target)) if target is not None else []
    if found:
        return list(dict.fromkeys(found))
    facts = read.facts
    if facts.role in ("dbt_sql", "dbt_python") and len(facts.nodes) == 1:
        point = node_point(view, path, 0)
        return [point] if point is not None else []
    if facts.role == "sql" and facts.sql:
        return tables.points_of_text(view, path, 0)
    return []


def _of_target(view: View, path: str, target: Target) -> Iterator[Point]:
    value = target.value
    point: Point | None = None
    if target.kind == "ref":
        point = nodes.resolved(view, path, value)
    elif target.kind == "model":
        inside = nodes.node_named(view, path, value)
        ref = NodeRef("ref", (value,), 0)
        point = node_point(view, path, inside[0].index) if inside else nodes.resolved(view, path, ref)
    elif target.kind == "source":
        point = source_point(view, path, target.owner)
    elif target.kind == "exposure":
        facts = view.facts(path)
        point = exposure_point(view, path, facts.exposures.index(value)) if facts is not None else None
    elif target.kind == "task":
        facts = view.facts(path)
        point = task_point(view, path, facts.dags[target.owner], value) if facts is not None else None
    elif target.kind == "job":
        point = jobs.job_point(view, path, target.owner)
    elif target.kind == "asset":
        yield from assets.points(view, value)
    elif target.kind == "topic":
        point = jobs.topic_point(view, str(target.value))
    elif target.kind == "dataset":
        known = [found for found, _ in tables.datasets(view, value)]
        yield from known
        point = named.table_point(view, value) if not known else None
    if point is not None:
        yield point


def _node_reads(view: View, path: str, name: str) -> Iterator[Edge]:
    found = nodes.node_named(view, path, name)
    read = view.graph.files.get(path)
    if found is None or read is None:
        return
    yield from nodes.reads_of_refs(view, path, found[1].refs)
    for table in found[1].tables:
        yield from tables.sources_of(view, table.relation, (read.span(table.site),))


def _node_readers(view: View, path: str, name: str) -> Iterator[Edge]:
    found = nodes.node_named(view, path, name)
    if found is not None:
        yield from nodes.readers_of_node(view, found[0])
        yield from tables.readers_of_model(view, *found)
        yield from nodes.runners_of_node(view, found[0])
        yield from assets.users_of_node(view, found[0])


def _source_reads(view: View, path: str, name: str) -> Iterator[Edge]:
    facts, number = view.facts(path), source_number(view, path, name)
    if facts is not None and number >= 0:
        yield from tables.writers_of(view, tables.of_source(facts.sources[number]))
        yield from assets.makers_of_source(view, path, number)


def _source_readers(view: View, path: str, name: str) -> Iterator[Edge]:
    facts, number = view.facts(path), source_number(view, path, name)
    if facts is not None and number >= 0:
        yield from nodes.readers_of_source(view, name)
        yield from tables.readers_of(view, tables.of_source(facts.sources[number]))
        yield from assets.users_of_source(view, path, number)


def _exposure_reads(view: View, path: str, name: str) -> Iterator[Edge]:
    facts = view.facts(path)
    for exposure in facts.exposures if facts is not None else ():
        if exposure.name == name:
            yield from nodes.reads_of_refs(view, path, exposure.refs)


def _sql_reads(view: View, path: str, name: str) -> Iterator[Edge]:
    yield from tables.read_by_text(view, path, int(name))


def _sql_readers(view: View, path: str, name: str) -> Iterator[Edge]:
    yield from tables.runners_of_text(view, path)


def _nothing(view: View, path: str, name: str) -> Iterator[Edge]:
    return iter(())


_NODES = ("model", "seed", "snapshot", "test", "analysis")
READS: Mapping[str, Steps] = {
    **dict.fromkeys(_NODES, _node_reads),
    "source": _source_reads,
    "exposure": _exposure_reads,
    "task": tables.reads_of_task,
    "job": tables.reads_of_job,
    "topic": jobs.reads_of_topic,
    "table": named.reads_of_table,
    "sql": _sql_reads,
    "column": columns.reads_of_column,
}
READERS: Mapping[str, Steps] = {
    **dict.fromkeys(_NODES, _node_readers),
    "source": _source_readers,
    "task": tables.readers_of_task,
    "job": tables.readers_of_job,
    "topic": jobs.readers_of_topic,
    "table": named.readers_of_table,
    "sql": _sql_readers,
    "column": columns.readers_of_column,
}


def reads(view: View, kind: str, path: str, name: str) -> list[Edge]:
    """What a point reads. The places are in its own file."""
    return _joined(READS.get(kind, _nothing)(view, path, name))


def readers(view: View, kind: str, path: str, name: str) -> list[Edge]:
    """Who reads a point. The places of each are in the file of the reader."""
    return _joined(READERS.get(kind, _nothing)(view, path, name))


def _joined(edges: Iterable[Edge]) -> list[Edge]:
    """One step for each point, with all the places."""
    found: dict[Point, Edge] = {}
    for edge in edges:
        known = found.get(edge.point)
        if known is None:
            found[edge.point] = edge
        else:
            places = tuple(dict.fromkeys((*known.places, *edge.places)))
            found[edge.point] = Edge(edge.point, places, known.inferred and edge.inferred)
    return list(found.values())


def find(view: View, kind: str, path: str, name: str) -> Point | None:
    """The point of a kind and name in a file, as it is now."""
    if kind in _NODES:
        node = nodes.node_named(view, path, name)
        return node_point(view, path, node[0].index) if node is not None else None
    if kind == "source":
        number = source_number(view, path, name)
        return source_point(view, path, number) if number >= 0 else None
    if kind == "exposure":
        facts = view.facts(path)
        names = [exposure.name for exposure in facts.exposures] if facts is not None else []
        return exposure_point(view, path, names.index(name)) if name in names else None
    if kind == "column":
        key = columns.key_named(view, path, name)
        return columns.column_point(view, key) if key is not None else None
    if kind == "job":
        return jobs.job_point(view, path, jobs.find_job(view, path, name))
    if kind == "topic":
        return jobs.topic_point(view, name)
    if kind == "table":
        return named.table_point(view, named.named(name))
    if kind == "task":
        task = tables.find_task(view, path, name)
        return task_point(view, path, *task) if task is not None else None
    return sql_point(view, path, int(name)) if kind == "sql" and name.isdecimal() else None
