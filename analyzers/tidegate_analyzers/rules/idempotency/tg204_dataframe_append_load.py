"""A data frame that is added to a table in every run.

`to_sql(if_exists='append')` and its like match rows by no key: each run, each retry and each full refresh adds the same
rows once more. So does `executemany` with an INSERT that names no conflict, and the `insert_rows` of a hook. In a dbt
model dbt knows nothing of it: it builds or merges what the model returns, and not what the model writes besides, with
`write.mode('append').save_as_table(…)` or `write_pandas`.

The rule is silent where the target is written anew or cleared before in the same job, where the name of the target is
not known or belongs to one run, where `to_sql` is given a function of its own, and for tables named as logs or as
staging.

## Bad

`dbt_project.yml`:
```yaml
name: shop
```

`models/scores.py`:
```python
def model(dbt, session):
    scores = dbt.ref("stg_orders")
    scores.write.mode("append").save_as_table("analytics.scores_by_day")
    return scores
```

`seeds/stg_orders.csv`:
```csv
order_id,score
```

## Good

`dbt_project.yml`:
```yaml
name: shop
```

`models/scores.py`:
```python
def model(dbt, session):
    dbt.config(materialized="incremental", unique_key="order_id")
    return dbt.ref("stg_orders")
```

`seeds/stg_orders.csv`:
```csv
order_id,score
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Write, same_name
from tidegate_analyzers.rules.base import Context, Finding, rule
from tidegate_analyzers.rules.idempotency.keyed import of_frame
from tidegate_analyzers.rules.idempotency.loads_of_file import appended
from tidegate_analyzers.safety.guards import AUDIT, STAGING
from tidegate_analyzers.safety.verdict import Step


@rule(
    "TG204",
    "dataframe-append-load",
    category="reliability",
    severity="warning",
    looks_at=("dbt_python", "python"),
    wants=("nodes", "dags", "jobs"),
)
def dataframe_append_load(ctx: Context) -> Iterator[Finding]:
    """Each data frame, or set of rows, that a job or a Python model adds to a table."""
    yield from appended(ctx, "dataframe", "matches no keys", lambda load: of_frame(load.effect.path, load.effect.write))
    yield from appended(ctx, "rows", "matches no keys")
    yield from _of_models(ctx)


def _of_models(ctx: Context) -> Iterator[Finding]:
    project = ctx.view.layout.project_of(ctx.path)
    if ctx.shielded or project is None or project.installed:
        return
    for node in ctx.facts.nodes:
        for number, write in enumerate(node.writes):
            if write.mode != "append":
                continue
            why = _guard(write, node.writes[:number])
            if why is not None:
                ctx.passed(write.site, str(write.target), [why])
                continue
            yield ctx.finding(
                write.site,
                f"every run of '{node.name}' adds its rows to '{write.target}' again: {write.option} matches no keys",
                subject=str(write.target),
                evidence=[
                    Step("fact", f"{write.option} adds rows", "", ctx.path, write.site),
                    Step("failed", f"nothing before it clears '{write.target}'", "G3"),
                ],
            )


def _guard(write: Write, before: tuple[Write, ...]) -> Step | None:
    """Why an append may be run again: its target is cleared first, or is a log or a staging table."""
    for other in before:
        if other.mode == "replace" and same_name(other.target, write.target):
            return Step("held", "its target is written anew first", "G3", "", other.site)
        text = str(other.target).casefold()
        if other.mode == "call" and (write.target.name in text or "{}" in text):
            return Step("held", "its target is cleared first", "G3", "", other.site)
    if AUDIT.search(write.target.name):
        return Step("held", "its name says that it is a log", "G8")
    return Step("held", "its name says that it is a staging table", "G9") if STAGING.search(write.target.name) else None
