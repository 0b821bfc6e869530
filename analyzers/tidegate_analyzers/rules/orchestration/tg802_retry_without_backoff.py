"""Retries at a fixed pace, which go on hitting a system that is down.

Five retries five minutes apart are over in half an hour and have asked a database that restarts five times.
`retry_exponential_backoff` waits longer each time.

One retry needs no backoff.

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
from tidegate_analyzers.rules.orchestration.dag_settings import called, dags

_MANY = 2


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
        if given is not None and _many(given) and backoff is None and dag.defaults_known:
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
