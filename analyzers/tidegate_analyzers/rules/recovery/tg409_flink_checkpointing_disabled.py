"""A Flink job without checkpoints.

Flink takes no checkpoints until it is told how often. Without them a job that fails starts with empty state and, at its
sources, wherever the broker's own offsets happen to be: sums begin at zero, and records are read twice or never. Sinks
that commit with checkpoints (files, Iceberg, Kafka with transactions) commit nothing at all.

A connector that reads the changes of Postgres tells the database with each checkpoint how far it has come: without them
the database keeps its log for ever, until its disk is full, whatever becomes of the rows.

The rule looks at programs that read an endless source and write to a sink that keeps something. It is silent for batch
mode, for local environments, for services that set the interval themselves (Amazon Managed Service for Apache Flink,
Decodable), where the interval is set in the program or in a configuration of the workspace that may be its own
(`flink-conf.yaml`, `FlinkDeployment`, `FLINK_PROPERTIES`), and in tests and examples. The cluster may have a setting
that can't be seen here, so this is never more than likely.

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

from tidegate_analyzers.facts import Job, Setting, Site, Stream
from tidegate_analyzers.layout import fixture
from tidegate_analyzers.readers.flink.formats import ENDLESS, SHOWN
from tidegate_analyzers.rules.base import Context, Finding, Offer, Related, rule
from tidegate_analyzers.rules.recovery.streams import name_of
from tidegate_analyzers.safety import flink
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
    """The first stream of each Flink program that takes no checkpoints, where its environment is made."""
    if ctx.shielded:
        return
    for job in ctx.facts.jobs:
        stream = _keeping(ctx, job)
        if stream is not None:
            yield from _of_program(ctx, ctx.path, job, stream, _place(stream))
            continue
        for method, start in flink.environments(job):
            for path, user in flink.users(ctx.view, job, method):
                stream = _keeping(ctx, user)
                if stream is None or _here(job.settings) or fixture(path, exhibit=ctx.view.layout.options.exhibit):
                    continue
                found = list(_of_program(ctx, path, user, stream, start))
                if found:
                    yield found[0]
                    break


def _of_program(ctx: Context, path: str, job: Job, stream: Stream, start: Site | None) -> Iterator[Finding]:
    why = _silent(ctx, path, job, stream, start)
    if why is not None:
        if path == ctx.path:
            ctx.passed(stream.site, name_of(stream), [why])
        return
    assert start is not None
    reads, writes = _source(ctx, job, stream), flink.sink(ctx.view, job, stream)
    yield ctx.finding(
        start,
        f"this Flink job takes no checkpoints: {INTERVAL} is not set in it, nor anywhere in the workspace",
        proved=False,
        subject=job.name,
        evidence=[
            Step("fact", f"it reads {reads} without end and writes to {writes}", "", path, stream.site),
            Step("failed", f"neither enableCheckpointing nor {INTERVAL} is in it", "", ctx.path, start),
            Step("failed", f"no configuration of the workspace sets {INTERVAL}"),
            Step("unknown", "the cluster it runs on may have a setting of its own"),
        ],
        related=[Related(path, stream.site, f"'{job.name}' has its environment from here")] if path != ctx.path else (),
        offers=[Offer("flink.checkpoints", "Take a checkpoint every minute", False, (ctx.path, str(start)))],
    )


def _keeping(ctx: Context, job: Job) -> Stream | None:
    """The first stream of Flink with an endless source, and something that is kept until a checkpoint, or for ever."""
    for stream in job.streams:
        if stream.engine != "flink" or stream.bounded:
            continue
        reads, writes = _source(ctx, job, stream), flink.sink(ctx.view, job, stream)
        if reads and writes and (writes not in SHOWN or reads == HOLDING):
            return stream
    return None


def _source(ctx: Context, job: Job, stream: Stream) -> str:
    return next((name for name in flink.source(ctx.view, job, stream) if name in ENDLESS), "")


def _place(stream: Stream) -> Site | None:
    return next((setting.site for setting in stream.settings if setting.name == "@start"), None)


def _here(settings: tuple[Setting, ...]) -> Setting | None:
    """What says that checkpoints are taken, or need not be, in the program itself."""
    by_name = {setting.name: setting for setting in settings}
    return next((by_name[name] for name in (INTERVAL, *_ELSEWHERE) if name in by_name), None)


def _silent(ctx: Context, path: str, job: Job, stream: Stream, start: Site | None) -> Step | None:
    said = _here(stream.settings)
    if said is not None:
        return Step("held", f"{said.name.lstrip('@')} is set", "", path, said.site)
    if start is None:
        return Step("unknown", "its environment is made elsewhere")
    for posting in ctx.view.find(f"setting:{INTERVAL}"):
        facts = ctx.view.facts(posting.path)
        if facts is None or facts.role == "sql" or facts.jobs[posting.number].streams:
            continue  # another program, or the session of a script, speaks for itself
        if not flink.runs_another(ctx.view, posting.path, facts.jobs[posting.number], path, job):
            return Step("held", f"{INTERVAL} is set in {posting.path}", "", posting.path)
    return None
