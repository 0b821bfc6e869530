"""A DAG whose first deployment starts hundreds of runs at once.

With `catchup=True` the scheduler starts a run for every interval since `start_date`, as many at once as it may: 16, where
nobody said otherwise. The warehouse, the API and the pool that the live run needs are busy with the past, and it costs
what all of these runs cost together.

A bound (`max_active_runs`), `depends_on_past` or an end near the start says that somebody has thought of it.

## Bad

`dags/orders.py`:
```python
from datetime import datetime

from airflow import DAG
from airflow.operators.bash import BashOperator

with DAG(
    "orders",
    schedule="@daily",
    start_date=datetime(2022, 1, 1),
    catchup=True,
    default_args={"owner": "sales", "retries": 2, "email": ["sales@shop.io"]},
):
    BashOperator(task_id="fetch", bash_command="fetch --day {{ ds }}")
```

## Good

`dags/orders.py`:
```python
from datetime import datetime

from airflow import DAG
from airflow.operators.bash import BashOperator

with DAG(
    "orders",
    schedule="@daily",
    start_date=datetime(2022, 1, 1),
    catchup=True,
    max_active_runs=1,
    default_args={"owner": "sales", "retries": 2, "email": ["sales@shop.io"]},
):
    BashOperator(task_id="fetch", bash_command="fetch --day {{ ds }}")
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.graph import tasks
from tidegate_analyzers.rules.base import Context, Finding, Offer, rule
from tidegate_analyzers.rules.orchestration.dag_settings import called, dags, date_of, is_set, runs_daily, start
from tidegate_analyzers.safety.loads import schedule
from tidegate_analyzers.safety.verdict import Chain

_MANY = 90
"""Days."""
_AT_ONCE = 16


@rule(
    "TG503",
    "unbounded-catchup",
    category="cost",
    severity="info",
    looks_at=("python", "yaml"),
    wants=("dags",),
)
def unbounded_catchup(ctx: Context) -> Iterator[Finding]:
    """DAGs that catch up on more than three months, day by day, without a bound."""
    today = ctx.view.layout.options.today
    for number, dag in dags(ctx):
        catchup, begin = dag.setting("catchup"), start(ctx, dag)
        since, given = date_of(begin), schedule(dag)
        if catchup is None or not catchup.known or catchup.value is not True or not (since and today):
            continue
        ended = dag.setting("end_date")
        until = date_of(ended) if is_set(ended) else today
        missed = _days(min(until, today)) - _days(since) if until else 0
        if missed <= _MANY or not runs_daily(given) or given is None:
            continue
        chain = Chain()
        chain.fact(f"the schedule is {given.value if given.known else given.text}", ctx.path, given.site)
        chain.fact(f"it starts at {since}, and catchup is on", ctx.path, catchup.site)
        if _bounded(ctx, number):
            chain.held("", "a setting limits how many runs are made at once", ctx.path, dag.site)
            ctx.passed(dag.site, dag.id, chain.steps)
            continue
        chain.failed("", "neither max_active_runs nor depends_on_past is set", ctx.path, dag.site)
        yield ctx.finding(
            catchup.site,
            f"deploying {called(dag)} starts every run since {since} ({missed} days), up to {_AT_ONCE} at once; expected 'max_active_runs'",
            subject=dag.id,
            evidence=chain.steps,
            offers=[
                Offer("dag.argument", "Make one run at a time", False, (ctx.path, str(number), "max_active_runs", "1"))
            ],
        )


def _bounded(ctx: Context, number: int) -> bool:
    """Whether something limits the runs, or may do so where it is not seen."""
    dag = ctx.facts.dags[number]
    if dag.setting("max_active_runs") is not None or dag.setting("@open") is not None:
        return True
    if ctx.view.layout.setting("airflow.max_active_runs_per_dag") is not None:
        return True
    return any(is_set(tasks.effective(ctx.view, ctx.path, dag, task, "depends_on_past")) for task in (None, *dag.tasks))


def _days(date: str) -> int:
    """Days up to a date, as far as differences of months go."""
    year, month, day = (int(part) for part in date.split("-"))
    return int(year * 365.2425 + (month - 1) * 30.4369) + day
