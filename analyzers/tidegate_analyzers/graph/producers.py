"""Who writes data, how often, and when it can be there: what a promise of freshness is held against."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tidegate_analyzers.facts import Dag, Relation, Site, Task, same_name
from tidegate_analyzers.graph import tasks
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.dbt.runs import runs_node
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.postings import Posting, write_key
from tidegate_analyzers.graph.schedules import Schedule, schedule_of
from tidegate_analyzers.syntax import calendar

_WRITES = frozenset(("insert", "append", "replace", "overwrite_partition", "merge", "swap"))
RETRY_DELAY = 5.0
"""Minutes that Airflow waits before it tries again, if nothing else is said."""
MAX_HOPS = 5


@dataclass(frozen=True, slots=True)
class Place:
    """A link of the chain from a schedule to the data, in words."""

    path: str
    site: Site
    words: str


@dataclass(frozen=True, slots=True)
class Producer:
    """A task that writes data, with the schedule by which it comes to run.

    Attributes:
        path, dag, index: the task.
        schedule: the schedule its runs come from: its DAG's own, or that of the DAG that starts it.
        chain: how that leads to the task.
    """

    path: str
    dag: Dag
    index: int
    schedule: Schedule
    chain: tuple[Place, ...]

    @property
    def task(self) -> Task:
        """The task."""
        return self.dag.tasks[self.index]


def producers_of(view: View, relation: Relation) -> list[Producer] | None:
    """The tasks that write a table; `None` where something writes it at times that are not known."""
    found: list[Producer] = []
    if view.find(f"job-{write_key(relation)}") or view.find(f"stream-out:{relation.name}"):
        return None
    for posting in view.find(write_key(relation)):
        runs = list(_tasks_writing(view, posting, relation))
        if any(task is None for task in runs):
            return None
        for task in runs:
            producer = _producer(view, *task) if task is not None else None
            if producer is None:
                return None
            found.append(producer)
    return found


def _tasks_writing(view: View, posting: Posting, relation: Relation) -> Iterator[tuple[str, Dag, int] | None]:
    """The tasks behind a write of the relation; `None` for one that nobody is known to run, or that may be another's."""
    facts = view.facts(posting.path)
    if facts is None:
        return
    if posting.kind == "task":
        dag = facts.dags[posting.number]
        writes = dag.tasks[posting.inner].writes
        ours = [w for w in writes if w.mode in _WRITES and same_name(w.target, relation)]
        if ours:
            yield (posting.path, dag, posting.inner) if all(len(w.target.parts) > 1 for w in ours) else None
        return
    write = view.sql(posting)[1] if posting.kind == "sql" else None
    if write is None or write.mode not in _WRITES or not same_name(write.target, relation):
        return
    if len(write.target.parts) == 1:
        yield None  # of which schema is not told
        return
    running: list[tuple[str, Dag, int] | None] = [
        (posting.path, dag, number)
        for dag in facts.dags
        for number, task in enumerate(dag.tasks)
        if any(step.kind == "sql" and step.index == posting.number for step in task.steps)
    ]
    running += [(p.path, dag, p.inner) for p, dag, _ in tasks.runners(view, posting.path)]
    yield from running or [None]


def producers_of_node(view: View, key: NodeKey) -> list[Producer] | None:
    """The tasks that build a node of dbt; `None` where one may do so at times that are not known."""
    found: list[Producer] = []
    for posting in view.find("runs:dbt"):
        facts = view.facts(posting.path)
        if facts is None:
            continue
        dag = facts.dags[posting.number]
        runs, known = runs_node(view, dag.tasks[posting.inner], key)
        if known and not runs:
            continue
        producer = _producer(view, posting.path, dag, posting.inner) if known else None
        if producer is None:
            return None
        found.append(producer)
    return found


def producer_of_task(view: View, name: str) -> Producer | None:
    """The task `DAG.TASK` with its schedule."""
    for cut in range(1, name.count(".") + 1):
        parts = name.split(".")
        for posting in view.find(f"dag:{'.'.join(parts[:cut])}"):
            facts = view.facts(posting.path)
            dag = facts.dags[posting.number] if facts is not None else None
            for index, task in enumerate(dag.tasks if dag is not None else ()):
                if dag is not None and task.id == ".".join(parts[cut:]):
                    return _producer(view, posting.path, dag, index)
    return None


def _producer(view: View, path: str, dag: Dag, index: int) -> Producer | None:
    started = _started(view, path, dag, 0)
    if started is None:
        return None
    schedule, chain = started
    task = dag.tasks[index]
    return Producer(path, dag, index, schedule, (*chain, Place(path, task.site, f"the task '{task.id}' writes it")))


