"""A lakehouse table that is only added to.

Every append and every micro-batch leaves files, small ones mostly, and every change leaves those it replaced. Without
`OPTIMIZE` and `VACUUM` (Delta), `rewrite_data_files` and `expire_snapshots` (Iceberg), queries open more files with each
day, and storage is paid for data that nobody can see.

The rule is silent where any of these names the table anywhere in the workspace, or names one that is not known, where
compaction is automatic (`autoCompact`, `optimizeWrite`), in declarative pipelines, which tidy up by themselves, and in
tests and examples. What a platform does by itself it can't see: it is a hint.

## Bad

`jobs/stream.py`:
```python
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
orders = spark.readStream.table("raw.orders")
writer = orders.writeStream.format("delta").option("checkpointLocation", "s3://shop/_checkpoints/orders")
writer.toTable("sales.orders")
```

## Good

`jobs/stream.py`:
```python
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
orders = spark.readStream.table("raw.orders")
writer = orders.writeStream.format("delta").option("checkpointLocation", "s3://shop/_checkpoints/orders")
writer.toTable("sales.orders")
```

`jobs/tidy.sql`:
```sql
OPTIMIZE sales.orders;
VACUUM sales.orders;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Job, Relation, Site
from tidegate_analyzers.rules.base import Context, Finding, rule
from tidegate_analyzers.rules.contracts.groups import LAKEHOUSE
from tidegate_analyzers.safety.verdict import Step

_FORMATS = frozenset(("delta", "iceberg"))
_AUTOMATIC = (
    "spark.databricks.delta.autoCompact.enabled",
    "spark.databricks.delta.optimizeWrite.enabled",
    "spark.databricks.delta.properties.defaults.autoOptimize.autoCompact",
    "spark.databricks.delta.properties.defaults.autoOptimize.optimizeWrite",
)


@rule(
    "TG904",
    "table-maintenance-missing",
    category="cost",
    severity="hint",
    profiles=("strict",),
    looks_at=("python", "scala"),
    wants=("jobs",),
    absence="{have} of {n} {what} are tidied up",
)
def maintenance_missing(ctx: Context) -> Iterator[Finding]:
    """Each table of Delta or Iceberg that a job of the file adds to and nothing tidies."""
    if ctx.shielded or any(any(ctx.view.find(f"setting:{name}")) for name in _AUTOMATIC):
        return
    reported: set[str] = set()
    for job in ctx.facts.jobs:
        for target, site in _added_to(job):
            if target.dynamic or str(target) in reported:
                continue
            reported.add(str(target))
            tended = any(ctx.view.find(f"upkeep:{target.name}")) or any(ctx.view.find("upkeep:any"))
            ctx.count(LAKEHOUSE, has=tended)
            if tended:
                ctx.passed(site, str(target), [Step("held", "a statement of the workspace tidies it up")])
                continue
            yield ctx.finding(
                site,
                f"nothing tidies '{target}' up: each run leaves small files; expected OPTIMIZE and VACUUM, or their like",
                proved=False,
                subject=str(target),
                evidence=[
                    Step("fact", f"rows are added to '{target}'", "", ctx.path, site),
                    Step("failed", "no statement or call of the workspace compacts it or removes old files"),
                ],
                group=LAKEHOUSE,
            )


def _added_to(job: Job) -> Iterator[tuple[Relation, Site]]:
    for write in job.writes:
        if write.form in _FORMATS and write.mode in ("append", "once"):
            yield write.target, write.site
    for stream in job.streams:
        if stream.sink in _FORMATS and stream.target is not None:
            yield stream.target, stream.site
