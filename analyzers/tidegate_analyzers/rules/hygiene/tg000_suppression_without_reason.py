"""A suppression that does not say why.

`# tidegate: ignore[TG201] — the table is emptied by the vendor` tells the next reader something; without the
part behind the brackets nobody knows whether it still holds. In SQL the comment begins with `--` or stands in
`{# #}`, in YAML and Python with `#`. On a line of its own it covers the statement that follows, behind code the
statement it stands in; without brackets it silences every rule there.

## Bad

`dags/orders.py`:
```python
from datetime import timedelta

from airflow import DAG
from airflow.providers.postgres.operators.postgres import PostgresOperator

HOUR = timedelta(hours=1)

with DAG(
    "orders",
    schedule="@daily",
    catchup=False,
    default_args={"owner": "data", "retries": 1, "email": ["data@shop.io"], "execution_timeout": HOUR},
):
    PostgresOperator(
        task_id="load_orders",
        sql="INSERT INTO mart.orders SELECT * FROM stg.orders WHERE order_date = '{{ ds }}'",  # tidegate: ignore[TG201]
    )
```

## Good

`dags/orders.py`:
```python
from datetime import timedelta

from airflow import DAG
from airflow.providers.postgres.operators.postgres import PostgresOperator

HOUR = timedelta(hours=1)

with DAG(
    "orders",
    schedule="@daily",
    catchup=False,
    default_args={"owner": "data", "retries": 1, "email": ["data@shop.io"], "execution_timeout": HOUR},
):
    PostgresOperator(
        task_id="load_orders",
        sql="INSERT INTO mart.orders SELECT * FROM stg.orders WHERE order_date = '{{ ds }}'",  # tidegate: ignore[TG201] — a view removes duplicates
    )
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.rules.base import Context, Finding, rule

EVERY_FILE = ("dbt_sql", "dbt_yaml", "dbt_project", "dbt_python", "yaml", "python", "sql")


@rule(
    "TG000",
    "suppression-without-reason",
    category="operability",
    severity="info",
    profiles=("strict",),
    looks_at=EVERY_FILE,
    wants=("suppressions",),
)
def suppression_without_reason(ctx: Context) -> Iterator[Finding]:
    """Each suppression of the file."""
    for suppression in ctx.facts.suppressions:
        if not suppression.reason:
            codes = ", ".join(suppression.codes) or "every finding"
            yield ctx.finding(suppression.site, f"{codes} is silenced without a reason; say why behind the brackets")
