"""A load job that appends, so that running it again loads the same data twice.

Load jobs say in one word whether they append or replace: `WRITE_APPEND` in BigQuery, `FORCE = TRUE` in a
Snowflake `COPY`, the method of a transfer operator. Appending is right only where something removes the run's
rows first, where the engine remembers the files it has loaded, or where a merge reads the table afterwards;
each of these is looked for before this rule speaks.

## Bad

`dags/orders.py`:
```python
from airflow import DAG
from airflow.providers.google.cloud.transfers.gcs_to_bigquery import GCSToBigQueryOperator

with DAG("orders", schedule="@daily", catchup=False, default_args={"owner": "data", "retries": 1, "email": ["data@shop.io"]}):
    GCSToBigQueryOperator(
        task_id="load_orders",
        bucket="lake",
        source_objects=["orders/{{ ds }}/*.parquet"],
        destination_project_dataset_table="shop.orders",
        write_disposition="WRITE_APPEND",
    )
```

## Good

`dags/orders.py`:
```python
from airflow import DAG
from airflow.providers.google.cloud.transfers.gcs_to_bigquery import GCSToBigQueryOperator

with DAG("orders", schedule="@daily", catchup=False, default_args={"owner": "data", "retries": 1, "email": ["data@shop.io"]}):
    GCSToBigQueryOperator(
        task_id="load_orders",
        bucket="lake",
        source_objects=["orders/{{ ds }}/*.parquet"],
        destination_project_dataset_table="shop.orders${{ ds_nodash }}",
        write_disposition="WRITE_TRUNCATE",
    )
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Write, same_name
from tidegate_analyzers.graph import tasks
from tidegate_analyzers.rules.base import JOB_FILES, RECOMMENDED, Context, Finding, Offer, rule
from tidegate_analyzers.rules.idempotency.loads_of_file import JobLoad, Load, describe, loads_in, loads_related
from tidegate_analyzers.safety.verdict import Verdict


@rule(
    "TG205",
    "append-disposition-load",
    category="reliability",
    severity="warning",
    profiles=RECOMMENDED,
    looks_at=JOB_FILES,
    wants=("sql", "dags", "jobs"),
)
def append_disposition_load(ctx: Context) -> Iterator[Finding]:
    """Each load job of this file that appends."""
    reported: set[int] = set()
    for load in loads_in(ctx):
        write = load.effect.write
        if write.mode != "append" or write.by not in ("", "resource", "connector") or write.site in reported:
            continue
        found = load.verdict(ctx.view)
        if not found.safety.unsafe:
            ctx.passed(write.site, str(write.target), found.steps)
            continue
        reported.add(write.site)
        severity = describe(ctx, load, found)
        offers = (
            [
                Offer(
                    "append.replace-partition",
                    "Replace the run's partition instead of appending",
                    False,
                    (load.path, str(write.site)),
                )
            ]
            if "WRITE_APPEND" in write.option and not _shares_target(ctx, load)
            else []
        )
        yield ctx.finding(
            write.site,
            _message(write, found),
            severity="warning" if severity == "error" else severity,
            proved=found.proved,
            subject=str(write.target),
            evidence=found.steps,
            related=loads_related(ctx, load, found),
            offers=offers,
        )


def _message(write: Write, found: Verdict) -> str:
    how = f" ({write.option})" if write.option else ""
    again = f"loading this again appends the same rows to '{write.target}'{how}"
    return f"{again}, and '{found.race}', which replaces it, may run after it" if found.race else again


def _shares_target(ctx: Context, load: Load | JobLoad) -> bool:
    """Whether other tasks of the DAG write the same table: none of them may replace what the others load."""
    target = load.effect.write.target
    others = (task for task in load.dag.tasks if task is not load.task) if isinstance(load, Load) else ()
    found = (effect for task in others for effect in tasks.effects(ctx.view, load.path, task))
    return any(effect.write.mode != "delete" and same_name(effect.write.target, target) for effect in found)
