"""A Flink job without checkpoints.

Flink takes no checkpoints until it is told how often. Without them a job that fails starts with empty state and, at its
sources, wherever the broker's own offsets happen to be: sums begin at zero, and records are read twice or never. Sinks
that commit with checkpoints (files, Iceberg, Kafka with transactions) commit nothing at all.

A connector that reads the changes of Postgres tells the database with each checkpoint how far it has come: without them
the database keeps its log for ever, until its disk is full, whatever becomes of the rows.

The rule looks at programs that read an endless source and write to a sink that keeps something. It is silent for batch
mode, for local environments, for services that set the interval themselves (Amazon Managed Service for Apache Flink),
where the interval is set in the program or in any configuration of the workspace (`flink-conf.yaml`,
`FlinkDeployment`, `FLINK_PROPERTIES`), and in tests and examples. The cluster may have a setting that can't be seen
here, so this is never more than likely.

## Bad

`jobs/clicks.py`:
```python
from pyflink.table import EnvironmentSettings, TableEnvironment

tables = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
tables.execute_sql("CREATE TABLE clicks (id STRING) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'raw')")
tables.execute_sql("CREATE TABLE kept (id STRING) WITH ('connector' = 'filesystem', 'path' = 's3://shop/clicks')")
tables.execute_sql("INSERT INTO kept SELECT id FROM clicks")
```

## Good

`jobs/clicks.py`:
```python
from pyflink.table import EnvironmentSettings, TableEnvironment

tables = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
tables.get_config().set("execution.checkpointing.interval", "1 min")
tables.execute_sql("CREATE TABLE clicks (id STRING) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'raw')")
tables.execute_sql("CREATE TABLE kept (id STRING) WITH ('connector' = 'filesystem', 'path' = 's3://shop/clicks')")
tables.execute_sql("INSERT INTO kept SELECT id FROM clicks")
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Job, Stream
from tidegate_analyzers.readers.flink.formats import ENDLESS, SHOWN
from tidegate_analyzers.rules.base import Context, Finding, Offer, rule
from tidegate_analyzers.rules.recovery.streams import name_of
from tidegate_analyzers.safety.verdict import Step

INTERVAL = "execution.checkpointing.interval"
HOLDING = "postgres-cdc"
"""The source whose database keeps its log until a checkpoint tells that it was read."""
_ELSEWHERE = ("@managed", "@local", "@batch")


@rule(
    "TG409",
    "flink-checkpointing-disabled",
    category="reliability",
    severity="warning",
    looks_at=("python", "java"),
    wants=("jobs",),
)
def flink_checkpointing_disabled(ctx: Context) -> Iterator[Finding]:
    """The first stream of each Flink program that takes no checkpoints."""
    if ctx.shielded:
        return
    for job in ctx.facts.jobs:
        stream = next((item for item in job.streams if _keeps(item)), None)
        if stream is None:
            continue
        why = _silent(ctx, job, stream)
        if why is not None:
            ctx.passed(stream.site, name_of(stream), [why])
            continue
        start = next((setting.site for setting in stream.settings if setting.name == "@start"), stream.site)
        yield ctx.finding(
            start,
            f"this Flink job takes no checkpoints: {INTERVAL} is not set in it, nor anywhere in the workspace",
            proved=False,
            subject=job.name,
            evidence=[
                Step(
                    "fact",
                    f"it reads {_source(stream)} without end and writes to {stream.sink}",
                    "",
                    ctx.path,
                    stream.site,
                ),
                Step("failed", f"neither enableCheckpointing nor {INTERVAL} is in it", "", ctx.path, start),
                Step("failed", f"no configuration of the workspace sets {INTERVAL}"),
                Step("unknown", "the cluster it runs on may have a setting of its own"),
            ],
            offers=[Offer("flink.checkpoints", "Take a checkpoint every minute", False, (ctx.path, str(start)))],
        )


def _source(stream: Stream) -> str:
    found = [str(setting.value.value) for setting in stream.settings if setting.name == "@source"]
    return next((name for name in found if name in ENDLESS), "")


def _keeps(stream: Stream) -> bool:
    """Whether a stream of Flink has an endless source, and something that is kept until a checkpoint, or for ever."""
    return (
        stream.engine == "flink"
        and not stream.bounded
        and bool(_source(stream))
        and bool(stream.sink)
        and (stream.sink not in SHOWN or _source(stream) == HOLDING)
    )


def _silent(ctx: Context, job: Job, stream: Stream) -> Step | None:
    names = {setting.name: setting for setting in stream.settings}
    for name in (INTERVAL, *_ELSEWHERE):
        if name in names:
            return Step("held", f"{name.lstrip('@')} is set", "", ctx.path, names[name].site)
    if "@start" not in names:
        return Step("unknown", "its environment is made elsewhere")
    for posting in ctx.view.find(f"setting:{INTERVAL}"):
        facts = ctx.view.facts(posting.path)
        if facts is None or facts.jobs[posting.number].streams:
            continue  # another program speaks for itself
        return Step("held", f"{INTERVAL} is set in {posting.path}", "", posting.path)
    return None
