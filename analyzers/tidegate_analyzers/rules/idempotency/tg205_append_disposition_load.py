"""A load job that appends, so that running it again loads the same data twice.

Load jobs say in one word whether they append or replace: `WRITE_APPEND` in BigQuery, `FORCE = TRUE` in a
Snowflake `COPY`, the method of a transfer operator. Appending is right only where something removes the run's
rows first, where the engine remembers the files it has loaded, or where a merge reads the table afterwards;
each of these is looked for before this rule speaks.

Connectors deliver at least once: after a crash they send again what was not acknowledged. A JDBC sink that inserts without
looking for a key, which is what it does by default, then adds the same rows once more, or stops for ever where the table
minds; so does `sql_insert` of Bento without `ON CONFLICT`, and QuestDB without deduplication.

## Bad

`dags/orders.py`:
```python
from airflow import DAG
from airflow.providers.google.cloud.transfers.gcs_to_bigquery import GCSToBigQueryOperator

with DAG(
    "orders", schedule="@daily", catchup=False, default_args={"owner": "data", "retries": 1, "email": ["data@shop.io"]}
):
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

with DAG(
    "orders", schedule="@daily", catchup=False, default_args={"owner": "data", "retries": 1, "email": ["data@shop.io"]}
):
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
from tidegate_analyzers.rules.idempotency.keyed import of_resource
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
        if write.mode != "append" or write.by not in ("", "resource", "connector", "beam") or write.site in reported:
            continue
        found = load.verdict(ctx.view)
        if not found.safety.unsafe:
            ctx.passed(write.site, str(write.target), found.steps)
            continue
        reported.add(write.site)
        severity = describe(ctx, load, found)
        yield ctx.finding(
            write.site,
            _message(write, found),
            severity="warning" if severity == "error" else severity,
            proved=found.proved,
            subject=str(write.target),
            evidence=found.steps,
            related=loads_related(ctx, load, found),
            offers=_offers(ctx, load),
        )


def _offers(ctx: Context, load: Load | JobLoad) -> Iterator[Offer]:
    write = load.effect.write
    if write.by == "resource":
        yield from of_resource(load.effect.path, write)
    if isinstance(load, Load) and "WRITE_APPEND" in write.option and not _shares_target(ctx, load):
        title = "Replace the run's partition instead of appending"
        yield Offer("append.replace-partition", title, False, (load.path, str(write.site)))
    if isinstance(load, JobLoad) and "insert.mode" in write.option:
        number = str(ctx.facts.jobs.index(load.job))
        mode = "primary.key.mode" if "primary.key.mode" in write.option else "pk.mode"
        keys = ("insert.mode", "upsert", mode, "record_key")
        yield Offer("connect.set", "Match rows by the record's key", False, (ctx.path, number, *keys))


def _message(write: Write, found: Verdict) -> str:
    how = f" ({write.option})" if write.option else ""
    if write.by == "connector":
        return f"records that are delivered again are inserted into '{write.target}' again: {write.option}"
    again = f"loading this again appends the same rows to '{write.target}'{how}"
    return f"{again}, and '{found.race}', which replaces it, may run after it" if found.race else again


def _shares_target(ctx: Context, load: Load | JobLoad) -> bool:
    """Whether other tasks of the DAG write the same table: none of them may replace what the others load."""
    target = load.effect.write.target
    others = (task for task in load.dag.tasks if task is not load.task) if isinstance(load, Load) else ()
    found = (effect for task in others for effect in tasks.effects(ctx.view, load.path, task))
    return any(
        effect.write.mode not in ("delete", "index") and same_name(effect.write.target, target) for effect in found
    )
