"""A password, key or token that is written in a file of a pipeline.

It is in the history of the repository for good, on every machine that has a copy, and in every log that prints the
configuration. A connection of Airflow, a variable of the environment or a store of secrets keeps it where it can be
changed.

Templates, variables, names of secrets, placeholders and passwords that everybody knows (`postgres`, `airflow`) are left
alone, and so is what opens a service on the own machine. The finding never repeats the secret.

## Bad

`dags/orders.py`:
```python
import psycopg2
from airflow import DAG
from airflow.operators.python import PythonOperator


def fetch(ds):
    connection = psycopg2.connect(host="db.shop.io", user="loader", password="hunter2-Winter")
    print(connection, ds)


with DAG(
    "orders",
    schedule="@daily",
    catchup=False,
    default_args={"owner": "sales", "retries": 1, "email": ["sales@shop.io"]},
):
    PythonOperator(task_id="fetch", python_callable=fetch)
```

## Good

`dags/orders.py`:
```python
import os

import psycopg2
from airflow import DAG
from airflow.operators.python import PythonOperator


def fetch(ds):
    connection = psycopg2.connect(host="db.shop.io", user="loader", password=os.environ["SHOP_PASSWORD"])
    print(connection, ds)


with DAG(
    "orders",
    schedule="@daily",
    catchup=False,
    default_args={"owner": "sales", "retries": 1, "email": ["sales@shop.io"]},
):
    PythonOperator(task_id="fetch", python_callable=fetch)
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.rules.base import EVERYWHERE, Context, Finding, Offer, rule


@rule(
    "TG912",
    "secret-in-pipeline",
    category="operability",
    severity="error",
    profiles=EVERYWHERE[:3],
    looks_at=("python", "yaml", "json", "properties", "packages"),
    wants=("problems",),
)
def secret_in_pipeline(ctx: Context) -> Iterator[Finding]:
    """What the readers found written out."""
    if ctx.shielded:
        return
    for problem in ctx.facts.problems:
        if problem.code != "TG912":
            continue
        offers = []
        if ctx.facts.role == "python" and problem.message.startswith("the secret"):
            name = problem.message.partition("'")[2].partition("'")[0]
            offers.append(
                Offer("secret.environment", "Take it from the environment", False, (ctx.path, str(problem.site), name))
            )
        yield ctx.finding(
            problem.site, f"{problem.message}; expected a connection, a variable or a store of secrets", offers=offers
        )
