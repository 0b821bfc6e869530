"""What a DAG says about its runs: when they start, how often, how many at once, and what its tasks inherit."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.facts import Dag, Task, Value
from tidegate_analyzers.graph import tasks
from tidegate_analyzers.readers.airflow.operators import HARMLESS
from tidegate_analyzers.rules.base import Context
from tidegate_analyzers.safety.loads import schedule

_MANUAL = frozenset((None, "None", "@once", "@never"))
_DAILY = frozenset(("@daily", "@midnight", "@hourly", "@continuous"))
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_DURATION = re.compile(r"PT([\d.]+)S")
_EVERY = re.compile(r"\*(?:/1)?")
_HOLE = re.compile(r"\{\{[^{}]*\}\}")
_ASSETS = re.compile(r"[\s(]*(?:\[|(?:\w+\.)*(?:Dataset|Asset)(?:Alias|All|Any)?\()")
DAY = 86_400


def dags(ctx: Context) -> Iterator[tuple[int, Dag]]:
    """The DAGs that a file makes by itself, with their numbers; tasks that belong to a caller's DAG are left out."""
    if ctx.shielded:
        return
    for number, dag in enumerate(ctx.facts.dags):
        if dag.whole and not ctx.facts.torn and not tasks.made_from_yaml(ctx.view, ctx.path, dag):
            yield number, dag


def called(dag: Dag) -> str:
    """A DAG, in words."""
    return f"the DAG '{dag.id}'" if dag.id else "this DAG"


def version(ctx: Context) -> int | None:
    """The major version of Airflow that a file is written for, if it is told."""
    if any(module.startswith("airflow.sdk") for _, module, _ in ctx.facts.imports):
        return 3
    return ctx.view.layout.airflow_major()


def recurs(ctx: Context, dag: Dag) -> bool | None:
    """Whether a schedule starts a DAG again and again; `None` where that is not known."""
    given = schedule(dag)
    if given is None:
        if not _whole(dag):
            return None
        major = version(ctx)
        return None if major is None else major < 3  # Airflow 2 runs it daily, Airflow 3 not at all
    if not given.known:
        return None if not re.match(r"(?:\w+\.)*\w*(?:Timetable|CronTable)\(", given.text) else True
    if isinstance(given.value, list | dict):
        return True if given.value else None  # assets whose updates start it
    return given.value not in _MANUAL


def started_by_assets(dag: Dag) -> bool:
    """Whether updates of assets start the runs of a DAG, and nothing else: such runs have no interval."""
    given = schedule(dag)
    if given is None:
        return False
    return isinstance(given.value, list | dict) or (not given.known and _ASSETS.match(given.text) is not None)


def runs_daily(given: Value | None) -> bool:
    """Whether a schedule starts at least a run a day, for certain; at which minute and hour may be open."""
    if given is None or (given.known and not isinstance(given.value, str)):
        return False
    if given.value in _DAILY:
        return True
    if (duration := seconds(given)) is not None:
        return duration <= DAY
    fields = str(given.value).split() if given.known else _HOLE.sub("0", given.text).split()
    return len(fields) == 5 and all(_EVERY.fullmatch(field) for field in fields[2:])


def seconds(value: Value | None) -> float | None:
    """How long a duration is; `None` where it isn't known."""
    found = _DURATION.fullmatch(str(value.value)) if value is not None and value.known else None
    return float(found.group(1)) if found is not None else None


def start(ctx: Context, dag: Dag) -> Value | None:
    """The date from which a DAG runs: its own, or that of its default_args."""
    own = dag.setting("start_date")
    return own if own is not None else tasks.effective(ctx.view, ctx.path, dag, None, "start_date")


def date_of(value: Value | None) -> str:
    """A date that is written out, as `YYYY-MM-DD`; empty for any other."""
    found = _DATE.match(str(value.value)) if value is not None and value.known else None
    return found.group() if found is not None else ""


def is_set(value: Value | None) -> bool:
    """Whether something is given that is not None, False or empty; what is not known counts as given."""
    return value is not None and (not value.known or bool(value.value))


def _whole(dag: Dag) -> bool:
    """Whether every argument of a DAG is seen."""
    return dag.setting("@open") is None


def works(task: Task) -> bool:
    """Whether a task does work that may fail for a moment, as far as its operator tells."""
    return not HARMLESS.search(task.operator) and not task.operator.startswith("@task branch")


def known_operator(ctx: Context, task: Task) -> bool:
    """Whether a task is made by what Airflow or a provider brings; other classes have defaults of their own."""
    if task.operator.startswith("@task"):
        return True
    if ctx.facts.role != "python":
        return "." not in task.operator or task.operator.startswith("airflow.")
    name = task.operator.partition(".")[0]
    return any(local == name and module.partition(".")[0] in _AIRFLOW for local, module, _ in ctx.facts.imports)


_AIRFLOW = frozenset(("airflow", "cosmos"))
