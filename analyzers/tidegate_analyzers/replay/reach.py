"""Everything that has to run again when something does, in an order in which it can."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tidegate_analyzers.facts import Relation, same_name
from tidegate_analyzers.graph.dbt.selected import KINDS as NODES
from tidegate_analyzers.graph.dbt.selected import selected
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.ide import lineage
from tidegate_analyzers.ide.lineage import nodes, tables
from tidegate_analyzers.replay.plan import Item
from tidegate_analyzers.replay.things import (
    dag_named,
    job_of,
    jobs_touching,
    models_of_task,
    node_item,
    node_key,
    of_point,
    readers_posted,
    stage_of,
    task_item,
    task_of,
    written_by,
)

RUNS, FEEDS, BEFORE, STARTS = "runs", "feeds", "before", "starts"
MAX_ITEMS = 5_000


@dataclass(slots=True)
class Reach:
    """What is reached from some items.

    Attributes:
        order: everything, in an order in which it can run.
        by: the task that runs a node of dbt, where one of `order` does.
        feeds: what hands data to each item.
        dags: file and id of the DAG that was asked for; its tasks may be out of sight.
    """

    order: list[Item] = field(default_factory=list)
    by: dict[Item, Item] = field(default_factory=dict)
    feeds: dict[Item, list[Item]] = field(default_factory=dict)
    dags: tuple[tuple[str, str], ...] = ()


def starts(view: View, target: Item) -> tuple[list[Item], list[str]]:
    """What a target runs first, and sentences on what can't be told of it."""
    if target.kind == "dag":
        dag = dag_named(view, target.path, target.name)
        return [task_item(dag, index, target.path) for index in range(len(dag.tasks))] if dag else [], []
    if target.kind == "pipeline":
        facts = view.facts(target.path)
        pipelines = facts.pipelines if facts is not None else ()
        stages = [
            Item("stage", f"{pipeline.id}.{stage.id}", target.path)
            for pipeline in pipelines
            if pipeline.id == target.name
            for stage in pipeline.stages
        ]
        found = [_of_stage(view, stage) for stage in stages]
        return [item for items, _ in found for item in items], [words for _, more in found for words in more]
    if target.kind == "stage":
        return _of_stage(view, target)
    if target.kind in ("source", "table"):
        return _of_data(view, target)
    return [target], []


def _of_stage(view: View, item: Item) -> tuple[list[Item], list[str]]:
    """What runs a stage of a pipeline specification."""
    stage = stage_of(view, item)
    run = stage.block("run") if stage is not None else None
    value = run.value if run is not None and isinstance(run.value, dict) else {}
    task = value.get("airflow")
    if isinstance(task, str):
        for cut in range(1, task.count(".") + 1):
            dag = ".".join(task.split(".")[:cut])
            for posting in view.find(f"dag:{dag}"):
                found = Item("task", task, posting.path)
                if task_of(view, found) is not None:
                    return [found], []
        return [item], [f"the task '{task}' that runs the stage '{item.name}' is not in this workspace"]
    chosen = value.get("dbt")
    if isinstance(chosen, str):
        projects = [project for project in view.layout.projects if not project.installed]
        keys = selected(view, projects[0], chosen) if len(projects) == 1 else None
        if keys:
            return [node_item(key) for key in sorted(keys, key=lambda key: key.path)], []
        return [item], [f"which models the selection '{chosen}' of the stage '{item.name}' means can't be told"]
    return [item], [f"nothing says what runs the stage '{item.name}'"]


