"""A streaming query that remembers nothing.

A query of Structured Streaming keeps how far it has read, and its state, below `checkpointLocation`. Without it a
restart begins anew: what was read before is read again and written twice, or what came in between is never read.
For files, tables and Kafka Spark refuses to start; for `foreach` and `foreachBatch` it silently takes a folder of the
machine that is gone with it.

The rule is silent for sinks that only show (`console`, `memory`, `noop`), for rows that Spark makes up (`rate`), where `spark.sql.streaming.checkpointLocation`
is set anywhere in the workspace, where options come from a place that is not known, and in tests and examples. Besides
`foreach` and `foreachBatch` a finding is a warning: the setting may be the cluster's.

## Bad

`jobs/stream.py`:
```python
from pyspark.sql import SparkSession
from shop import upsert

spark = SparkSession.builder.getOrCreate()
orders = spark.readStream.format("kafka").option("subscribe", "orders").load()
orders.writeStream.foreachBatch(upsert).start()
```

## Good

`jobs/stream.py`:
```python
from pyspark.sql import SparkSession
from shop import upsert

spark = SparkSession.builder.getOrCreate()
orders = spark.readStream.format("kafka").option("subscribe", "orders").load()
orders.writeStream.foreachBatch(upsert).option("checkpointLocation", "s3://shop/_checkpoints/orders").start()
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.rules.base import CRITICAL, Context, Finding, Offer, rule
from tidegate_analyzers.rules.recovery.streams import SHOWN, certain, local_master, name_of, streams_in
from tidegate_analyzers.safety.verdict import Step

_MADE_UP = ("rate", "rate-micro-batch")
_SETTING = "spark.sql.streaming.checkpointLocation"


@rule(
    "TG401",
    "streaming-query-without-checkpoint",
    category="reliability",
    severity="error",
    profiles=CRITICAL,
    looks_at=("python", "scala"),
    wants=("jobs",),
)
def stream_without_checkpoint(ctx: Context) -> Iterator[Finding]:
    """Each query of Spark that is started without a checkpoint."""
    if ctx.shielded:
        return
    for _, stream in streams_in(ctx):
        if stream.engine != "spark" or stream.checkpoint is not None or not stream.closed:
            continue
        if stream.sink in SHOWN or (not stream.sink and stream.target is None):
            continue
        if any(setting.name == "@source" and setting.value.value in _MADE_UP for setting in stream.settings):
            ctx.passed(
                stream.site,
                name_of(stream),
                [Step("held", "its source makes its rows up, there is nothing to read again")],
            )
            continue
        if any(ctx.view.find(f"setting:{_SETTING}")):
            ctx.passed(stream.site, name_of(stream), [Step("held", f"{_SETTING} is set in the workspace")])
            continue
        falls_back = stream.sink in ("foreach", "foreachBatch")
        why = (
            "Spark takes a temporary folder, and a restart reads everything again"
            if falls_back
            else "unless the cluster sets one, Spark refuses to start it"
        )
        args = (ctx.path, str(stream.site))
        yield ctx.finding(
            stream.site,
            f"{name_of(stream)} has no checkpointLocation: {why}",
            severity="error" if falls_back and not local_master(ctx) else "warning",
            proved=falls_back and certain(ctx),
            subject=name_of(stream),
            evidence=[
                Step("fact", f"its sink is {stream.sink or 'files'}", "", ctx.path, stream.site),
                Step("failed", "none of its options is checkpointLocation, and all of them are seen"),
                Step("failed", f"nothing in the workspace sets {_SETTING}"),
            ],
            offers=[Offer("spark.checkpoint", "Keep its progress (checkpointLocation)", False, args)]
            if ctx.facts.role in ("python", "scala")
            else (),
        )
