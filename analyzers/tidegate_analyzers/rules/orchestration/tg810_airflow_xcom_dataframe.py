"""A data frame that is handed from task to task by XCom.

What a task returns is written into Airflow's own database, row by row of it, at every run, and read back into the memory
of the next worker. It grows with the data until the scheduler is slow or the value is refused. XCom is for pointers: a
path, a table, a count.

An XCom backend of the installation may keep large values elsewhere; then the rule is silent.

## Bad

`dags/orders.py`:
```python
from datetime import timedelta

import pandas as pd
from airflow.decorators import dag, task


@dag(
    schedule="@daily",
    catchup=False,
    dagrun_timeout=timedelta(hours=2),
    default_args={"owner": "sales", "retries": 1, "email": ["sales@shop.io"]},
)
def orders():
    @task
    def fetch(ds=None):
        frame = pd.read_csv(f"s3://shop/orders/{ds}.csv")
        return frame.dropna()

    fetch()


orders()
```

## Good

`dags/orders.py`:
```python
from datetime import timedelta

import pandas as pd
from airflow.decorators import dag, task


@dag(
    schedule="@daily",
    catchup=False,
    dagrun_timeout=timedelta(hours=2),
    default_args={"owner": "sales", "retries": 1, "email": ["sales@shop.io"]},
)
def orders():
    @task
    def fetch(ds=None):
        frame = pd.read_csv(f"s3://shop/orders/{ds}.csv")
        path = f"s3://lake/orders/{ds}.parquet"
        frame.dropna().to_parquet(path)
        return path

    fetch()


orders()
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.rules.base import Context, Finding, rule
from tidegate_analyzers.rules.orchestration.dag_settings import dags


@rule(
    "TG810",
    "airflow-xcom-dataframe",
    category="cost",
    severity="info",
    profiles=("strict",),
    looks_at=("python",),
    wants=("dags",),
)
def airflow_xcom_dataframe(ctx: Context) -> Iterator[Finding]:
    """Functions of tasks that return or push a data frame."""
    if ctx.view.layout.setting("airflow.xcom_backend") is not None:
        return
    seen: set[tuple[str, str]] = set()
    for _, dag in dags(ctx):
        for task in dag.tasks:
            pushed = task.setting("do_xcom_push")
            if pushed is not None and not (pushed.known and pushed.value is True):
                continue
            for act in task.acts:
                if act.kind == "frame" and (task.operator, act.text) not in seen:
                    seen.add((task.operator, act.text))
                    yield ctx.finding(
                        act.site,
                        f"'{task.id or task.operator}' hands a whole data frame to XCom; expected a path or a table",
                        subject=task.id,
                    )
