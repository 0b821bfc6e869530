"""A Spark job that appends.

`mode("append")`, `insertInto` and `writeTo(…).append()` match rows by no key. When a run fails behind the write, or is
cleared and run again, its rows are there twice; nothing in Delta, Parquet or JDBC knows that they came before.

The rule is silent where the part of the run is replaced (`replaceWhere`, `partitionOverwriteMode=dynamic`,
`overwritePartitions`), where Delta knows the write again (`txnAppId` with `txnVersion`), where the same job deletes from
the target, merges into it or reads it first, for formats that write by key (Hudi's upsert, Cassandra, Cosmos DB), for
topics, for names that depend on the run's date, for what is set aside, for logs and staging tables, and where
an option, a name or a mode is not known.

## Bad

`jobs/load.py`:
```python
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
orders = spark.read.json("s3://shop/landing/orders")
orders.write.format("delta").mode("append").saveAsTable("sales.orders")
```

## Good

`jobs/load.py`:
```python
import sys

from pyspark.sql import SparkSession

day = sys.argv[1]
spark = SparkSession.builder.getOrCreate()
orders = spark.read.json(f"s3://shop/landing/orders/{day}")
orders.write.format("delta").mode("overwrite").option("replaceWhere", f"day = '{day}'").saveAsTable("sales.orders")
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.rules.base import Context, Finding, Offer, rule
from tidegate_analyzers.rules.idempotency.loads_of_file import JobLoad, Load, appended


@rule(
    "TG203",
    "spark-append-not-idempotent",
    category="reliability",
    severity="warning",
    looks_at=("python", "scala"),
    wants=("jobs", "dags"),
)
def spark_append(ctx: Context) -> Iterator[Finding]:
    """Each append of a Spark job that nothing makes safe."""
    yield from appended(ctx, "spark", "remembers no run before", lambda load: _offers(ctx, load))


def _offers(ctx: Context, load: Load | JobLoad) -> Iterator[Offer]:
    write = load.effect.write
    if ctx.facts.role != "python" or not write.option.startswith("mode("):
        return
    args = (ctx.path, str(write.site))
    if write.form == "delta":
        yield Offer("spark.replace-where", "Replace the run's own rows (replaceWhere)", False, args)
        yield Offer("spark.token", "Let Delta know the write again (txnAppId, txnVersion)", False, args)
    if write.folders and write.form in ("delta", "parquet", "orc", "csv", "json", "avro"):
        yield Offer("spark.partitions", "Replace the partitions it writes", False, args)
