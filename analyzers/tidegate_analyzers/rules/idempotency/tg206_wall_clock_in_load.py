"""The current time where the run's own window belongs.

A task that asks the clock which day to load works until it is late, retried after midnight, or run for a day
last month: then it loads the wrong day, and no backfill can make it load the right one. The scheduler knows the
window of each run; `{{ ds }}` or `{{ data_interval_start }}` gives it.

Moments of the run itself (load timestamps, unique names, durations) are not meant, nor are DAGs that only run
by hand.

## Bad

`dags/orders.py`:
```python
from datetime import datetime

from airflow import DAG
from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator

day = datetime.now().strftime("%Y-%m-%d")

with DAG(
    "orders", schedule="@daily", catchup=False, default_args={"owner": "data", "retries": 1, "email": ["data@shop.io"]}
):
    KubernetesPodOperator(task_id="pull", image="pull", arguments=["--date", day])
```

## Good

`dags/orders.py`:
```python
from airflow import DAG
from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator

with DAG(
    "orders", schedule="@daily", catchup=False, default_args={"owner": "data", "retries": 1, "email": ["data@shop.io"]}
):
    KubernetesPodOperator(task_id="pull", image="pull", arguments=["--date", "{{ ds }}"])
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.layout import fixture
from tidegate_analyzers.rules.base import RECOMMENDED, Context, Finding, Offer, Related, rule
from tidegate_analyzers.safety.loads import schedule
from tidegate_analyzers.safety.verdict import Step


@rule(
    "TG206",
    "wall-clock-in-load",
    category="reliability",
    severity="warning",
    profiles=RECOMMENDED,
    looks_at=("python",),
    wants=("dags",),
)
def wall_clock_in_load(ctx: Context) -> Iterator[Finding]:
    """Each argument of a task that the current time flows into."""
    if fixture(ctx.path, exhibit=ctx.view.layout.options.exhibit):
        return
    for dag in ctx.facts.dags:
        given = schedule(dag)
        if given is not None and given.known and given.value in (None, "None", "@once"):
            continue
        for task in dag.tasks:
            for clock in task.clocks:
                evidence = [
                    Step(
                        "fact",
                        f"'{clock.expression}' flows into {clock.into} of the task '{task.id or task.operator}'",
                        "",
                        ctx.path,
                        clock.site,
                    )
                ]
                related = [Related(ctx.path, clock.origin, "the clock is read here")] if clock.origin else []
                yield ctx.finding(
                    clock.site,
                    f"the time of the run, not its window, decides what '{task.id or task.operator}' works on: {clock.expression} in {clock.into}",
                    proved=given is not None and given.known,
                    subject=task.id,
                    evidence=evidence,
                    related=related,
                    offers=[]
                    if clock.origin
                    else [
                        Offer(
                            "airflow.template-date",
                            "Use the run's own date",
                            False,
                            (ctx.path, str(clock.site)),
                        )
                    ],
                )
