"""The commands by which DAGs are run again for an interval.

`airflow dags backfill` is Airflow 2's; Airflow 3 has `airflow backfill create`, which runs what has finished again only with
`--reprocess-behavior completed` (https://airflow.apache.org/docs/apache-airflow/stable/cli-and-env-variables-ref.html).
`airflow tasks clear` is the same in both: it runs tasks of runs again that are there, and makes no runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.facts import Dag
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.schedules import Schedule, airflow_major, schedule_of
from tidegate_analyzers.graph.tasks import effective
from tidegate_analyzers.replay.plan import Command, Interval, Item
from tidegate_analyzers.replay.reach import Reach
from tidegate_analyzers.replay.things import dag_named, task_item, task_of
from tidegate_analyzers.syntax import calendar


def dags_reached(view: View, reach: Reach) -> dict[tuple[str, str], tuple[Dag, list[int]]]:
    """The DAGs whose tasks are run again, by file and id, with the numbers of these tasks."""
    found: dict[tuple[str, str], tuple[Dag, list[int]]] = {}
    for path, name in reach.dags:
        dag = dag_named(view, path, name)
        if dag is not None:
            found[path, name] = (dag, [])
    for item in reach.order:
        task = task_of(view, item) if item.kind == "task" else None
        if task is not None:
            found.setdefault((item.path, task[0].id), (task[0], []))[1].append(task[1])
    return found


def airflow_commands(view: View, reach: Reach, interval: Interval) -> Iterator[tuple[Command, list[Item]]]:
    """A command for each DAG with the tasks that it runs again, in order."""
    started = _started(view, reach)
    for (path, name), (dag, numbers) in dags_reached(view, reach).items():
        items = [task_item(dag, number, path) for number in numbers]
        schedule = schedule_of(view, path, dag)
        if not name:
            title = f"The DAG in {path} has an id that only a run tells: run it again by hand"
            yield Command(title), items
        elif name in started:
            yield Command(f"The DAG '{name}' is started by {started[name]}; nothing is to be typed"), items
        elif schedule.kind == "assets":
            yield Command(f"The DAG '{name}' runs by itself when {', '.join(schedule.assets)} is written"), items
        elif schedule.kind == "manual":
            notes = ("It has no schedule. Whether it takes an interval can't be told: look at its parameters.",)
            yield Command(f"Start the DAG '{name}'", (f"airflow dags trigger {name}",), notes), items
        else:
            yield _scheduled(view, path, dag, sorted(numbers), interval, schedule, reach), items


def _started(view: View, reach: Reach) -> dict[str, str]:
    """The DAGs that a task of the replay starts."""
    found = {}
    for item in reach.order:
        task = task_of(view, item) if item.kind == "task" else None
        value = task[2].setting("trigger_dag_id") if task is not None else None
        if value is not None and value.known:
            found[str(value.value)] = f"the task '{item.name}'"
    return found


def _scheduled(
    view: View, path: str, dag: Dag, numbers: list[int], interval: Interval, schedule: Schedule, reach: Reach
) -> Command:
    start, end = _ends(interval, schedule)
    notes = [*_notes(view, path, dag), *_builds(path, dag, interval, schedule, reach)]
    if any(task_item(dag, index, path) not in reach.order for index in range(len(dag.tasks))):
        roots = [n for n in numbers if not set(dag.tasks[n].upstream) & set(numbers)]
        ids = [dag.tasks[n].id for n in roots]
        if not all(ids):
            return Command(
                f"Clear the tasks of '{dag.id}' by hand: the id of one is told only by a run", (), tuple(notes)
            )
        pattern = "|".join(re.escape(name) for name in ids)
        pattern = f"^{pattern}$" if len(ids) == 1 else f"^({pattern})$"
        line = (
            f"airflow tasks clear --task-regex '{pattern}' --downstream --start-date {start} --end-date {end} {dag.id}"
        )
        notes.insert(0, "This runs tasks again in runs that are there; windows without a run stay without.")
        title = f"Run {', '.join(ids)} of the DAG '{dag.id}' and what comes behind again"
        return Command(title, (line,), tuple(notes))
    two = f"airflow dags backfill --reset-dagruns --start-date {start} --end-date {end} {dag.id}"
    three = (
        f"airflow backfill create --dag-id {dag.id} --from-date {start} --to-date {end} "
        "--reprocess-behavior completed --max-active-runs 1"
    )
    major = airflow_major(view, path)
    if major is None:
        notes.insert(0, "The first is for Airflow 2, the second for Airflow 3: which one is used can't be told here.")
    lines = {2: (two,), 3: (f"{three} --dry-run", three)}.get(major or 0, (two, three))
    return Command(f"Run the DAG '{dag.id}' again for the interval", lines, tuple(notes))


def _ends(interval: Interval, schedule: Schedule) -> tuple[str, str]:
    """The first and the last moment, which Airflow counts in."""
    moments = schedule.runs(interval.start, interval.end)
    last = moments[-1] if moments else interval.end - 1
    return calendar.written(interval.start), calendar.written(last)


def _builds(path: str, dag: Dag, interval: Interval, schedule: Schedule, reach: Reach) -> Iterator[str]:
    """What a run does that would have to be done once only."""
    count = len(schedule.runs(interval.start, interval.end) or ())
    tasks = {task_item(dag, index, path): 0 for index in range(len(dag.tasks))}
    for task in reach.by.values():
        if task in tasks:
            tasks[task] += 1
    for task, nodes in tasks.items():
        if nodes and count > 1:
            yield f"{task.name} builds {nodes} models in each of the {count} runs; what is written whole needs it once."


def _notes(view: View, path: str, dag: Dag) -> Iterator[str]:
    past = [
        task.id or task.operator
        for task in dag.tasks
        for value in (effective(view, path, dag, task, "depends_on_past"),)
        if value is not None and value.known and value.value is True
    ]
    if past:
        shown = ", ".join(past[:5]) + (" and others" if len(past) > 5 else "")
        yield f"depends_on_past: {shown}. The runs go one after the other, from the oldest on."
    schedule = schedule_of(view, path, dag)
    if schedule.zone not in ("", "?", "UTC"):
        yield f"The schedule is in {schedule.zone}; the command takes dates in UTC unless they name a zone."
