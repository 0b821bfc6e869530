"""A stateful stream without a watermark.

Windows over event time and joins of two streams keep state for every window and row until a watermark says that
nothing older will come. Without one the state is never cleaned: the job grows until it fails, weeks after it was
deployed, and what arrives late changes windows that were given out long ago.

The rule is silent where the source of the stream is not seen, for state that ends by another setting, for windows of
processing time, and in tests and examples. With `outputMode("complete")`, which keeps everything on purpose, and for
sinks that only show, it is information.

## Bad

`jobs/stream.py`:
```python
from pyspark.sql import SparkSession
from pyspark.sql.functions import window

spark = SparkSession.builder.getOrCreate()
orders = spark.readStream.table("raw.orders")
sums = orders.groupBy(window("ordered_at", "5 minutes")).sum("amount")
sums.writeStream.outputMode("update").option("checkpointLocation", "s3://shop/_checkpoints/sums").toTable("sales.sums")
```

## Good

`jobs/stream.py`:
```python
from pyspark.sql import SparkSession
from pyspark.sql.functions import window

spark = SparkSession.builder.getOrCreate()
orders = spark.readStream.table("raw.orders").withWatermark("ordered_at", "10 minutes")
sums = orders.groupBy(window("ordered_at", "5 minutes")).sum("amount")
sums.writeStream.outputMode("update").option("checkpointLocation", "s3://shop/_checkpoints/sums").toTable("sales.sums")
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Stateful
from tidegate_analyzers.rules.base import JOB_FILES, Context, Finding, Offer, rule
from tidegate_analyzers.rules.recovery.streams import SHOWN, certain, name_of, streams_in
from tidegate_analyzers.safety.verdict import Step

_KINDS = {"window": "its windows", "join": "both sides of its join", "custom": "its groups"}


@rule(
    "TG403",
    "stateful-stream-without-watermark",
    category="reliability",
    severity="warning",
    looks_at=JOB_FILES,
    wants=("jobs",),
)
def stateful_without_watermark(ctx: Context) -> Iterator[Finding]:
    """Each window, join and function with state that no watermark bounds."""
    if ctx.shielded:
        return
    reported: set[int] = set()
    for _, stream in streams_in(ctx):
        for state in stream.stateful:
            if state.kind not in _KINDS or state.watermark or state.bounded or state.site in reported:
                continue
            reported.add(state.site)
            on_purpose = stream.mode == "complete" or stream.sink in SHOWN
            yield ctx.finding(
                state.site,
                f"{name_of(stream)} keeps {_KINDS[state.kind]} for ever: no watermark comes before {_short(state)}",
                severity="info" if on_purpose else "warning",
                proved=certain(ctx),
                subject=name_of(stream),
                evidence=[
                    Step("fact", f"{_short(state)} keeps state", "", ctx.path, state.site),
                    Step("failed", "no watermark stands between its source and it"),
                ],
                offers=[Offer("spark.watermark", "Add a watermark", False, (ctx.path, str(state.site)))]
                if stream.engine == "spark" and state.kind == "window"
                else (),
            )


def _short(state: Stateful) -> str:
    return state.text.partition("(")[0] or state.kind
