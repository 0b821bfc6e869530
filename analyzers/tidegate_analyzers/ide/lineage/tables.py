"""Lineage that goes by the names of tables: SQL texts and the tasks that run them, sources and models by their tables."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Dag, DbtNode, Read, Relation, SourceTable, Task, same_name
from tidegate_analyzers.graph import dbt, tasks
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.index import Posting, View, write_key
from tidegate_analyzers.graph.tables import may_be
from tidegate_analyzers.ide.lineage.point import Edge, Point, node_point, source_point, sql_point, task_point
from tidegate_analyzers.text import Span


def readers_of_model(view: View, key: NodeKey, node: DbtNode) -> Iterator[Edge]:
    """The SQL texts that read the table of a model, as far as their names can be the same."""
    alias = dbt.config_value(view, key, "alias")
    name = str(alias.value) if alias is not None and alias.known and alias.value else node.name
    for posting, read in _readers(view, name.casefold()):
        if may_be(view, key, read.relation):
            yield from _of_text(view, posting, read, inferred=True)


def readers_of_source(view: View, table: SourceTable) -> Iterator[Edge]:
    """The SQL texts that read the table of a source."""
    for posting, read in _readers(view, table.relation.name):
        if same_name(Relation("table", read.relation.parts), table.relation):
            yield from _of_text(view, posting, read, inferred=len(read.relation.parts) == 1)


def writers_of_source(view: View, table: SourceTable) -> Iterator[Edge]:
    """The SQL texts and tasks that write the table of a source."""
    for posting in view.find(write_key(table.relation)):
        read = view.graph.files.get(posting.path)
        if read is None:
            continue
        if posting.kind == "sql":
            write = view.sql(posting)[1]
            if write is not None and same_name(Relation("table", write.target.parts), table.relation):
                yield from (Edge(point, ()) for point in points_of_text(view, posting.path, posting.number))
        else:
            dag = read.facts.dags[posting.number]
            task = dag.tasks[posting.inner]
            if any(same_name(Relation("table", write.target.parts), table.relation) for write in task.writes):
                yield from _edge(task_point(view, posting.path, dag, task))


def _edge(point: Point | None) -> Iterator[Edge]:
    if point is not None:
        yield Edge(point, ())


def read_by_text(view: View, path: str, number: int) -> Iterator[Edge]:
    """What a SQL text reads."""
    read = view.graph.files.get(path)
    if read is None or not 0 <= number < len(read.facts.sql):
        return
    for item in read.facts.sql[number].reads:
        span = read.span(item.site)
        for point, inferred in datasets(view, item.relation):
            yield Edge(point, (span,), inferred)


def datasets(view: View, relation: Relation) -> Iterator[tuple[Point, bool]]:
    """The sources, else the models, that a table may be, each with whether only its name tells."""
    if relation.kind != "table" or relation.dynamic:
        return
    postings = view.find(f"name:{relation.name}")
    found = False
    for posting in (item for item in postings if item.kind == "source"):
        table = dbt.source_of(view, posting)
        if table is not None and same_name(relation, table.relation):
            point = source_point(view, posting.path, posting.number)
            if point is not None:
                found = True
                yield point, len(relation.parts) == 1
    if found:
        return
    for posting in (item for item in postings if item.kind == "node"):
        facts = view.facts(posting.path)
        point = node_point(view, posting.path, posting.number)
        if facts is not None and point is not None:
            node = facts.nodes[posting.number]
            if may_be(view, NodeKey(posting.path, posting.number, node.name, node.kind), relation):
                yield point, True


def _readers(view: View, name: str) -> Iterator[tuple[Posting, Read]]:
    for posting in view.find(f"read:{name}"):
        facts = view.facts(posting.path)
        if facts is None:
            continue
        if posting.kind == "node":
            yield posting, facts.nodes[posting.number].tables[posting.inner]
        elif posting.kind == "sql":
            yield posting, facts.sql[posting.number].reads[posting.inner]


def _of_text(view: View, posting: Posting, read: Read, *, inferred: bool) -> Iterator[Edge]:
    file = view.graph.files.get(posting.path)
    places: tuple[Span, ...] = (file.span(read.site),) if file is not None and read.site else ()
    if posting.kind == "node":
        point = node_point(view, posting.path, posting.number)
        if point is not None:
            yield Edge(point, places, inferred)
        return
    for found in points_of_text(view, posting.path, posting.number):
        yield Edge(found, places if found.path == posting.path else (), inferred)


def points_of_text(view: View, path: str, number: int) -> list[Point]:
    """What stands for a SQL text: the tasks of its file that run it, else the text itself."""
    facts = view.facts(path)
    found = [
        task_point(view, path, dag, task)
        for dag in (facts.dags if facts is not None else ())
        for task in dag.tasks
        if any(step.kind == "sql" and step.index == number for step in task.steps)
    ]
    return [point for point in found if point is not None] or [
        point for point in (sql_point(view, path, number),) if point is not None
    ]


def runners_of_text(view: View, path: str) -> Iterator[Edge]:
    """The tasks that run a SQL file."""
    for posting, dag, task in tasks.runners(view, path):
        read = view.graph.files.get(posting.path)
        point = task_point(view, posting.path, dag, task)
        if read is not None and point is not None:
            steps = [step for step in task.steps if step.kind in ("file", "stem")]
            ours = [step for step in steps if tasks.sql_file(view, posting.path, step) == path]
            yield Edge(point, tuple(read.span(step.site) for step in ours if step.site))


def find_task(view: View, path: str, name: str) -> tuple[Dag, Task] | None:
    """The task of a name as `task_point` makes it."""
    facts = view.facts(path)
    for dag in facts.dags if facts is not None else ():
        for task in dag.tasks:
            if f"{dag.id or '?'}.{task.id or task.operator}" == name:
                return dag, task
    return None


def reads_of_task(view: View, path: str, name: str) -> Iterator[Edge]:
    """What a task reads through the SQL it runs."""
    found = find_task(view, path, name)
    read = view.graph.files.get(path)
    if found is None or read is None:
        return
    for where, number in tasks.texts(view, path, found[1]):
        for edge in read_by_text(view, where, number):
            yield Edge(edge.point, edge.places if where == path else (), edge.inferred)
