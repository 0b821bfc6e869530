"""A task that can't be asked for yesterday.

Which rows it loads is told by what the target holds, and nothing of the run's own window is used. That works from day to
day; a window that was loaded wrongly can't be loaded again, and a run for a past day loads today's rows.

Tasks that replace everything need no window.

## Bad

`dags/orders.py`:
```python
from datetime import timedelta

from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

with DAG(
    "orders",
    schedule="@daily",
    catchup=False,
    dagrun_timeout=timedelta(hours=2),
    default_args={"owner": "sales", "retries": 1, "email": ["sales@shop.io"]},
):
    SQLExecuteQueryOperator(
        task_id="load",
        sql="INSERT INTO mart.orders SELECT * FROM shop.orders WHERE at > (SELECT max(at) FROM mart.orders)",
    )
```

## Good

`dags/orders.py`:
```python
from datetime import timedelta

from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

with DAG(
    "orders",
    schedule="@daily",
    catchup=False,
    dagrun_timeout=timedelta(hours=2),
    default_args={"owner": "sales", "retries": 1, "email": ["sales@shop.io"]},
):
    SQLExecuteQueryOperator(
        task_id="load",
        sql=[
            "DELETE FROM mart.orders WHERE day = '{{ ds }}'",
            "INSERT INTO mart.orders SELECT * FROM shop.orders WHERE day = '{{ ds }}'",
        ],
    )
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Task, Write
from tidegate_analyzers.graph import tasks
from tidegate_analyzers.readers.windows import WINDOW
from tidegate_analyzers.rules.base import Context, Finding, rule
from tidegate_analyzers.rules.orchestration.dag_settings import dags, recurs
from tidegate_analyzers.safety.loads import is_load, judge
from tidegate_analyzers.safety.verdict import Safety

_BY_TARGET = frozenset(("high_water", "overlap"))


@rule(
    "TG504",
    "window-unaware-task",
    category="reliability",
    severity="info",
    profiles=("strict",),
    looks_at=("python", "yaml"),
    wants=("dags",),
)
def window_unaware_task(ctx: Context) -> Iterator[Finding]:
    """Loads of scheduled DAGs that go by what the target holds, and by nothing of the run."""
    for _, dag in dags(ctx):
        if not recurs(ctx, dag):
            continue
        for index, task in enumerate(dag.tasks):
            if task.condition or _knows_window(ctx, task):
                continue
            for effect in tasks.effects(ctx.view, ctx.path, task):
                write = effect.write
                by_target = write.mode == "merge" and _goes_by_target(write)
                if is_load(write):
                    found = judge(ctx.view, ctx.path, dag, index, effect)
                    by_target = found.proved and found.safety is Safety.HIGH_WATER
                if by_target and not effect.condition:
                    yield ctx.finding(
                        write.site if effect.path == ctx.path else task.site,
                        f"'{task.id or task.operator}' can't be asked for a past window: what '{write.target}' holds decides what it loads",
                        subject=task.id,
                    )


def _goes_by_target(write: Write) -> bool:
    return bool(write.arms) and all(any(limit.kind in _BY_TARGET for limit in arm) for arm in write.arms)


def _knows_window(ctx: Context, task: Task) -> bool:
    """Whether anything of a task names the window of its run, or may do so where it is not seen."""
    if any(act.kind == "window" for act in task.acts) or any(WINDOW.search(text) for text in task.mentions):
        return True
    if any(step.kind in ("unknown", "import", "calls") for step in task.steps):
        return True
    places = ((ctx.view.facts(path), index) for path, index in tasks.texts(ctx.view, ctx.path, task))
    return any(facts is not None and facts.sql[index].template for facts, index in places)
