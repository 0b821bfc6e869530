"""Retries at a fixed pace, which go on hitting a system that is down.

Five retries five minutes apart are over in half an hour and have asked a database that restarts five times.
`retry_exponential_backoff` waits longer each time.

One or two retries need no backoff, nor do retries that are a quarter of an hour apart.

## Bad

`dags/orders.py`:
```python
from datetime import timedelta

from airflow import DAG
from airflow.operators.bash import BashOperator

with DAG(
    "orders",
    schedule="@daily",
    catchup=False,
    dagrun_timeout=timedelta(hours=2),
    default_args={"owner": "sales", "email": ["sales@shop.io"], "retries": 5},
):
    BashOperator(task_id="fetch", bash_command="fetch --day {{ ds }}")
```

## Good

`dags/orders.py`:
```python
from datetime import timedelta

from airflow import DAG
from airflow.operators.bash import BashOperator

with DAG(
    "orders",
    schedule="@daily",
    catchup=False,
    dagrun_timeout=timedelta(hours=2),
    default_args={"owner": "sales", "email": ["sales@shop.io"], "retries": 5, "retry_exponential_backoff": True},
):
    BashOperator(task_id="fetch", bash_command="fetch --day {{ ds }}")
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Value
from tidegate_analyzers.graph import tasks
from tidegate_analyzers.rules.base import Context, Finding, Offer, rule
from tidegate_analyzers.rules.orchestration.dag_settings import called, dags, seconds

_MANY = 3
_PATIENT = 15 * 60
"""Seconds between two attempts, from which on a system has its time to recover."""


@rule(
    "TG802",
    "retry-without-backoff",
    category="reliability",
    severity="hint",
    profiles=("strict",),
    looks_at=("python", "yaml"),
    wants=("dags",),
)
def retry_without_backoff(ctx: Context) -> Iterator[Finding]:
    """Retries of DAGs and of tasks that are written in this file."""
    for number, dag in dags(ctx):
        given = next((setting.value for setting in dag.defaults if setting.name == "retries"), None)
        backoff = tasks.effective(ctx.view, ctx.path, dag, None, "retry_exponential_backoff")
        patient = _patient(tasks.effective(ctx.view, ctx.path, dag, None, "retry_delay"))
        if given is not None and _many(given) and backoff is None and dag.defaults_known and not patient:
            offer = Offer(
                "dag.default",
                "Wait longer each time",
                False,
                (ctx.path, str(number), "retry_exponential_backoff", "True"),
            )
            yield ctx.finding(
                given.site,
                f"{called(dag)} tries its tasks again at a fixed pace; expected 'retry_exponential_backoff'",
                subject=dag.id,
                offers=[offer],
            )
        for index, task in enumerate(dag.tasks):
            own = task.setting("retries")
            if own is None or not own.site or not _many(own):
                continue
            if _patient(tasks.effective(ctx.view, ctx.path, dag, task, "retry_delay")):
                continue
            if tasks.effective(ctx.view, ctx.path, dag, task, "retry_exponential_backoff") is None:
                args = (ctx.path, str(number), str(index), "retry_exponential_backoff", "True")
                yield ctx.finding(
                    own.site,
                    f"the task '{task.id or task.operator}' is tried again at a fixed pace; expected 'retry_exponential_backoff'",
                    subject=task.id,
                    offers=[Offer("task.argument", "Wait longer each time", False, args)],
                )


def _many(value: Value) -> bool:
    return value.known and isinstance(value.value, int) and value.value >= _MANY


def _patient(delay: Value | None) -> bool:
    return (seconds(delay) or 0) >= _PATIENT
