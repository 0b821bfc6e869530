"""Duplicates of a stream are remembered for ever.

`dropDuplicates` on a stream keeps every key that it has seen. Only a watermark lets it forget, and only if the column
of the watermark is among the keys; else the state grows with every row, and with it checkpoints, memory and the bill.
`dropDuplicatesWithinWatermark` (Spark 3.5) forgets without that column.

The rule is silent where the source of the stream is not seen, where the keys are not known, for queries within
`foreachBatch` (they have no state), and in tests and examples.

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

from tidegate_analyzers.rules.base import JOB_FILES, Context, Finding, Offer, rule
from tidegate_analyzers.rules.recovery.streams import SHOWN, certain, name_of, streams_in
from tidegate_analyzers.safety.verdict import Step


@rule(
    "TG411",
    "unbounded-stream-state",
    category="cost",
    severity="warning",
    looks_at=JOB_FILES,
    wants=("jobs",),
)
def unbounded_state(ctx: Context) -> Iterator[Finding]:
    """Each place where a stream tells duplicates for ever."""
    if ctx.shielded:
        return
    reported: set[int] = set()
    for _, stream in streams_in(ctx):
        for state in stream.stateful:
            if state.kind != "deduplicate" or state.watermark or state.bounded or state.site in reported:
                continue
            if stream.sink in SHOWN:
                continue
            reported.add(state.site)
            args = (ctx.path, str(state.site))
            yield ctx.finding(
                state.site,
                f"{name_of(stream)} remembers every row it has seen: no watermark bounds {state.text}",
                proved=certain(ctx),
                subject=name_of(stream),
                evidence=[
                    Step("fact", f"{state.text} keeps the keys it has seen", "", ctx.path, state.site),
                    Step("failed", "none of its keys is the column of a watermark before it"),
                ],
                offers=[Offer("spark.within-watermark", "Forget behind a watermark", False, args)]
                if stream.engine == "spark"
                else (),
            )
