"""One of Delta's transaction options without the other.

Delta skips a write that it has seen before if it is given who writes (`txnAppId`) and the number of the write
(`txnVersion`). With only one of them Delta keeps no number: the write looks safe and is an append like any other.

The rule is silent where other options of the write are not known.

## Bad

`jobs/load.py`:
```python
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
orders = spark.read.json("s3://shop/landing/orders")
orders.write.format("delta").mode("append").option("txnAppId", "orders").save("s3://shop/orders")
```

## Good

`jobs/load.py`:
```python
import sys

from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
orders = spark.read.json("s3://shop/landing/orders")
writer = orders.write.format("delta").mode("append").option("txnAppId", "orders")
writer.option("txnVersion", int(sys.argv[1])).save("s3://shop/orders")
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Write
from tidegate_analyzers.rules.base import Context, Finding, Offer, rule
from tidegate_analyzers.safety.verdict import Step


@rule(
    "TG216",
    "incomplete-delta-transaction",
    category="reliability",
    severity="warning",
    looks_at=("python", "scala"),
    wants=("jobs", "dags"),
)
def incomplete_transaction(ctx: Context) -> Iterator[Finding]:
    """Each write with one of the two options."""
    if ctx.shielded:
        return
    reported: set[int] = set()
    for write in _writes(ctx):
        if not write.lacks or write.opaque or write.site in reported:
            continue
        reported.add(write.site)
        given = "txnAppId" if write.lacks == "txnVersion" else "txnVersion"
        offers = [
            Offer("spark.token", f"Add {write.lacks}", False, (ctx.path, str(write.site))),
        ]
        yield ctx.finding(
            write.site,
            f"{given} without {write.lacks}: Delta remembers nothing of the write, and adds the same rows to "
            f"'{write.target}' when it is run again",
            subject=str(write.target),
            proved=ctx.facts.role == "python",
            evidence=[
                Step("fact", f"{given} is set for the write to '{write.target}'", "", ctx.path, write.site),
                Step("failed", f"no option of the write is {write.lacks}"),
            ],
            offers=offers if ctx.facts.role == "python" and write.option.startswith("mode(") else (),
        )


def _writes(ctx: Context) -> Iterator[Write]:
    for job in ctx.facts.jobs:
        yield from job.writes
    for dag in ctx.facts.dags:
        for task in dag.tasks:
            yield from task.writes
