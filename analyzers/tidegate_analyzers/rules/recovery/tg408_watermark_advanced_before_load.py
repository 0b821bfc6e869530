"""A watermark that moves before the data it stands for is safe.

Between the two anything may happen: the load fails, the worker is stopped. The next run then begins behind rows that were
never loaded, and nobody misses them. What says how far the work has come is kept last, or in the transaction of the load.

## Bad

`dags/orders.py`:
```python
from airflow import DAG
from airflow.models import Variable
from airflow.operators.python import PythonOperator
from airflow.providers.postgres.hooks.postgres import PostgresHook


def load(data_interval_end):
    since = Variable.get("orders_watermark")
    Variable.set("orders_watermark", data_interval_end.isoformat())
    PostgresHook("shop").run(
        f"DELETE FROM mart.orders WHERE at >= '{since}'; INSERT INTO mart.orders SELECT * FROM shop.orders WHERE at >= '{since}'"
    )


with DAG(
    "orders",
    schedule="@daily",
    catchup=False,
    default_args={"owner": "sales", "retries": 1, "email": ["sales@shop.io"]},
):
    PythonOperator(task_id="load", python_callable=load)
```

## Good

`dags/orders.py`:
```python
from airflow import DAG
from airflow.models import Variable
from airflow.operators.python import PythonOperator
from airflow.providers.postgres.hooks.postgres import PostgresHook


def load(data_interval_end):
    since = Variable.get("orders_watermark")
    PostgresHook("shop").run(
        f"DELETE FROM mart.orders WHERE at >= '{since}'; INSERT INTO mart.orders SELECT * FROM shop.orders WHERE at >= '{since}'"
    )
    Variable.set("orders_watermark", data_interval_end.isoformat())


with DAG(
    "orders",
    schedule="@daily",
    catchup=False,
    default_args={"owner": "sales", "retries": 1, "email": ["sales@shop.io"]},
):
    PythonOperator(task_id="load", python_callable=load)
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from tidegate_analyzers.facts import Dag, Task
from tidegate_analyzers.graph import tasks
from tidegate_analyzers.graph.tasks import Effect
from tidegate_analyzers.rules.base import Context, Finding, Related, rule
from tidegate_analyzers.rules.orchestration.dag_settings import dags
from tidegate_analyzers.safety.verdict import Chain

_LOADS = frozenset(("insert", "append", "merge", "replace", "overwrite_partition", "create", "swap"))
_PROGRESS = re.compile(
    r"watermark|high_?water|bookmark|(?:^|_)(?:etl|load|sync|extract|pipeline)_(?:state|progress|control|offset|checkpoint)s?$|checkpoints?$",
    re.I,
)
"""Names of tables that hold how far the work has come."""


@rule(
    "TG408",
    "watermark-advanced-before-load",
    category="reliability",
    severity="warning",
    looks_at=("python", "yaml"),
    wants=("dags",),
)
def watermark_advanced_before_load(ctx: Context) -> Iterator[Finding]:
    """Functions that keep their progress first, and tables of progress that are written before the load."""
    for _, dag in dags(ctx):
        for index, task in enumerate(dag.tasks):
            yield from _in_function(ctx, task)
            yield from _in_tables(ctx, dag, index)


def _in_function(ctx: Context, task: Task) -> Iterator[Finding]:
    for act in task.acts:
        if act.kind != "progress":
            continue
        first, later = task.steps[: act.before], task.steps[act.before :]
        done = any(step.kind in ("unknown", "calls", "import") for step in first)
        done = done or any(_is_load(effect) for effect in tasks.effects(ctx.view, ctx.path, replace(task, steps=first)))
        to_come = [e for e in tasks.effects(ctx.view, ctx.path, replace(task, steps=later)) if _is_load(e)]
        if not done and to_come:
            yield _finding(ctx, act.site, f"'{act.text}'", task, to_come[0])


def _in_tables(ctx: Context, dag: Dag, index: int) -> Iterator[Finding]:
    """A table of progress that is written by a statement before the load of the same task, or by a task before it."""
    task = dag.tasks[index]
    effects = tasks.effects(ctx.view, ctx.path, task)
    mark = next((effect for effect in effects if _keeps_progress(effect)), None)
    if mark is None or mark.path != ctx.path:
        return
    if any(_is_load(effect) and effect.order < mark.order for effect in effects):
        return
    own = [effect for effect in effects if _is_load(effect) and effect.order > mark.order and effect.text != mark.text]
    if own and task.acts and not tasks.unresolved(ctx.view, ctx.path, task):
        yield _finding(ctx, mark.write.site, f"'{mark.write.target}'", task, own[0])
        return
    before = [other for _, other in tasks.upstream(dag, index)]
    if any(tasks.unresolved(ctx.view, ctx.path, other) or _loads(ctx, other) for other in before) or dag.incomplete:
        return
    for number, later in enumerate(dag.tasks):
        if index in {at for at, _ in tasks.upstream(dag, number)} and (loads := _loads(ctx, later)):
            yield _finding(ctx, mark.write.site, f"'{mark.write.target}'", later, loads[0])
            return


def _finding(ctx: Context, site: int, what: str, task: Task, load: Effect) -> Finding:
    chain = Chain()
    chain.fact(f"{what} says how far the work has come", ctx.path, site)
    chain.fact(f"'{load.write.target}' is loaded after it", load.path, load.write.site)
    return ctx.finding(
        site,
        f"{what} is moved on before '{load.write.target}' is loaded: if the load fails, its rows are skipped for ever",
        proved=False,
        subject=task.id,
        evidence=chain.steps,
        related=[Related(load.path, load.write.site, "the load")],
    )


def _loads(ctx: Context, task: Task) -> list[Effect]:
    return [effect for effect in tasks.effects(ctx.view, ctx.path, task) if _is_load(effect)]


def _is_load(effect: Effect) -> bool:
    return effect.write.mode in _LOADS and not _PROGRESS.search(effect.write.target.name)


def _keeps_progress(effect: Effect) -> bool:
    write = effect.write
    return write.mode in ("update", "insert", "merge") and bool(_PROGRESS.search(write.target.name))
