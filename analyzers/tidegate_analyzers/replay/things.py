"""From the items of a replay to the facts they stand for, and back."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Dag, Job, Relation, Stage, Task, same_name
from tidegate_analyzers.graph import dbt, tasks
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.dbt.runs import Runs, run_by
from tidegate_analyzers.graph.dbt.selected import KINDS as NODES
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.postings import Posting
from tidegate_analyzers.ide.lineage.point import Point
from tidegate_analyzers.replay.plan import Item


def dag_named(view: View, path: str, name: str) -> Dag | None:
    """The DAG of an id in a file."""
    facts = view.facts(path)
    return next((dag for dag in (facts.dags if facts is not None else ()) if dag.id == name), None)


def task_item(dag: Dag, index: int, path: str) -> Item:
    """The item of a task."""
    task = dag.tasks[index]
    return Item("task", f"{dag.id or '?'}.{task.id or task.operator}", path)


def task_of(view: View, item: Item) -> tuple[Dag, int, Task] | None:
    """The task that an item stands for."""
    facts = view.facts(item.path)
    for dag in facts.dags if facts is not None else ():
        for index, task in enumerate(dag.tasks):
            if task_item(dag, index, item.path) == item:
                return dag, index, task
    return None


def node_key(view: View, item: Item) -> NodeKey | None:
    """The node that an item stands for."""
    facts = view.facts(item.path)
    for number, node in enumerate(facts.nodes if facts is not None else ()):
        if node.name == item.name and node.kind == item.kind:
            return NodeKey(item.path, number, node.name, node.kind)
    return None


def node_item(key: NodeKey) -> Item:
    """The item of a node."""
    return Item(key.kind, key.name, key.path)


def job_of(view: View, item: Item) -> Job | None:
    """The job that an item stands for."""
    facts = view.facts(item.path)
    return next((job for job in (facts.jobs if facts is not None else ()) if job.name == item.name), None)


def stage_of(view: View, item: Item) -> Stage | None:
    """The stage that an item stands for."""
    facts = view.facts(item.path)
    for pipeline in facts.pipelines if facts is not None else ():
        for stage in pipeline.stages:
            if f"{pipeline.id}.{stage.id}" == item.name:
                return stage
    return None


def of_point(point: Point) -> Item | None:
    """The item of a point of lineage; `None` for what hands no data on."""
    if point.kind in (*NODES, "source", "exposure", "task", "sql", "job"):
        return Item(point.kind, point.name, point.path)
    return None


def models_of_task(view: View, path: str, task: Task) -> Runs | None:
    """The nodes of dbt that a task runs: by its commands, else those that its arguments name."""
    found = run_by(view, task)
    if found is not None:
        return found
    read = view.graph.files.get(path)
    if read is None or not read.facts.names:
        return None
    whole = read.span(task.whole or task.site)
    names = [n for n in read.facts.names if n.kind == "model" and not n.made and whole.covers(read.span(n.site))]
    keys = {key for name in names for key in _nodes_named(view, name.name)}
    return Runs(frozenset(keys), known=False) if keys else None


def _nodes_named(view: View, name: str) -> Iterator[NodeKey]:
    found = []
    for posting in view.find(f"node:{name}"):
        facts = view.facts(posting.path)
        if facts is not None and facts.nodes[posting.number].kind in NODES:
            found.append(NodeKey(posting.path, posting.number, name, facts.nodes[posting.number].kind))
    if len(found) == 1:
        yield found[0]


def jobs_touching(view: View, key: str, relation: Relation) -> Iterator[Item]:
    """The jobs that post a key (`job-read`, `job-write`, `stream-in`, `stream-out`) for a relation."""
    for posting in view.find(f"{key}:{relation.name}"):
        facts = view.facts(posting.path)
        job = facts.jobs[posting.number] if facts is not None and posting.number < len(facts.jobs) else None
        if job is not None and any(same_name(_as_table(other), _as_table(relation)) for other in _data_of(job)):
            yield Item("job", job.name, posting.path)


def _data_of(job: Job) -> Iterator[Relation]:
    yield from (write.target for write in job.writes)
    yield from (read.relation for read in job.reads)
    for stream in job.streams:
        yield from (read.relation for read in stream.sources)
        if stream.target is not None:
            yield stream.target


def _as_table(relation: Relation) -> Relation:
    return Relation("table", relation.parts)


def site_of(view: View, item: Item) -> int:
    """Where an item stands in its file."""
    if item.kind == "task" and (found := task_of(view, item)) is not None:
        return found[2].site
    if item.kind in NODES and (key := node_key(view, item)) is not None:
        node = dbt.node_of(view, key)
        return node.site if node is not None else 0
    if item.kind == "job" and (job := job_of(view, item)) is not None:
        return job.site
    if item.kind == "stage" and (stage := stage_of(view, item)) is not None:
        return stage.site
    facts = view.facts(item.path)
    if facts is None:
        return 0
    if item.kind == "source":
        return next((t.site for t in facts.sources if f"{t.source}.{t.name}" == item.name), 0)
    if item.kind == "exposure":
        return next((e.site for e in facts.exposures if e.name == item.name), 0)
    if item.kind == "dag":
        return next((dag.site for dag in facts.dags if dag.id == item.name), 0)
    return 0


_NO_ROWS = frozenset(("call", "index"))


def written_by(view: View, item: Item) -> list[Relation]:
    """The tables, topics and paths that an item writes, in order."""
    found: list[Relation] = []
    if item.kind == "task" and (task := task_of(view, item)) is not None:
        found = [e.write.target for e in tasks.effects(view, item.path, task[2]) if e.write.mode not in _NO_ROWS]
    elif item.kind == "job" and (job := job_of(view, item)) is not None:
        found = [e.write.target for e in tasks.effects(view, item.path, job) if e.write.mode not in _NO_ROWS]
        found += [stream.target for stream in job.streams if stream.target is not None]
    elif item.kind == "sql" and (facts := view.facts(item.path)) is not None:
        found = [write.target for write in facts.sql[int(item.name)].writes]
    elif item.kind == "stage" and (stage := stage_of(view, item)) is not None:
        found = [read.relation for read in stage.outputs]
    return list(dict.fromkeys(relation for relation in found if relation.parts))


def readers_posted(view: View, relation: Relation) -> Iterator[Posting]:
    """The SQL texts and nodes that read a table by its name."""
    for posting in view.find(f"read:{relation.name}"):
        facts = view.facts(posting.path)
        if facts is None:
            continue
        if posting.kind == "sql":
            read = facts.sql[posting.number].reads[posting.inner]
        elif posting.kind == "node":
            read = facts.nodes[posting.number].tables[posting.inner]
        else:
            continue
        if same_name(_as_table(read.relation), _as_table(relation)):
            yield posting
