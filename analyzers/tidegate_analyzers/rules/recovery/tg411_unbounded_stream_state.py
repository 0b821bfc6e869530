"""What a stream remembers has no end.

`dropDuplicates` on a stream keeps every key that it has seen. Only a watermark lets it forget, and only if the column
of the watermark is among the keys; else the state grows with every row, and with it checkpoints, memory and the bill.
`dropDuplicatesWithinWatermark` (Spark 3.5) forgets without that column.

A join of two streams in Flink SQL keeps the rows of both sides as well, since a match may come at any time. A condition
that bounds the time between them lets it forget, or a time to live (`table.exec.state.ttl`, a hint `STATE_TTL`).

The rule is silent where the source of the stream is not seen, where the keys are not known, for queries within
`foreachBatch` (they have no state), and in tests and examples; of joins, for those of which each side has but the last
row of a key (`upsert-kafka`, changes of a database), and where the program or a cluster of the workspace has a time to live.

## Bad

`jobs/stream.py`:
```python
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
orders = spark.readStream.table("raw.orders").dropDuplicates(["order_id"])
orders.writeStream.option("checkpointLocation", "s3://shop/_checkpoints/orders").toTable("sales.orders")
```

## Good

`jobs/stream.py`:
```python
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
orders = spark.readStream.table("raw.orders").withWatermark("ordered_at", "1 day")
orders = orders.dropDuplicatesWithinWatermark(["order_id"])
orders.writeStream.option("checkpointLocation", "s3://shop/_checkpoints/orders").toTable("sales.orders")
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Stateful, Stream
from tidegate_analyzers.rules.base import JOB_FILES, Context, Finding, Offer, rule
from tidegate_analyzers.rules.recovery.streams import SHOWN, certain, name_of, streams_in
from tidegate_analyzers.safety.verdict import Step

_TTL = "table.exec.state.ttl"


@rule(
    "TG411",
    "unbounded-stream-state",
    category="cost",
    severity="warning",
    looks_at=JOB_FILES,
    wants=("jobs",),
)
def unbounded_state(ctx: Context) -> Iterator[Finding]:
    """Each place where a stream tells duplicates for ever, or keeps what it joins."""
    if ctx.shielded:
        return
    reported: set[int] = set()
    for _, stream in streams_in(ctx):
        for state in stream.stateful:
            if state.bounded or state.site in reported or stream.sink in SHOWN or stream.bounded:
                continue
            if state.kind == "deduplicate" and not state.watermark:
                reported.add(state.site)
                yield _duplicates(ctx, stream, state)
            elif state.kind == "join" and stream.engine == "flink" and not _limited(ctx, stream, state):
                reported.add(state.site)
                yield _join(ctx, stream, state)


def _duplicates(ctx: Context, stream: Stream, state: Stateful) -> Finding:
    offer = Offer("spark.within-watermark", "Forget behind a watermark", False, (ctx.path, str(state.site)))
    return ctx.finding(
        state.site,
        f"{name_of(stream)} remembers every row it has seen: no watermark bounds {state.text}",
        proved=certain(ctx),
        subject=name_of(stream),
        evidence=[
            Step("fact", f"{state.text} keeps the keys it has seen", "", ctx.path, state.site),
            Step("failed", "none of its keys is the column of a watermark before it"),
        ],
        offers=[offer] if stream.engine == "spark" else (),
    )


def _join(ctx: Context, stream: Stream, state: Stateful) -> Finding:
    return ctx.finding(
        state.site,
        f"{name_of(stream)} keeps every row of both sides of a join for ever: nothing bounds it in time, and {_TTL} is not set",
        proved=False,
        subject=name_of(stream),
        evidence=[
            Step("fact", f"{state.text} joins tables that never end", "", ctx.path, state.site),
            Step("failed", "no condition bounds the time between its rows"),
            Step("failed", f"nothing in the workspace sets {_TTL}"),
            Step("unknown", "the cluster it runs on may have a setting of its own"),
        ],
    )


def _limited(ctx: Context, stream: Stream, state: Stateful) -> bool:
    """Whether anything in the workspace says how long state is kept, besides other programs."""
    for posting in ctx.view.find(f"setting:{_TTL}"):
        facts = ctx.view.facts(posting.path)
        if facts is None or facts.jobs[posting.number].streams:
            continue
        held = Step("held", f"{_TTL} is set in {posting.path}", "", posting.path)
        ctx.passed(state.site, name_of(stream), [held])
        return True
    return False
