"""A start date that moves each time the file is read.

Airflow reads a DAG file every few seconds. With `datetime.now()` the first interval has never ended, and no run is
started; with `days_ago(2)` or a date that is reckoned from today a weekly run may never come, catching up means
something else every day, and what ran before the last reading is not to be had again.

Where ruff's AIR304 is switched on, it says so, and this rule is silent. A DAG that is only started by hand, or
by updates of assets, has no intervals.

## Bad

`dags/orders.py`:
```python
from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.utils.dates import days_ago

with DAG(
    "orders",
    schedule="@weekly",
    start_date=days_ago(2),
    catchup=False,
    default_args={"owner": "sales", "retries": 2, "email": ["sales@shop.io"]},
):
    BashOperator(task_id="fetch", bash_command="fetch --day {{ ds }}")
```

## Good

`dags/orders.py`:
```python
from datetime import datetime

from airflow import DAG
from airflow.operators.bash import BashOperator

with DAG(
    "orders",
    schedule="@weekly",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    default_args={"owner": "sales", "retries": 2, "email": ["sales@shop.io"]},
):
    BashOperator(task_id="fetch", bash_command="fetch --day {{ ds }}")
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.rules.base import Context, Finding, rule
from tidegate_analyzers.rules.orchestration.dag_settings import called, dags, recurs, start, started_by_assets

_NOW = re.compile(r"\b(?:now|utcnow|today)\s*\(")
_BEFORE = re.compile(r"-|days_ago|subtract|add\(|replace\(|combine\(|yesterday|start_of|min\.time")
_MOVES = re.compile(r"\bdays_ago\s*\(|\byesterday\s*\(")


@rule(
    "TG804",
    "dynamic-start-date",
    category="reliability",
    severity="warning",
    looks_at=("python",),
    wants=("dags",),
)
def dynamic_start_date(ctx: Context) -> Iterator[Finding]:
    """Start dates of DAGs that are reckoned from the moment of reading."""
    if ctx.view.layout.setting("ruff.AIR304") is not None:
        return
    for _, dag in dags(ctx):
        given = start(ctx, dag)
        if given is None or given.known or not given.site or recurs(ctx, dag) is False or started_by_assets(dag):
            continue
        text = given.text
        if not (_NOW.search(text) or _MOVES.search(text)):
            continue
        never = bool(_NOW.search(text)) and not _BEFORE.search(text)
        words = (
            "no interval of it ever ends, so no run is started"
            if never
            else "what a first interval is differs each time"
        )
        yield ctx.finding(
            given.site,
            f"the start of {called(dag)} moves whenever the file is read: {words}; expected a date",
            subject=dag.id,
        )
