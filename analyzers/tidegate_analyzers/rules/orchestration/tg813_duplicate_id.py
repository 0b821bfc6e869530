"""Two tasks of a DAG, or two DAGs, of one name.

Airflow refuses a DAG in which two tasks have the same id: it is not there until somebody looks for it. Of two DAGs with one
id the file that was read last wins, and which that is changes from reading to reading: the history of both is mixed.

Ids that are made up, tasks in branches or loops and calls of decorated functions (which Airflow numbers by itself) are left
alone, and so are DAGs in other folders, which may be other installations.

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
    BashOperator(task_id="fetch", bash_command="fetch orders") >> BashOperator(
        task_id="fetch", bash_command="fetch prices"
    )
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
    BashOperator(task_id="fetch", bash_command="fetch orders") >> BashOperator(
        task_id="price", bash_command="fetch prices"
    )
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.facts import Dag, Task
from tidegate_analyzers.rules.base import EVERYWHERE, Context, Finding, Related, rule
from tidegate_analyzers.rules.contracts.groups import dag_group
from tidegate_analyzers.rules.orchestration.dag_settings import dags, known_operator

_ENVIRONMENT = re.compile(
    r"dev|devel|development|prod|prd|production|stage|staging|stg|test|testing|qa|uat|int|pre-?prod|sandbox|local", re.I
)


@rule(
    "TG813",
    "duplicate-id",
    category="reliability",
    severity="error",
    profiles=EVERYWHERE[:3],
    looks_at=("python",),
    wants=("dags",),
)
def duplicate_id(ctx: Context) -> Iterator[Finding]:
    """Task ids within a DAG, and DAG ids within a folder of DAGs."""
    found = list(dags(ctx))
    for _, dag in found:
        if len(ctx.facts.dags) == 1:
            yield from _tasks(ctx, dag)
        yield from _dags(ctx, dag)


def _tasks(ctx: Context, dag: Dag) -> Iterator[Finding]:
    first: dict[str, Task] = {}
    for task in dag.tasks:
        if not task.id or task.condition or task.setting("@prefix") is not None or not known_operator(ctx, task):
            continue
        if task.operator.startswith("@"):
            continue
        if (other := first.setdefault(task.id, task)) is not task:
            yield ctx.finding(
                task.site,
                f"a second task '{task.id}': Airflow refuses the DAG",
                subject=task.id,
                related=[Related(ctx.path, other.site, "the first")],
            )


def _dags(ctx: Context, dag: Dag) -> Iterator[Finding]:
    if not dag.id:
        return
    for posting in ctx.view.find(f"dag:{dag.id}"):
        facts = ctx.view.facts(posting.path)
        if posting.path == ctx.path or facts is None or facts.role != "python":
            continue
        other = facts.dags[posting.number] if posting.number < len(facts.dags) else None
        if posting.kind != "dag" or other is None or not other.whole or dag_group(posting.path) != dag_group(ctx.path):
            continue
        if _environment(posting.path) != _environment(ctx.path):
            continue
        yield ctx.finding(
            dag.site,
            f"another DAG '{dag.id}' is in {posting.path}: the one that is read last wins",
            severity="warning",
            proved=False,
            subject=dag.id,
            related=[Related(posting.path, other.site, "the other")],
        )
        return


def _environment(path: str) -> list[str]:
    """The folders that are named for an environment: each is deployed by itself."""
    return [part.casefold() for part in path.split("/")[:-1] if _ENVIRONMENT.fullmatch(part)]
