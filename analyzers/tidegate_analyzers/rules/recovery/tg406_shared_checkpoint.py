"""Two queries with one checkpoint.

A checkpoint belongs to one query: its sources, offsets and state. A second one that is given the same folder reads the
offsets of the first, skips what it never saw, or fails with a source that does not match.

The rule is silent where a path is not known whole, for two that read and write the same (one is a copy, or the other's
backfill) or start under different conditions, for sinks that only show, for folders of one machine in other files (each run has its own), and in tests and
examples.

## Bad

`jobs/streams.py`:
```python
from pyspark.sql import SparkSession

CHECKPOINT = "s3://shop/_checkpoints/orders"
spark = SparkSession.builder.getOrCreate()
orders = spark.readStream.table("raw.orders")
orders.writeStream.option("checkpointLocation", CHECKPOINT).toTable("sales.orders")
orders.where("amount > 100").writeStream.option("checkpointLocation", CHECKPOINT).toTable("sales.large_orders")
```

## Good

`jobs/streams.py`:
```python
from pyspark.sql import SparkSession

BASE = "s3://shop/_checkpoints"
spark = SparkSession.builder.getOrCreate()
orders = spark.readStream.table("raw.orders")
orders.writeStream.option("checkpointLocation", f"{BASE}/orders").toTable("sales.orders")
orders.where("amount > 100").writeStream.option("checkpointLocation", f"{BASE}/large_orders").toTable(
    "sales.large_orders"
)
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Stream
from tidegate_analyzers.rules.base import JOB_FILES, Context, Finding, Related, rule
from tidegate_analyzers.rules.recovery.streams import SHOWN, certain, name_of, streams_in
from tidegate_analyzers.rules.recovery.tg405_ephemeral_checkpoint import EPHEMERAL
from tidegate_analyzers.safety.verdict import Step


@rule(
    "TG406",
    "shared-checkpoint-location",
    category="reliability",
    severity="error",
    looks_at=JOB_FILES,
    wants=("jobs",),
)
def shared_checkpoint(ctx: Context) -> Iterator[Finding]:
    """Each query whose checkpoint another query has as well."""
    if ctx.shielded:
        return
    for _, stream in streams_in(ctx):
        path = checkpoint(stream)
        if not path or stream.checkpoint is None:
            continue
        other = next(_others(ctx, stream, path), None)
        if other is None:
            continue
        place, theirs = other
        where = "" if place == ctx.path else f" in {place}"
        yield ctx.finding(
            stream.checkpoint.site or stream.site,
            f"{name_of(stream)} has the checkpoint of another, {name_of(theirs)}{where}: each reads the offsets of the other",
            proved=certain(ctx),
            subject=name_of(stream),
            evidence=[
                Step("fact", f"its checkpoint is {path}", "", ctx.path, stream.site),
                Step("fact", f"so is that of {name_of(theirs)}", "", place, theirs.site),
            ],
            related=[Related(place, theirs.site, "has the same checkpoint")],
        )


def checkpoint(stream: Stream) -> str:
    """The checkpoint of a query, where it is known whole and kept."""
    value = stream.checkpoint
    if value is None or not value.known or not isinstance(value.value, str) or stream.sink in SHOWN:
        return ""
    return value.value.rstrip("/")


def _others(ctx: Context, stream: Stream, path: str) -> Iterator[tuple[str, Stream]]:
    seen: set[tuple[str, int]] = set()
    for posting in ctx.view.find(f"checkpoint:{path}"):
        facts = ctx.view.facts(posting.path)
        if facts is None:
            continue
        other = facts.jobs[posting.number].streams[posting.inner]
        if (posting.path, other.site) in seen or (posting.path == ctx.path and other.site == stream.site):
            continue
        seen.add((posting.path, other.site))
        if posting.path != ctx.path and EPHEMERAL.match(path):
            continue
        if checkpoint(other) == path and _differ(stream, other):
            yield posting.path, other


def _differ(left: Stream, right: Stream) -> bool:
    """Whether two queries are certainly two: they write, or read, what is known and not the same."""
    if left.condition and right.condition and left.condition != right.condition:
        return False  # one or the other
    if left.target is not None and right.target is not None:
        return left.target != right.target and not (left.target.dynamic or right.target.dynamic)
    ours, theirs = (
        {str(read.relation) for read in stream.sources if not read.relation.dynamic} for stream in (left, right)
    )
    return bool(ours and theirs and not ours & theirs)
