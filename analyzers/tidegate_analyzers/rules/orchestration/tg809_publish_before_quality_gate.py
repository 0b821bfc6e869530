"""Data that is published before it was checked.

The check and what publishes stand in the same DAG, and nothing makes the one wait for the other: on a bad day the data
is out before the check has failed. A check behind the publication finds what others have already read.

A DAG with another check before the publication is left alone: what runs behind it watches.

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
    build = BashOperator(task_id="build", bash_command="dbt run --select orders")
    check = BashOperator(task_id="check", bash_command="dbt test --select orders")
    publish = BashOperator(task_id="publish", bash_command="publish orders --day {{ ds }}")
    build >> [check, publish]
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
    default_args={"owner": "sales", "retries": 1, "email": ["sales@shop.io"]},
):
    build = BashOperator(task_id="build", bash_command="dbt run --select orders")
    check = BashOperator(task_id="check", bash_command="dbt test --select orders")
    publish = BashOperator(task_id="publish", bash_command="publish orders --day {{ ds }}")
    build >> check >> publish
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.facts import Dag
from tidegate_analyzers.graph import quality_tasks
from tidegate_analyzers.rules.base import Context, Finding, Offer, Related, rule
from tidegate_analyzers.rules.orchestration.dag_settings import dags, works
from tidegate_analyzers.safety.verdict import Chain

_BUILD = re.compile(r"\bdbt\b[^\n;|&]*\bbuild\b|\bsqlmesh\s+(?:plan|run)\b")
"""Commands that check each dataset before what follows is made of it."""


@rule(
    "TG809",
    "publish-before-quality-gate",
    category="data-quality",
    severity="warning",
    looks_at=("python", "yaml"),
    wants=("dags",),
)
def publish_before_quality_gate(ctx: Context) -> Iterator[Finding]:
    """Tasks that publish, in DAGs with a check that does not come before them."""
    for _, dag in dags(ctx):
        checks = [number for number, task in enumerate(dag.tasks) if quality_tasks.check_of(task)]
        if not checks or dag.incomplete:
            continue
        for index, task in enumerate(dag.tasks):
            why = quality_tasks.publishes(task)
            before = quality_tasks.before(dag, index)
            if not why or task.condition or before.intersection(checks) or _checked_meanwhile(dag, before):
                continue
            for check in checks:
                if (how := _same_data(ctx, dag, index, check)) and not dag.tasks[check].condition:
                    yield _finding(ctx, dag, index, check, (why, how))
                    break


def _finding(ctx: Context, dag: Dag, index: int, check: int, words: tuple[str, str]) -> Finding:
    task, gate = dag.tasks[index], dag.tasks[check]
    chain = Chain()
    chain.fact(f"the task '{task.id}' publishes: {words[0]}", ctx.path, task.site)
    chain.fact(f"the task '{gate.id or gate.operator}': {quality_tasks.check_of(gate)}", ctx.path, gate.site)
    chain.fact(words[1], ctx.path, gate.site)
    chain.failed("", f"nothing makes '{task.id}' wait for a check", ctx.path, task.site)
    behind = index in quality_tasks.before(dag, check)
    told = "runs only behind it" if behind else "may run after it"
    return ctx.finding(
        task.site,
        f"'{task.id}' publishes data before it was checked: '{gate.id or gate.operator}' {told}",
        proved=False,
        subject=task.id,
        evidence=chain.steps,
        related=[Related(ctx.path, gate.site, "the check")],
        offers=[
            Offer("order.check-first", "Check before publishing", False, (ctx.path, str(gate.whole), str(task.whole)))
        ],
    )


def _same_data(ctx: Context, dag: Dag, publish: int, check: int) -> str:
    """Why a check is about what is published, in words; empty where that is not seen."""
    one, other = dag.tasks[publish], dag.tasks[check]
    shared = quality_tasks.names(ctx.view, ctx.path, one) & quality_tasks.names(ctx.view, ctx.path, other)
    if shared:
        return f"both are about '{min(shared)}'"
    if publish in other.upstream:
        return f"the check runs directly behind '{one.id}'"
    makers = [number for number in one.upstream if number in other.upstream and works(dag.tasks[number])]
    return f"both run directly behind '{dag.tasks[makers[0]].id}'" if makers else ""


def _checked_meanwhile(dag: Dag, before: set[int]) -> bool:
    """Whether what runs before a task checks by itself what it makes."""
    return any(_BUILD.search(text) for number in before for text in quality_tasks.commands(dag.tasks[number]))
