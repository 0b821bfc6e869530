"""Steps between DAGs: a task that starts another DAG, by name or by an asset it updates, and a sensor that waits for one.

https://airflow.apache.org/docs/apache-airflow/stable/howto/operator/external_task_sensor.html and
https://airflow.apache.org/docs/apache-airflow/stable/authoring-and-scheduling/asset-scheduling.html
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Dag, Task, Value
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.producers import triggers, writers_of_asset
from tidegate_analyzers.ide.lineage.point import Edge, task_point
from tidegate_analyzers.text import Span

_Found = tuple[str, Dag, Task]
"""A task, with its file and its DAG."""


def before(view: View, path: str, dag: Dag, task: Task) -> Iterator[Edge]:
    """The tasks of other DAGs that a task comes after: it waits for them, or they start its DAG."""
    for name, value in _waits_for(task):
        for where, other in _dags(view, name):
            for item in _named(other, task):
                yield from _edge(view, (where, other, item), _span(view, path, value))
    if _is_first(dag, task):
        for found in triggers(view, dag.id) if dag.id else ():
            yield from _edge(view, found, ())
        for reference in dag.references:
            if reference.relation.kind == "asset":
                for found in writers_of_asset(view, reference.relation.parts[0]):
                    yield from _edge(view, found, _span(view, path, dag.setting("schedule")))


def after(view: View, dag: Dag, task: Task) -> Iterator[Edge]:
    """The tasks of other DAGs that come after a task: it starts their DAG, or they wait for it."""
    started = task.setting("trigger_dag_id")
    if started is not None and started.known:
        for where, other in _dags(view, str(started.value)):
            for item in _firsts(other):
                yield from _edge(view, (where, other, item), ())
    for outlet in task.outlets:
        for posting in view.find(f"asset-in:{outlet.relation.parts[0]}"):
            facts = view.facts(posting.path) if posting.kind == "dag" else None
            if facts is not None:
                other = facts.dags[posting.number]
                for item in _firsts(other):
                    span = _span(view, posting.path, other.setting("schedule"))
                    yield from _edge(view, (posting.path, other, item), span)
    for where, other in _naming(view, dag.id):
        for item in other.tasks:
            for name, value in _waits_for(item):
                if name == dag.id and task in _named(dag, item):
                    yield from _edge(view, (where, other, item), _span(view, where, value))


def _waits_for(task: Task) -> Iterator[tuple[str, Value]]:
    """The DAG that a sensor waits for."""
    value = task.setting("external_dag_id")
    if value is not None and value.known and task.operator.endswith("Sensor"):
        yield str(value.value), value


def _named(dag: Dag, sensor: Task) -> list[Task]:
    """The tasks of a DAG that a sensor names; the last ones where it waits for the whole run."""
    told = [value for name in ("external_task_id", "external_task_ids") if (value := sensor.setting(name)) is not None]
    if not any(value.value for value in told if value.known) and all(value.known for value in told):
        needed = {number for task in dag.tasks for number in task.upstream}
        return [task for number, task in enumerate(dag.tasks) if number not in needed]
    names = {
        str(name)
        for value in told
        if value.known
        for name in (value.value if isinstance(value.value, list | tuple) else [value.value])
    }
    return [task for task in dag.tasks if task.id in names]


def _is_first(dag: Dag, task: Task) -> bool:
    return not task.upstream and not dag.incomplete


def _firsts(dag: Dag) -> list[Task]:
    return [task for task in dag.tasks if _is_first(dag, task)]


def _dags(view: View, name: str) -> Iterator[tuple[str, Dag]]:
    for posting in view.find(f"dag:{name}"):
        facts = view.facts(posting.path)
        yield from ((posting.path, dag) for dag in (facts.dags if facts is not None else ()) if dag.id == name)


def _naming(view: View, name: str) -> Iterator[tuple[str, Dag]]:
    """The DAGs that speak of another."""
    for posting in view.find(f"uses-dag:{name}") if name else ():
        facts = view.facts(posting.path)
        if facts is not None and posting.kind == "dag":
            yield posting.path, facts.dags[posting.number]


def _edge(view: View, found: _Found, places: tuple[Span, ...]) -> Iterator[Edge]:
    point = task_point(view, *found)
    if point is not None:
        yield Edge(point, places)


def _span(view: View, path: str, value: Value | None) -> tuple[Span, ...]:
    read = view.graph.files.get(path)
    return (read.span(value.site),) if read is not None and value is not None and value.site else ()
