"""The target is dropped, its checkpoint is kept.

A job that drops its table before it starts the stream means to begin anew. The checkpoint still says that everything
up to now was read: the stream goes on behind it, and the new table lacks all that the old one held.

The rule is silent where the checkpoint is removed as well, or its path depends on something not known that may change,
for tables whose files lie at a path of their own (dropping those leaves the files), where the target is
not known, and in tests and examples.

## Bad

`jobs/stream.py`:
```python
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.sql("DROP TABLE IF EXISTS sales.orders")
orders = spark.readStream.table("raw.orders")
orders.writeStream.option("checkpointLocation", "s3://shop/_checkpoints/orders").toTable("sales.orders")
```

## Good

`jobs/stream.py`:
```python
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
orders = spark.readStream.table("raw.orders")
orders.writeStream.option("checkpointLocation", "s3://shop/_checkpoints/orders").toTable("sales.orders")
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Job, Relation, Stream, Write, same_name
from tidegate_analyzers.rules.base import Context, Finding, Related, rule
from tidegate_analyzers.rules.recovery.streams import certain, streams_in
from tidegate_analyzers.safety.verdict import Step


@rule(
    "TG413",
    "checkpoint-outlives-target",
    category="reliability",
    severity="warning",
    looks_at=("python", "scala"),
    wants=("jobs",),
)
def checkpoint_outlives_target(ctx: Context) -> Iterator[Finding]:
    """Each query whose target is dropped in the job that starts it."""
    if ctx.shielded:
        return
    for job, stream in streams_in(ctx):
        if stream.target is None or stream.checkpoint is None or not stream.closed:
            continue
        before = list(_before(ctx, job, stream))
        dropped = next((item for item in before if _drops(item[0], stream.target, stream)), None)
        if dropped is None or any(_may_remove(write, stream) for write, _ in before):
            continue
        write, condition = dropped
        yield ctx.finding(
            stream.site,
            f"'{stream.target}' is dropped, but the checkpoint of the query that fills it is kept: it goes on where "
            "the old table ended, and the new one lacks what was before",
            proved=certain(ctx) and stream.checkpoint.known and not condition and not job.opaque,
            subject=str(stream.target),
            evidence=[
                Step("fact", f"'{stream.target}' is dropped first", "", ctx.path, write.site),
                Step("fact", f"the query keeps its checkpoint at {_path(stream)}", "", ctx.path, stream.site),
                Step("failed", "nothing in the job removes it"),
            ],
            related=[Related(ctx.path, write.site, "drops the target")],
        )


def _path(stream: Stream) -> str:
    value = stream.checkpoint
    return str(value.value if value is not None and value.known else value.text if value is not None else "")


def _before(ctx: Context, job: Job, stream: Stream) -> Iterator[tuple[Write, str]]:
    """What the job writes before it starts the query, with the condition under which it does."""
    for step in job.steps[: stream.order]:
        if step.kind == "write":
            yield job.writes[step.index], step.condition
        elif step.kind == "sql":
            yield from ((write, step.condition) for write in ctx.facts.sql[step.index].writes)


def _drops(write: Write, target: Relation, stream: Stream) -> bool:
    if write.mode != "drop" or not same_name(write.target, target):
        return False
    own_path = any(setting.name == "path" for setting in stream.settings)
    return not (target.kind == "table" and own_path)


def _may_remove(write: Write, stream: Stream) -> bool:
    """Whether something may remove the checkpoint."""
    path = _path(stream)
    if write.mode == "drop" and write.target.kind == "path":
        folder = str(write.target)
        return write.target.dynamic or path.startswith(folder) or folder.startswith(path)
    return write.mode == "call"
