"""A request that a retry sends again.

The request arrived, the answer did not; the task fails and is tried again, and the order is placed, the invoice sent, the
message posted a second time. An idempotency key that is the same for each try (`{{ run_id }}`) lets the other side see it.

A POST that asks for a token or runs a search changes nothing and is left alone.

## Bad

`dags/orders.py`:
```python
from datetime import timedelta

import requests
from airflow.decorators import dag, task


@dag(
    schedule="@daily",
    catchup=False,
    dagrun_timeout=timedelta(hours=2),
    default_args={"owner": "sales", "retries": 1, "email": ["sales@shop.io"]},
)
def orders():
    @task
    def order(ds=None):
        requests.post("https://supplier.io/orders", json={"day": ds}, timeout=30).raise_for_status()

    order()


orders()
```

## Good

`dags/orders.py`:
```python
from datetime import timedelta

import requests
from airflow.decorators import dag, task


@dag(
    schedule="@daily",
    catchup=False,
    dagrun_timeout=timedelta(hours=2),
    default_args={"owner": "sales", "retries": 1, "email": ["sales@shop.io"]},
)
def orders():
    @task
    def order(ds=None):
        headers = {"Idempotency-Key": f"orders-{ds}"}
        requests.post("https://supplier.io/orders", json={"day": ds}, headers=headers, timeout=30).raise_for_status()

    order()


orders()
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.graph import tasks
from tidegate_analyzers.rules.base import Context, Finding, Related, rule
from tidegate_analyzers.rules.orchestration.dag_settings import dags


@rule(
    "TG211",
    "side-effect-retry-without-key",
    category="reliability",
    severity="info",
    profiles=("strict",),
    looks_at=("python",),
    wants=("dags",),
)
def side_effect_retry_without_key(ctx: Context) -> Iterator[Finding]:
    """Requests in the functions of tasks that are tried again."""
    seen: set[tuple[str, str]] = set()
    for _, dag in dags(ctx):
        for task in dag.tasks:
            given = tasks.effective(ctx.view, ctx.path, dag, task, "retries")
            if given is None or not given.known or not isinstance(given.value, int) or given.value < 1:
                continue
            for act in task.acts:
                if act.kind == "post" and (task.operator, act.text) not in seen:
                    seen.add((task.operator, act.text))
                    related = [Related(ctx.path, given.site, f"retries = {given.value}")] if given.site else []
                    yield ctx.finding(
                        act.site,
                        f"a retry of '{task.id or task.operator}' sends this again; expected an idempotency key",
                        proved=False,
                        subject=task.id,
                        related=related,
                    )
