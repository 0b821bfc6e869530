"""A checkpoint where nothing lasts.

A checkpoint is there to be found after a failure, and a failure takes the machine with it: `/tmp`, a folder of the
container, a directory made by `tempfile`. The query starts from nothing, as if it had never had one.

The rule is silent for sinks that only show, where the file runs Spark or Flink in its own process (`local[*]`,
`createLocalEnvironment`), where the beginning of the path is not known, and in tests and examples.

## Bad

`jobs/stream.py`:
```python
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
orders = spark.readStream.table("raw.orders")
orders.writeStream.option("checkpointLocation", "/tmp/checkpoints/orders").toTable("sales.orders")
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

import re
from collections.abc import Iterator

from tidegate_analyzers.rules.base import JOB_FILES, Context, Finding, rule
from tidegate_analyzers.rules.recovery.streams import SHOWN, certain, known_path, local_master, name_of, streams_in
from tidegate_analyzers.safety.verdict import Step

EPHEMERAL = re.compile(r"(?:file:(?://)?|dbfs:(?://)?)?/(?:tmp|var/tmp|dev/shm)(?:/|$)|file:/", re.I)
"""Paths of one machine."""
_MADE = re.compile(r"\b(?:tempfile\.)?(?:mkdtemp|TemporaryDirectory|gettempdir)\(")


@rule(
    "TG405",
    "ephemeral-checkpoint-location",
    category="reliability",
    severity="warning",
    looks_at=JOB_FILES,
    wants=("jobs",),
)
def ephemeral_checkpoint(ctx: Context) -> Iterator[Finding]:
    """Each query whose checkpoint is gone with its machine."""
    if ctx.shielded or local_master(ctx):
        return
    for _, stream in streams_in(ctx):
        if stream.checkpoint is None or stream.sink in SHOWN:
            continue
        if any(setting.name == "@local" for setting in stream.settings):
            continue
        path = known_path(stream.checkpoint)
        made = _MADE.search(stream.checkpoint.text)
        if not EPHEMERAL.match(path) and made is None:
            continue
        yield ctx.finding(
            stream.checkpoint.site or stream.site,
            f"{name_of(stream)} keeps its progress in {made.group(0) + ')' if made else path}, where nothing is kept for long: a restart may begin anew",
            proved=certain(ctx) and stream.checkpoint.known,
            subject=name_of(stream),
            evidence=[Step("fact", f"its checkpoint is {path or stream.checkpoint.text}", "", ctx.path, stream.site)],
        )
