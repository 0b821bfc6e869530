"""Rows that are deleted in one step and added again in another.

A crash, a timeout or a cancelled run between the two leaves the table without the rows, and whoever reads it meanwhile
sees them missing. Both belong into one transaction, or the new rows into a table of their own that takes the place of the
old one.

Operators that send SQL run all statements of a task in one transaction, unless `autocommit` is on; BigQuery only where the
script says `BEGIN TRANSACTION`. Staging tables, which nobody reads meanwhile, and logs are left alone, and so are loads of
what the target lacks: what was deleted before them was gone from the source.

## Bad

`dags/orders.py`:
```python
from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

with DAG(
    "orders",
    schedule="@daily",
    catchup=False,
    default_args={"owner": "sales", "retries": 1, "email": ["sales@shop.io"]},
):
    clear = SQLExecuteQueryOperator(task_id="clear", sql="DELETE FROM mart.orders WHERE day = '{{ ds }}'")
    load = SQLExecuteQueryOperator(
        task_id="load", sql="INSERT INTO mart.orders SELECT * FROM shop.orders WHERE day = '{{ ds }}'"
    )
    clear >> load
```

## Good

`dags/orders.py`:
```python
from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

with DAG(
    "orders",
    schedule="@daily",
    catchup=False,
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

from tidegate_analyzers.facts import Dag, Task, same_name
from tidegate_analyzers.graph import tasks
from tidegate_analyzers.graph.tasks import Effect
from tidegate_analyzers.readers.airflow.operators import dialect_of
from tidegate_analyzers.readers.sql.restrictions import kinds
from tidegate_analyzers.rules.base import Context, Finding, Related, rule
from tidegate_analyzers.rules.orchestration.dag_settings import dags
from tidegate_analyzers.safety.guards import AUDIT, STAGING, TRANSIENT
from tidegate_analyzers.safety.loads import is_load
from tidegate_analyzers.safety.verdict import Chain

_CLEARS = frozenset(("delete", "truncate"))


@rule(
    "TG208",
    "non-atomic-delete-insert",
    category="reliability",
    severity="info",
    looks_at=("python", "yaml"),
    wants=("dags",),
)
def non_atomic_delete_insert(ctx: Context) -> Iterator[Finding]:
    """Loads whose target is cleared by an earlier task, or by an earlier transaction of the same task."""
    for _, dag in dags(ctx):
        for index, task in enumerate(dag.tasks):
            if task.condition:
                continue
            seen: set[str] = set()
            for effect in tasks.effects(ctx.view, ctx.path, task):
                target = effect.write.target
                if not is_load(effect.write) or target.name in seen or effect.condition:
                    continue
                if _is_passing(effect) or _only_new(ctx, effect):
                    continue
                seen.add(target.name)
                yield from _cleared(ctx, dag, index, effect)


def _cleared(ctx: Context, dag: Dag, index: int, load: Effect) -> Iterator[Finding]:
    task = dag.tasks[index]
    same = [
        other for other in tasks.effects(ctx.view, ctx.path, task) if other.order < load.order and _clears(other, load)
    ]
    if same:
        why = _in_pieces(ctx, task)
        if why:
            yield _finding(ctx, task, load, same[0], task, why)
        return
    for _, other in tasks.upstream(dag, index):
        found = next((e for e in tasks.effects(ctx.view, ctx.path, other) if _clears(e, load)), None)
        if found is not None and not other.condition:
            yield _finding(ctx, task, load, found, other, f"the task '{other.id or other.operator}' deletes them")
            return


def _finding(ctx: Context, task: Task, load: Effect, clear: Effect, by: Task, why: str) -> Finding:
    chain = Chain()
    chain.fact(f"'{load.write.target}' is cleared ({clear.write.mode})", clear.path, clear.write.site)
    chain.fact(f"the task '{task.id or task.operator}' adds the rows again", load.path, load.write.site)
    chain.failed("", why, ctx.path, by.site)
    here = load.path == ctx.path
    return ctx.finding(
        load.write.site if here else task.site,
        f"a crash between the two leaves '{load.write.target}' without its rows: {why}, and this adds them in a step of its own",
        subject=str(load.write.target),
        evidence=chain.steps,
        related=[Related(clear.path, clear.write.site, "the rows are deleted here")],
    )


def _clears(effect: Effect, load: Effect) -> bool:
    return effect.write.mode in _CLEARS and not effect.condition and same_name(effect.write.target, load.write.target)


def _is_passing(effect: Effect) -> bool:
    """Whether a target is only a step on the way, or a log."""
    write = effect.write
    names = write.target.parts
    return write.temporary or any(STAGING.search(n) or TRANSIENT.search(n) or AUDIT.search(n) for n in names)


def _only_new(ctx: Context, effect: Effect) -> bool:
    """Whether a load takes only rows that the target lacks: those that were cleared are others, gone from the source.

    Which they are may be told by a temporary table, which the same script makes with a look at the target.
    """
    write = effect.write
    if write.arms and all("anti_join" in kinds(arm) for arm in write.arms):
        return True
    facts = ctx.view.facts(effect.path)
    return any(
        write in text.writes
        and any(same_name(read.relation, write.target) for read in text.reads)
        and any(other.temporary and other.mode == "create" and other.order < write.order for other in text.writes)
        for text in (facts.sql if facts is not None else ())
    )


def _in_pieces(ctx: Context, task: Task) -> str:
    """Why the statements of a task are no one transaction, in words; empty where they are, or may be."""
    texts = [ctx.view.facts(path) for path, _ in tasks.texts(ctx.view, ctx.path, task)]
    places = list(tasks.texts(ctx.view, ctx.path, task))
    atomic = any(facts is not None and facts.sql[i].atomic for facts, (_, i) in zip(texts, places, strict=True))
    if atomic or task.operator.startswith("@task") or any(step.kind in ("import", "calls") for step in task.steps):
        return ""
    switch = task.setting("autocommit")
    if switch is not None and switch.known and switch.value is True:
        return "with 'autocommit' each statement is a transaction of its own"
    if dialect_of(task.operator) == "bigquery":
        return "BigQuery makes each statement a transaction of its own"
    return ""
