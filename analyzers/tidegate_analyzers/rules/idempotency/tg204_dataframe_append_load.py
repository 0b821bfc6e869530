"""A data frame that is added to a table in every run.

A dbt model in Python gives its table as the value it returns, and dbt builds or merges that. What the model writes
besides, with `to_sql(if_exists='append')`, `write.mode('append').save_as_table(…)` or `write_pandas`, dbt knows nothing
of: each run, each retry and each full refresh adds the same rows once more.

The rule is silent where the target is written anew or cleared before in the same file, where the name of the target is
not in the text, where `to_sql` is given a function of its own, and for tables named as logs or as staging.

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
from tidegate_analyzers.safety.guards import AUDIT, STAGING
from tidegate_analyzers.safety.verdict import Step


@rule(
    "TG204",
    "dataframe-append-load",
    category="reliability",
    severity="warning",
    looks_at=("dbt_python",),
    wants=("nodes",),
)
def dataframe_append_load(ctx: Context) -> Iterator[Finding]:
    """Each data frame that a Python model adds to a table."""
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