def _of_data(view: View, target: Item) -> tuple[list[Item], list[str]]:
    """What writes a table or topic; without that, whoever reads it."""
    if target.kind == "source":
        edges = lineage.reads(view, "source", target.path, target.name)
        found = [item for edge in edges if (item := of_point(edge.point)) is not None]
        relation = next(iter(_relations(view, target)), Relation("table", tuple(target.name.split("."))))
    else:
        relation = Relation("table", tuple(target.name.split(".")))
        found = list(_writers(view, relation))
        found += [item for point, _ in tables.datasets(view, relation) if (item := of_point(point)) is not None]
    found += jobs_touching(view, "job-write", relation)
    found += jobs_touching(view, "stream-out", relation)
    found = [runner for item in dict.fromkeys(found) for runner in _runners(view, item)]
    if any(item.kind != "source" for item in found):
        return list(dict.fromkeys(item for item in found if item.kind != "source")), []
    words = [f"nothing in this workspace writes '{target.name}': whoever does has to bring the interval back first"]
    if target.kind == "source":
        return [target], words
    readers = list(dict.fromkeys(_readers(view, relation)))
    return found or readers or [target], words


def _relations(view: View, item: Item) -> Iterator[Relation]:
    facts = view.facts(item.path)
    yield from (t.relation for t in (facts.sources if facts else ()) if f"{t.source}.{t.name}" == item.name)


def _writers(view: View, relation: Relation) -> Iterator[Item]:
    for posting in view.find(f"write:{relation.name}"):
        facts = view.facts(posting.path)
        if facts is None:
            continue
        if posting.kind == "sql":
            write = view.sql(posting)[1]
            if write is not None and same_name(write.target, relation):
                points = tables.points_of_text(view, posting.path, posting.number)
                yield from (item for point in points if (item := of_point(point)) is not None)
        elif posting.kind == "task":
            dag = facts.dags[posting.number]
            if any(same_name(write.target, relation) for write in dag.tasks[posting.inner].writes):
                yield task_item(dag, posting.inner, posting.path)


def _runners(view: View, item: Item) -> Iterator[Item]:
    """The tasks that run a SQL text; anything else itself."""
    edges = lineage.readers(view, "sql", item.path, item.name) if item.kind == "sql" else []
    found = [runner for edge in edges if (runner := of_point(edge.point)) is not None]
    yield from found or [item]


def _readers(view: View, relation: Relation) -> Iterator[Item]:
    """Who reads a table or topic by its name."""
    for posting in readers_posted(view, relation):
        if posting.kind == "node":
            facts = view.facts(posting.path)
            node = facts.nodes[posting.number] if facts is not None else None
            if node is not None and node.kind in NODES:
                yield Item(node.kind, node.name, posting.path)
            continue
        for point in tables.points_of_text(view, posting.path, posting.number):
            item = of_point(point)
            if item is not None:
                yield from _runners(view, item)
    yield from jobs_touching(view, "job-read", relation)
    yield from jobs_touching(view, "stream-in", relation)


def following(view: View, item: Item) -> Iterator[tuple[str, Item]]:
    """What has to run after an item because of it, each with how it hangs together."""
    if item.kind == "task":
        yield from _after_task(view, item)
    elif item.kind in NODES:
        yield from _after_node(view, item)
    elif item.kind == "source":
        for edge in lineage.readers(view, "source", item.path, item.name):
            if (other := of_point(edge.point)) is not None:
                yield from ((FEEDS, runner) for runner in _runners(view, other))
    if item.kind in ("task", "job", "sql", "stage"):
        for relation in written_by(view, item):
            for point, _ in tables.datasets(view, relation):
                if (other := of_point(point)) is not None and other.kind == "source":
                    yield FEEDS, other
            outside = (job := job_of(view, item)) is not None and job.kind == "sink"
            for other in _readers(view, relation):
                # What a sink fills has the name of its topic, and is none.
                if other != item and not (outside and _reads_topics(view, other)):
                    yield FEEDS, other
    if item.kind == "stage" and (stage := stage_of(view, item)) is not None:
        yield from ((BEFORE, other) for other in _next_stages(view, item, stage.outputs))


