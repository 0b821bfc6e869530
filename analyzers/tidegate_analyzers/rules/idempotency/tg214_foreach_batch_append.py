"""A function of `foreachBatch` that appends.

Spark calls the function of `foreachBatch` at least once for each micro-batch: after a failure it is called again with
the same batch, before the checkpoint moves on. Rows that the first call wrote are there already, and are added again.

The rule is silent where the function merges, deletes from the target or replaces a part of it, where Delta knows the
batch again (`txnAppId` with `txnVersion`, the batch's id), for topics and formats that write by key, for what is set
aside, and for functions that can't be followed.

## Bad

`jobs/stream.py`:
```python
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()


def save(batch, batch_id):
    batch.write.format("delta").mode("append").saveAsTable("sales.events")


events = spark.readStream.table("raw.events")
events.writeStream.foreachBatch(save).option("checkpointLocation", "s3://shop/_checkpoints/events").start()
```

## Good

`jobs/stream.py`:
```python
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()


def save(batch, batch_id):
    writer = batch.write.format("delta").mode("append")
    writer.option("txnAppId", "events").option("txnVersion", batch_id).saveAsTable("sales.events")


events = spark.readStream.table("raw.events")
events.writeStream.foreachBatch(save).option("checkpointLocation", "s3://shop/_checkpoints/events").start()
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.rules.base import Context, Finding, Offer, rule
from tidegate_analyzers.rules.idempotency.loads_of_file import JobLoad, Load, appended


@rule(
    "TG214",
    "foreachbatch-append",
    category="reliability",
    severity="warning",
    looks_at=("python", "scala"),
    wants=("jobs", "dags"),
)
def foreach_batch_append(ctx: Context) -> Iterator[Finding]:
    """Each append in the function of a `foreachBatch`."""
    yield from appended(
        ctx,
        "foreach_batch",
        "remembers no batch before",
        lambda load: _offers(ctx, load),
        "a micro-batch that is tried again adds its rows to",
    )


def _offers(ctx: Context, load: Load | JobLoad) -> Iterator[Offer]:
    write = load.effect.write
    if ctx.facts.role == "python" and write.option.startswith("mode(") and write.form == "delta":
        args = (ctx.path, str(write.site))
        yield Offer("spark.token", "Let Delta know the batch again (txnAppId, txnVersion)", False, args)
