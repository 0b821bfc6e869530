"""Lineage that goes by the names of tables: SQL texts and the tasks that run them, sources and models by their tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tidegate_analyzers.facts import Dag, DbtNode, Read, Relation, SourceTable, SqlText, Task, Write, same_name
from tidegate_analyzers.graph import dbt, tasks
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.postings import Posting, write_key
from tidegate_analyzers.graph.scripts import script_job
from tidegate_analyzers.graph.tables import may_be
from tidegate_analyzers.ide.lineage import assets, jobs, orchestration
from tidegate_analyzers.ide.lineage.nodes import models_of_task
from tidegate_analyzers.ide.lineage.point import Edge, Point, node_point, source_point, sql_point, task_point
from tidegate_analyzers.text import Span


def readers_of_model(view: View, key: NodeKey, node: DbtNode) -> Iterator[Edge]:
    """The SQL texts that read the table of a model, as far as their names can be the same."""
    alias = dbt.config_value(view, key, "alias")
    name = str(alias.value) if alias is not None and alias.known and alias.value else node.name
    for posting, read in reads_named(view, name.casefold()):
        if may_be(view, key, read.relation):
            yield from _of_text(view, posting, read, inferred=True)
    for posting in view.find(f"job-read:{name.casefold()}"):
        facts = view.facts(posting.path)
        point = jobs.job_point(view, posting.path, posting.number)
        if facts is None or point is None:
            continue
        item = facts.jobs[posting.number].reads[posting.inner]
        if item.relation.kind == "table" and may_be(view, key, item.relation):
            yield Edge(point, _site(view, posting.path, item), True)


def of_source(table: SourceTable) -> Relation:
    """The table that a source's entry stands for."""
    return Relation("table", table.relation.parts)


def readers_of(view: View, relation: Relation) -> Iterator[Edge]:
    """The jobs and SQL texts that read something, as far as they name it alike."""
    yield from jobs.readers(view, relation)
    for posting, read in reads_named(view, relation.name) if relation.kind == "table" and not relation.dynamic else ():
        if same_name(Relation("table", read.relation.parts), relation):
            yield from _of_text(view, posting, read, inferred=len(read.relation.parts) == 1)


def _site(view: View, path: str, item: Read) -> tuple[Span, ...]:
    read = view.graph.files.get(path)
    return (read.span(item.site),) if read is not None and item.site else ()


def writers_of(view: View, relation: Relation) -> Iterator[Edge]:
    """The jobs, tasks and SQL texts that bring rows into something."""
    yield from jobs.writers(view, relation)
    for posting, write in writes_to(view, relation):
        facts = view.facts(posting.path)
        if facts is None or (write.mode == "create" and not write.rows):
            continue
        if posting.kind == "task":
            dag = facts.dags[posting.number]
            task = dag.tasks[posting.inner]
            yield from _edge(task_point(view, posting.path, dag, task), inferred=jobs.vague(relation))
        elif not facts.sql[posting.number].streaming:
            for point in points_of_text(view, posting.path, posting.number):
                yield Edge(point, (), jobs.vague(relation))


def writes_to(view: View, relation: Relation) -> Iterator[tuple[Posting, Write]]:
    """The writes of SQL texts and tasks that make a table or bring rows into it, for others to see."""
    for posting in view.find(write_key(relation)) if relation.kind == "table" and not relation.dynamic else ():
        facts = view.facts(posting.path)
        found: tuple[Write, ...] = ()
        if facts is not None and posting.kind == "sql":
            found = facts.sql[posting.number].writes[posting.inner : posting.inner + 1]
        elif facts is not None and posting.kind == "task":
            found = facts.dags[posting.number].tasks[posting.inner].writes
        for write in found:
            seen = not write.temporary and write.mode not in jobs.LEAVES
            if seen and same_name(Relation("table", write.target.parts), relation):
                yield posting, write


def _edge(point: Point | None, *, inferred: bool = False) -> Iterator[Edge]:
    if point is not None:
        yield Edge(point, (), inferred)


def read_by_text(view: View, path: str, number: int) -> Iterator[Edge]:
    """What a SQL text reads of what others write."""
    read = view.graph.files.get(path)
    if read is None or not 0 <= number < len(read.facts.sql):
        return
    text = read.facts.sql[number]
    for item in text.reads:
        if not _is_own(text, item.relation):
            yield from _others(view, path, number, sources_of(view, item.relation, (read.span(item.site),)))


def _is_own(text: SqlText, relation: Relation) -> bool:
    """Whether a text reads what it makes for itself alone."""
    return any(write.temporary and same_name(write.target, relation) for write in text.writes)


def _others(view: View, path: str, number: int, edges: Iterable[Edge]) -> Iterator[Edge]:
    """Edges but for those to what runs the text itself."""
    own: list[Point] | None = None
    for edge in edges:
        if edge.point.kind in _RUN:
            own = points_of_text(view, path, number) if own is None else own
            if edge.point in own:
                continue
        yield edge


_RUN = frozenset(("sql", "task", "job"))
"""What a SQL text can stand as."""