def _reads_topics(view: View, item: Item) -> bool:
    job = job_of(view, item) if item.kind == "job" else None
    return job is not None and ("kafka" in job.engine or job.engine in ("flink", "faust", "bento"))


def _next_stages(view: View, item: Item, outputs: object) -> Iterator[Item]:
    facts = view.facts(item.path)
    written = written_by(view, item)
    for pipeline in facts.pipelines if facts is not None else ():
        for stage in pipeline.stages:
            other = Item("stage", f"{pipeline.id}.{stage.id}", item.path)
            if other != item and any(same_name(read.relation, table) for read in stage.inputs for table in written):
                yield from _of_stage(view, other)[0]


def _after_task(view: View, item: Item) -> Iterator[tuple[str, Item]]:
    found = task_of(view, item)
    if found is None:
        return
    dag, index, task = found
    yield from ((BEFORE, task_item(dag, i, item.path)) for i, other in enumerate(dag.tasks) if index in other.upstream)
    runs = models_of_task(view, item.path, task)
    yield from ((RUNS, node_item(key)) for key in sorted(runs.nodes if runs else (), key=lambda key: key.path))
    started = task.setting("trigger_dag_id")
    wanted = [started.value] if started is not None and started.known else []
    for name in wanted:
        for posting in view.find(f"dag:{name}"):
            yield from ((STARTS, first) for first in _tasks_of(view, posting.path, str(name)))
    for read in task.outlets:
        for posting in view.find(f"asset-in:{read.relation.parts[0]}"):
            facts = view.facts(posting.path)
            if posting.kind == "dag" and facts is not None:
                name = facts.dags[posting.number].id
                yield from ((STARTS, first) for first in _tasks_of(view, posting.path, name))


def _tasks_of(view: View, path: str, name: str) -> list[Item]:
    dag = dag_named(view, path, name)
    return [task_item(dag, index, path) for index in range(len(dag.tasks))] if dag is not None else []


def _after_node(view: View, item: Item) -> Iterator[tuple[str, Item]]:
    key = node_key(view, item)
    if key is None:
        return
    facts = view.facts(item.path)
    edges = [*nodes.readers_of_node(view, key)]
    if facts is not None:
        edges += tables.readers_of_model(view, key, facts.nodes[key.index])
    for edge in edges:
        other = of_point(edge.point)
        if other is not None:
            yield from ((FEEDS, runner) for runner in _runners(view, other))


def reached(view: View, first: list[Item]) -> Reach:
    """Everything that some items lead to, in order."""
    found = Reach()
    after: dict[Item, list[Item]] = {}
    todo = list(dict.fromkeys(first))
    seen = set(todo)
    while todo:
        item = todo.pop(0)
        for how, other in following(view, item):
            after.setdefault(item, []).append(other)
            if how == RUNS:
                found.by.setdefault(other, item)
            if how == FEEDS:
                found.feeds.setdefault(other, []).append(item)
            if other not in seen and len(seen) < MAX_ITEMS:
                seen.add(other)
                todo.append(other)
    for node, task in found.by.items():
        # What a task runs is done before the tasks behind it begin.
        after.setdefault(node, []).extend(o for o in after.get(task, ()) if o.kind == "task" and o != task)
    found.order = _sorted(list(seen), after)
    return found


def _sorted(items: list[Item], after: dict[Item, list[Item]]) -> list[Item]:
    """Items so that each stands behind what it needs; of a ring those first that need least."""
    known = set(items)
    waits = dict.fromkeys(items, 0)
    for item in items:
        for other in set(after.get(item, ())) & known - {item}:
            waits[other] += 1
    found: list[Item] = []
    left = set(items)
    while left:
        least = min(waits[item] for item in left)
        ready = sorted(item for item in left if waits[item] <= max(least, 0))
        for item in ready if least <= 0 else ready[:1]:
            left.discard(item)
            found.append(item)
            for other in set(after.get(item, ())) & left:
                waits[other] -= 1
    return found
