"""A load that adds its rows again when it is run again.

A task that failed halfway is retried, a day is cleared and run again, a backfill covers days that were loaded
before: an `INSERT ... SELECT` adds the same rows a second time unless something deletes them first, matches
them by key, or takes only what is new. Somebody finds the doubled revenue weeks later.

The verdict is not made from the statement alone. Other statements of the task, tasks that run before it, keys
declared on the target, staging tables, continuous SQL and a strategy declared in `pipeline.yaml` are all
looked at; `tidegate explain TG201 FILE:LINE` prints what was tried. A table or schema named as staging (`raw`, `stg`,
`tmp`, `landing`) may hold rows twice, so nothing is said about it.

It is an error when all of that was read and every run of the schedule repeats the whole load, or when a retry
can follow an append that was already committed.

## Bad

`dags/orders.py`:
```python
from airflow import DAG
from airflow.providers.postgres.operators.postgres import PostgresOperator

with DAG(
    "orders", schedule="@daily", catchup=False, default_args={"owner": "data", "retries": 1, "email": ["data@shop.io"]}
):
    PostgresOperator(
        task_id="load_orders",
        sql="INSERT INTO mart.orders SELECT * FROM stg.orders WHERE order_date = '{{ ds }}'",
    )
```

## Good

`dags/orders.py`:
```python
from airflow import DAG
from airflow.providers.postgres.operators.postgres import PostgresOperator

with DAG(
    "orders", schedule="@daily", catchup=False, default_args={"owner": "data", "retries": 1, "email": ["data@shop.io"]}
):
    PostgresOperator(
        task_id="load_orders",
        sql=[
            "DELETE FROM mart.orders WHERE order_date = '{{ ds }}'",
            "INSERT INTO mart.orders SELECT * FROM stg.orders WHERE order_date = '{{ ds }}'",
        ],
    )
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Dag, Task
from tidegate_analyzers.graph.tasks import Effect
from tidegate_analyzers.rules.base import RECOMMENDED, Context, Finding, Offer, rule
from tidegate_analyzers.rules.idempotency.loads_of_file import JobLoad, Load, describe, loads_in, loads_related
from tidegate_analyzers.safety.query import by_window
from tidegate_analyzers.safety.verdict import Safety, Verdict


@rule(
    "TG201",
    "unguarded-insert-load",
    category="reliability",
    severity="warning",
    profiles=RECOMMENDED,
    looks_at=("python", "sql", "yaml"),
    wants=("sql",),
)
def unguarded_insert_load(ctx: Context) -> Iterator[Finding]:
    """Each INSERT ... SELECT in this file that a task runs, here or from another file."""
    reported: set[int] = set()
    for load in loads_in(ctx):
        write = load.effect.write
        if write.mode != "insert" or write.site in reported:
            continue
        found = load.verdict(ctx.view)
        if not found.safety.unsafe:
            ctx.passed(write.site, str(write.target), found.steps)
            continue
        reported.add(write.site)
        severity = describe(ctx, load, found)
        yield ctx.finding(
            write.site,
            _message(load, found),
            severity=severity,
            proved=found.proved,
            subject=str(write.target),
            evidence=found.steps,
            related=loads_related(ctx, load, found),
            offers=_offers(load),
        )


def _message(load: Load | JobLoad, found: Verdict) -> str:
    target, safety = load.effect.write.target, found.safety
    if safety is Safety.OVERLAP:
        return f"every run adds the newest rows of '{target}' again: the filter takes rows it holds already"
    if safety is Safety.WALL_CLOCK:
        return f"running this again adds the same rows to '{target}' again, and a past window can't be loaded: its rows are chosen by the current time"
    if found.everything and found.deleted:
        return f"every run adds all rows to '{target}' again, and deletes only those of its window ({found.deleted}): the query has no such condition"
    if found.everything:
        return f"every run adds all rows to '{target}' again: nothing deletes, matches or limits them"
    return f"clearing or backfilling this run adds its rows to '{target}' again: nothing deletes them or matches them by key"


def _offers(load: Load | JobLoad) -> Iterator[Offer]:
    if load.effect.text >= 0:
        where = (load.effect.path, str(load.effect.text), str(load.effect.write.order))
        if by_window(load.effect.write):
            yield Offer("sql.delete-window", "Make idempotent: delete the run's window first", False, where)
        if load.effect.write.listed:
            yield Offer("sql.merge", "Make idempotent: merge by key", False, where)


def task_label(dag: Dag, task: Task, effect: Effect) -> str:
    """How a message names a load."""
    return f"{dag.id or 'a DAG'}.{task.id or task.operator}"