def sources_of(view: View, relation: Relation, places: tuple[Span, ...]) -> Iterator[Edge]:
    """What a use of a name leads to: a source or model, else what writes that which has the name."""
    found = list(datasets(view, relation))
    for point, inferred in found:
        yield Edge(point, places, inferred)
    if not found:
        for edge in writers_of(view, relation):
            yield Edge(edge.point, places, edge.inferred)


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


def reads_named(view: View, name: str) -> Iterator[tuple[Posting, Read]]:
    """The SQL texts and models that read a table whose last part is a name, with the places."""
    for posting in view.find(f"read:{name}"):
        facts = view.facts(posting.path)
        if facts is None:
            continue
        if posting.kind == "node":
            yield posting, facts.nodes[posting.number].tables[posting.inner]
        elif posting.kind == "sql" and not facts.sql[posting.number].streaming:
            # The names in a continuous query are those of its own catalog; its job knows what they stand for.
            text = facts.sql[posting.number]
            item = text.reads[posting.inner]
            if not _is_own(text, item.relation):
                yield posting, item


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
    """What stands for a SQL text: the tasks or jobs of its file that run it, else the text itself."""
    facts = view.facts(path)
    found = [
        task_point(view, path, dag, task)
        for dag in (facts.dags if facts is not None else ())
        for task in dag.tasks
        if any(step.kind == "sql" and step.index == number for step in task.steps)
    ]
    found += [
        jobs.job_point(view, path, place)
        for place, job in enumerate(facts.jobs if facts is not None else ())
        if any(step.kind == "sql" and step.index == number for step in job.steps)
    ]
    return [point for point in found if point is not None] or [
        point for point in (sql_point(view, path, number),) if point is not None
    ]


def runners_of_text(view: View, path: str) -> Iterator[Edge]:
    """The tasks that run a SQL file or a script."""
    for posting, dag, task in tasks.runners(view, path):
        read = view.graph.files.get(posting.path)
        point = task_point(view, posting.path, dag, task)
        if read is not None and point is not None:
            ours = [step for step in task.steps if tasks.started(view, posting.path, step) == path]
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
    """What a task reads through the SQL and the scripts it runs, and the nodes it has dbt run."""
    found = find_task(view, path, name)
    read = view.graph.files.get(path)
    if found is None or read is None:
        return
    dag, task = found
    for where, number in tasks.texts(view, path, task):
        for edge in read_by_text(view, where, number):
            yield Edge(edge.point, edge.places if where == path else (), edge.inferred)
    for step in task.steps:
        started = script_job(view, path, step) if step.kind == "script" else None
        if started is not None:
            for edge in reads_of_job(view, started[0], jobs.job_name(*started)):
                yield Edge(edge.point, (read.span(step.site),) if step.site else (), edge.inferred)
    yield from models_of_task(view, path, read.facts.dags.index(dag), dag.tasks.index(task))
    yield from orchestration.before(view, path, dag, task)


def readers_of_writer(view: View, targets: Iterable[Relation]) -> Iterator[Edge]:
    """Who reads what a task or job writes: topics and sources that are it, else jobs and SQL texts."""
    for relation in targets:
        if relation.kind == "topic":
            point = jobs.topic_point(view, str(relation))
            yield from _edge(point)
            continue
        found = [(point, inferred) for point, inferred in datasets(view, relation) if point.kind == "source"]
        for point, inferred in found:
            yield Edge(point, (), inferred)
        if not found:
            yield from readers_of(view, relation)


def readers_of_task(view: View, path: str, name: str) -> Iterator[Edge]:
    """Who reads what a task writes."""
    found = find_task(view, path, name)
    if found is not None:
        yield from readers_of_writer(view, written_by_task(view, path, found[1]))
        yield from orchestration.after(view, *found)


def written_by_task(view: View, path: str, task: Task) -> list[Relation]:
    """What a task writes, also by the SQL it runs."""
    made = [
        effect.write.target for effect in tasks.effects(view, path, task) if effect.write.mode not in ("call", "index")
    ]
    return [relation for relation in dict.fromkeys(made) if not relation.dynamic]


def reads_of_job(view: View, path: str, name: str) -> Iterator[Edge]:
    """What a job reads, also by the SQL it runs."""
    facts, number = view.facts(path), jobs.find_job(view, path, name)
    if facts is None or number < 0:
        return
    job = facts.jobs[number]
    for item in jobs.inputs(job):
        places = _site(view, path, item)
        if item.relation.kind == "topic":
            point = jobs.topic_point(view, str(item.relation)) if not item.relation.dynamic else None
            yield from (Edge(found.point, places) for found in _edge(point))
        else:
            yield from sources_of(view, item.relation, places)
    yield from assets.made_of(view, path, job)
    for where, text in tasks.texts(view, path, job):
        for edge in read_by_text(view, where, text):
            yield Edge(edge.point, edge.places if where == path else (), edge.inferred)


def readers_of_job(view: View, path: str, name: str) -> Iterator[Edge]:
    """Who reads what a job writes."""
    facts, number = view.facts(path), jobs.find_job(view, path, name)
    if facts is not None and number >= 0:
        yield from readers_of_writer(view, jobs.outputs(view, path, facts.jobs[number]))
        yield from assets.used_by(view, path, number)
        if facts.jobs[number].kind == "script":
            yield from runners_of_text(view, path)