def _started(view: View, path: str, dag: Dag, hops: int) -> tuple[Schedule, tuple[Place, ...]] | None:
    """The schedule that the runs of a DAG come from, through assets and triggers of other DAGs."""
    schedule = schedule_of(view, path, dag)
    if schedule.gap is not None:
        words = f"the DAG '{dag.id}' runs {schedule.text or 'once a day'}"
        return schedule, (Place(path, schedule.site, words),)
    if hops >= MAX_HOPS:
        return None
    starters = []
    if schedule.kind == "assets" and len(schedule.assets) == 1:
        starters = list(writers_of_asset(view, schedule.assets[0]))
    elif schedule.kind == "manual" and dag.id:
        starters = list(triggers(view, dag.id))
    if len({(where, other.id) for where, other, _ in starters}) != 1:
        return None
    where, other, task = starters[0]
    found = _started(view, where, other, hops + 1)
    if found is None:
        return None
    return found[0], (*found[1], Place(where, task.site, f"its task '{task.id}' starts the DAG '{dag.id}'"))


def writers_of_asset(view: View, asset: str) -> Iterator[tuple[str, Dag, Task]]:
    """The tasks that update an asset, with file and DAG."""
    for posting in view.find(f"asset-out:{asset}"):
        facts = view.facts(posting.path)
        if facts is not None:
            dag = facts.dags[posting.number]
            yield posting.path, dag, dag.tasks[posting.inner]


def triggers(view: View, name: str) -> Iterator[tuple[str, Dag, Task]]:
    """The tasks that start a DAG by name, with file and DAG."""
    for posting in view.find(f"uses-dag:{name}"):
        facts = view.facts(posting.path)
        dag = facts.dags[posting.number] if facts is not None and posting.kind == "dag" else None
        for task in dag.tasks if dag is not None else ():
            value = task.setting("trigger_dag_id")
            if dag is not None and value is not None and value.known and value.value == name:
                yield posting.path, dag, task


@dataclass(frozen=True, slots=True)
class Allowed:
    """The time that tasks are given at most, along the path that takes longest."""

    minutes: float
    places: tuple[Place, ...]


def allowed(view: View, producer: Producer) -> Allowed | None:
    """The most time from the start of a run to the end of a task, with all its attempts; `None` where it has no bound."""
    dag = producer.dag
    if dag.incomplete or len(producer.chain) > 2:
        return None  # what comes before is another DAG's
    needed = [producer.index, *(number for number, _ in tasks.upstream(dag, producer.index))]
    spans = {number: _given(view, producer.path, dag, dag.tasks[number]) for number in needed}
    if any(span is None for span in spans.values()):
        return None
    done: dict[int, Allowed] = {}
    return _longest(producer, spans, producer.index, done, ())


def _longest(
    producer: Producer, spans: dict[int, float | None], at: int, done: dict[int, Allowed], above: tuple[int, ...]
) -> Allowed | None:
    if at in done:
        return done[at]
    if at in above:
        return None
    task = producer.dag.tasks[at]
    before = [_longest(producer, spans, number, done, (*above, at)) for number in task.upstream]
    if any(item is None for item in before):
        return None
    longest = max((item for item in before if item is not None), key=lambda item: item.minutes, default=None)
    minutes = spans[at] or 0.0
    place = Place(producer.path, task.site, f"'{task.id}' is given {calendar.duration_text(minutes)}")
    start = longest or Allowed(0.0, ())
    done[at] = Allowed(start.minutes + minutes, (*start.places, place))
    return done[at]


def _given(view: View, path: str, dag: Dag, task: Task) -> float | None:
    """The time a task is given for all its attempts: timeouts and the waiting between them."""
    if task.operator.endswith("Sensor") or task.setting("@open") is not None:
        return None
    timeout = _minutes(view, path, dag, task, "execution_timeout")
    retries = tasks.effective(view, path, dag, task, "retries")
    if retries is None:
        setting = view.layout.setting("airflow.default_task_retries")
        count: object = setting.value.value if setting is not None else 0
    else:
        count = retries.value if retries.known else None
    backoff = tasks.effective(view, path, dag, task, "retry_exponential_backoff")
    if timeout is None or not isinstance(count, int) or (backoff is not None and backoff.value is not False):
        return None
    delay = _minutes(view, path, dag, task, "retry_delay")
    if delay is None and tasks.effective(view, path, dag, task, "retry_delay") is not None:
        return None
    return timeout * (count + 1) + (RETRY_DELAY if delay is None else delay) * count


def _minutes(view: View, path: str, dag: Dag, task: Task, name: str) -> float | None:
    value = tasks.effective(view, path, dag, task, name)
    return (
        calendar.duration(value.value) if value is not None and value.known and isinstance(value.value, str) else None
    )


def longest_gap(producers: Iterable[Producer]) -> tuple[float, Producer] | None:
    """The time between two runs of the producer that runs most often."""
    gaps = [(gap, producer) for producer in producers if (gap := producer.schedule.gap) is not None]
    return min(gaps, key=lambda item: item[0], default=None)
