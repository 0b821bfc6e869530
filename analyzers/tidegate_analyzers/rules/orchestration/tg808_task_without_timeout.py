"""A DAG in which a task that hangs does so for ever.

A connection that never answers keeps a task running, and a task that runs is not failed: nobody is told, the next run
waits behind it, and the data gets older. `execution_timeout` (of the task, or by default_args) or `dagrun_timeout` ends it.

Where a project has no timeouts at all, the finding is one line for the project.

## Bad

`dags/orders.py`:
```python
from airflow import DAG
from airflow.operators.bash import BashOperator

with DAG(
    "orders",
    schedule="@daily",
    catchup=False,
    default_args={"owner": "sales", "retries": 1, "email": ["sales@shop.io"]},
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
    default_args={"owner": "sales", "retries": 1, "email": ["sales@shop.io"]},
):
    BashOperator(task_id="fetch", bash_command="fetch --day {{ ds }}")
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.graph import tasks
from tidegate_analyzers.rules.base import Context, Finding, Offer, rule
from tidegate_analyzers.rules.contracts.groups import dag_group
from tidegate_analyzers.rules.orchestration.dag_settings import called, dags, known_operator, recurs, works

_ENDS_ITSELF = "CloudDataTransferService"
"""Operators that wait a minute, or as long as their own `timeout` says, and fail then."""


@rule(
    "TG808",
    "task-without-timeout",
    category="reliability",
    severity="hint",
    profiles=("strict",),
    looks_at=("python", "yaml"),
    wants=("dags",),
    of_whole=True,
    absence="{have} of {n} {what} end tasks that hang",
)
def task_without_timeout(ctx: Context) -> Iterator[Finding]:
    """Scheduled DAGs of which no task and no run has an end."""
    if ctx.view.layout.setting("airflow.default_task_execution_timeout") is not None:
        return
    for number, dag in dags(ctx):
        eligible = [task for task in dag.tasks if works(task) and _ENDS_ITSELF not in task.operator]
        if not eligible or not all(known_operator(ctx, task) for task in eligible) or recurs(ctx, dag) is False:
            continue
        if dag.setting("@open") is not None:
            continue
        values = [tasks.effective(ctx.view, ctx.path, dag, task, "execution_timeout") for task in eligible]
        has = dag.setting("dagrun_timeout") is not None or any(value is not None for value in values)
        group = dag_group(ctx.path)
        ctx.count(group, has=has)
        if not has:
            imported = any(local == "timedelta" for local, _, _ in ctx.facts.imports)
            args = (ctx.path, str(number), "execution_timeout", "timedelta(hours=2)")
            yield ctx.finding(
                dag.site,
                f"a task of {called(dag)} that hangs is never ended; expected 'execution_timeout' or 'dagrun_timeout'",
                subject=dag.id,
                offers=[Offer("dag.default", "End tasks after two hours", False, args)] if imported else [],
                group=group,
            )
