"""Files in a folder for each value of a key.

`partitionBy("user_id")` makes a folder for every user and a file or more in each: a query over a day opens millions of
files of a few kilobytes, and listing them takes longer than reading. The same goes for times to the second, and for
folders three levels deep. Partitions want to be large, a gigabyte or so: by day or by region, while keys are left to
clustering (`ZORDER BY`, `CLUSTER BY`, `bucketBy`).

The rule knows keys by their names and looks at Spark's `partitionBy` alone. It is silent for the keys of what there
is little of (`region_id`, `shop_id`, `tenant_id`), and in tests and examples.

## Bad

`jobs/load.py`:
```python
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
orders = spark.read.json("s3://shop/landing/orders")
orders.write.mode("overwrite").partitionBy("customer_id").parquet("s3://shop/orders")
```

## Good

`jobs/load.py`:
```python
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
orders = spark.read.json("s3://shop/landing/orders")
orders.write.mode("overwrite").partitionBy("day").parquet("s3://shop/orders")
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.facts import Write
from tidegate_analyzers.rules.base import Context, Finding, rule
from tidegate_analyzers.safety.verdict import Step

_MANY = re.compile(
    r"(?:user|customer|order|event|session|transaction|trip|message|request|visitor|player|payment|invoice|card)_?id|u?uid|guid|id|"
    r"email|phone|(?:event_|created_?|updated_?)?timestamp|(?:\w+_)?ts|(?:created|updated|inserted|loaded|ordered)_at|event_time",
    re.I,
)
"""Names of columns with about as many values as there are rows."""
_LEVELS = 3


@rule(
    "TG906",
    "over-partitioned",
    category="cost",
    severity="info",
    profiles=("strict",),
    looks_at=("python", "scala"),
    wants=("jobs",),
)
def over_partitioned(ctx: Context) -> Iterator[Finding]:
    """Each write whose folders are too many."""
    if ctx.shielded:
        return
    reported: set[int] = set()
    for job in ctx.facts.jobs:
        for write in job.writes:
            why = _too_many(write)
            if not why or write.site in reported:
                continue
            reported.add(write.site)
            yield ctx.finding(
                write.site,
                f"'{write.target}' lies in {why}; expected few partitions of about a gigabyte",
                proved=False,
                subject=str(write.target),
                evidence=[Step("fact", f"it is partitioned by {', '.join(write.folders)}", "", ctx.path, write.site)],
            )


def _too_many(write: Write) -> str:
    """Why the folders of a write are too many, in words."""
    key = next((name for name in write.folders if _MANY.fullmatch(name)), "")
    if key:
        return f"a folder for each value of '{key}'"
    deep = len(write.folders) > _LEVELS and any(re.search("hour|minute", name, re.I) for name in write.folders)
    return f"folders {len(write.folders)} levels deep ({', '.join(write.folders)})" if deep else ""
