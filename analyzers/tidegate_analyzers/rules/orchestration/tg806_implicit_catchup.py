"""A schedule with a past, and nothing said of whether the past is to be caught up with.

Airflow 2 starts a run for every interval since `start_date` when `catchup` is not set, Airflow 3 starts none. The first
deployment surprises one team with hundreds of runs, the upgrade to Airflow 3 another with none.

## Bad

`requirements.txt`:
```
apache-airflow==2.9.3
```

`dags/orders.py`:
```python
from datetime import datetime, timedelta

from airflow import DAG
from airflow.operators.bash import BashOperator

with DAG(
    "orders",
    schedule="@daily",
    start_date=datetime(2022, 1, 1),
    dagrun_timeout=timedelta(hours=2),
    default_args={"owner": "sales", "retries": 1, "email": ["sales@shop.io"]},
):
    BashOperator(task_id="fetch", bash_command="fetch --day {{ ds }}")
```

## Good

`requirements.txt`:
```
apache-airflow==2.9.3
```

`dags/orders.py`:
```python
from datetime import datetime, timedelta

from airflow import DAG
from airflow.operators.bash import BashOperator

with DAG(
    "orders",
    schedule="@daily",
    start_date=datetime(2022, 1, 1),
    catchup=False,
    dagrun_timeout=timedelta(hours=2),
    default_args={"owner": "sales", "retries": 1, "email": ["sales@shop.io"]},
):
    BashOperator(task_id="fetch", bash_command="fetch --day {{ ds }}")
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.rules.base import Context, Finding, Offer, rule
from tidegate_analyzers.rules.orchestration.dag_settings import called, dags, date_of, recurs, start, version


@rule(
    "TG806",
    "implicit-catchup",
    category="reliability",
    severity="info",
    profiles=("strict",),
    looks_at=("python", "yaml"),
    wants=("dags",),
)
def implicit_catchup(ctx: Context) -> Iterator[Finding]:
    """DAGs that Airflow 2 may run, with a start in the past and without `catchup`."""
    major = version(ctx)
    if (major is not None and major >= 3) or ctx.view.layout.setting("airflow.catchup_by_default") is not None:
        return
    today = ctx.view.layout.options.today
    for number, dag in dags(ctx):
        since = date_of(start(ctx, dag))
        if not since or since >= today or dag.setting("catchup") is not None or dag.setting("@open") is not None:
            continue
        if not recurs(ctx, dag):
            continue
        other = "" if major else ", Airflow 3 none"
        said, wanted = "does not say whether to catch up", "'catchup'"
        if dag.default("catchup") is not None:
            said = "has 'catchup' among its default_args, where Airflow does not look for it"
            wanted = "it as an argument of the DAG"
        yield ctx.finding(
            dag.site,
            f"{called(dag)} {said}: Airflow 2 starts every run since {since}{other}; expected {wanted}",
            subject=dag.id,
            offers=[Offer("dag.argument", "Don't catch up", False, (ctx.path, str(number), "catchup", "False"))],
        )
