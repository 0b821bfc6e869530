"""A DAG in which one dropped connection fails the night.

Most failures of a task are over a minute later: a connection that was cut, a warehouse that was resized, a quota. Without
`retries` each of them waits for a person.

A DAG in which any task has retries, or that says `retries=0`, has thought of it. Where a load of the DAG adds its rows
again in every run, that comes first: retries would repeat it, and the rule is silent.

Where a project has no retries at all, the finding is one line for the project.

## Bad

`dags/orders.py`:
```python
from airflow import DAG
from airflow.operators.bash import BashOperator

with DAG(
    "orders",
    schedule="@daily",
    catchup=False,
    default_args={"owner": "sales", "email": ["sales@shop.io"]},
):
    BashOperator(task_id="fetch", bash_command="fetch --day {{ ds }}")
```

## Good

`dags/orders.py`:
```python
from airflow import DAG
from airflow.operators.bash import BashOperator

with DAG(
    "orders",
    schedule="@daily",
    catchup=False,
    default_args={"owner": "sales", "email": ["sales@shop.io"], "retries": 2},
):
    BashOperator(task_id="fetch", bash_command="fetch --day {{ ds }}")
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Dag, Task
from tidegate_analyzers.graph import tasks
from tidegate_analyzers.rules.base import Context, Finding, Offer, rule
from tidegate_analyzers.rules.contracts.groups import dag_group
from tidegate_analyzers.rules.orchestration.dag_settings import called, dags, is_set, known_operator, recurs, works
from tidegate_analyzers.safety.loads import is_load, judge


@rule(
    "TG801",
    "no-retries",
    category="reliability",
    severity="info",
    looks_at=("python", "yaml"),
    wants=("dags",),
    of_whole=True,
    absence="{have} of {n} {what} try a failed task again",
)
def no_retries(ctx: Context) -> Iterator[Finding]:
    """DAGs of which no task is tried again."""
    configured = ctx.view.layout.setting("airflow.default_task_retries")
    if (configured is not None and is_set(configured.value)) or ctx.view.find("file:airflow_local_settings.py"):
        return
    for number, dag in dags(ctx):
        eligible = [task for task in dag.tasks if works(task)]
        if not eligible or not all(known_operator(ctx, task) for task in eligible) or recurs(ctx, dag) is False:
            continue
        if dag.setting("@open") is not None or _repeats_rows(ctx, dag):
            continue
        values = [tasks.effective(ctx.view, ctx.path, dag, task, "retries") for task in eligible]
        if any(value is not None and not value.known for value in values):
            continue
        has = any(value is not None for value in values)
        group = dag_group(ctx.path)
        ctx.count(group, has=has)
        if not has:
            yield ctx.finding(
                dag.site,
                f"no task of {called(dag)} is tried again when it fails; expected 'retries'",
                subject=dag.id,
                offers=[Offer("dag.default", "Try failed tasks again", False, (ctx.path, str(number), "retries", "2"))],
                group=group,
            )


def _repeats_rows(ctx: Context, dag: Dag) -> bool:
    """Whether a load of the DAG is not safe to be tried again."""

    def unsafe(index: int, task: Task) -> bool:
        loads = (effect for effect in tasks.effects(ctx.view, ctx.path, task) if is_load(effect.write))
        return any(judge(ctx.view, ctx.path, dag, index, effect).safety.unsafe for effect in loads)

    return any(unsafe(index, task) for index, task in enumerate(dag.tasks))
