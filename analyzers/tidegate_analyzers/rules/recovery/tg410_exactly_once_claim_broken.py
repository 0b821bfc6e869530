"""A Flink job that promises exactly once, and a sink that doesn't.

`CheckpointingMode.EXACTLY_ONCE` is about the state of the job. What a sink gave out before a failure, it gives out again
after it, unless it takes part in the checkpoint with a transaction, or the second delivery changes nothing: an upsert
by key. The sink of Kafka is at least once until it is told otherwise, with a prefix for its transactions; queues, HTTP,
Redis commands and plain INSERTs are at least once always.

The rule speaks where the program itself asks for exactly once. It is silent for sinks that commit with checkpoints
(files, Iceberg, Hudi, Delta, Paimon), for upserts, for tables with a primary key, for sinks it does not know, and in
tests and examples.

## Bad

`Clicks.java`:
```java
import org.apache.flink.streaming.api.CheckpointingMode;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

public class Clicks {
    public static void main(String[] args) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        env.enableCheckpointing(60000, CheckpointingMode.EXACTLY_ONCE);
        KafkaSource<String> source = KafkaSource.<String>builder().setTopics("clicks").build();
        KafkaSink<String> sink = KafkaSink.<String>builder().setBootstrapServers("broker:9092").build();
        env.fromSource(source, WatermarkStrategy.noWatermarks(), "clicks").sinkTo(sink);
        env.execute();
    }
}
```

## Good

`Clicks.java`:
```java
import org.apache.flink.streaming.api.CheckpointingMode;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

public class Clicks {
    public static void main(String[] args) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        env.enableCheckpointing(60000, CheckpointingMode.EXACTLY_ONCE);
        KafkaSource<String> source = KafkaSource.<String>builder().setTopics("clicks").build();
        KafkaSink<String> sink = KafkaSink.<String>builder()
            .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
            .setTransactionalIdPrefix("clicks")
            .build();
        env.fromSource(source, WatermarkStrategy.noWatermarks(), "clicks").sinkTo(sink);
        env.execute();
    }
}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Stream, Value
from tidegate_analyzers.rules.base import Context, Finding, Offer, Related, rule
from tidegate_analyzers.safety.verdict import Step

_MODE = "execution.checkpointing.mode"
_WHY = {
    "kafka": "the sink of Kafka delivers at least once by default",
    "redis": "commands to Redis have no transaction that ends with a checkpoint",
    "jdbc": "its INSERT matches no key and is no part of the checkpoint",
    "kinesis": "Kinesis has no transactions",
    "firehose": "Firehose has no transactions",
    "sqs": "queues have no transactions that end with a checkpoint",
    "rabbitmq": "the sink of RabbitMQ delivers at least once",
    "elasticsearch": "documents without an id are added again",
    "http": "requests are sent again",
}
"""https://nightlies.apache.org/flink/flink-docs-stable/docs/connectors/datastream/guarantees/."""


@rule(
    "TG410",
    "exactly-once-claim-broken",
    category="reliability",
    severity="info",
    looks_at=("python", "java", "sql"),
    wants=("jobs",),
)
def exactly_once_claim_broken(ctx: Context) -> Iterator[Finding]:
    """Each sink of a program that asks for exactly once and can't keep it."""
    if ctx.shielded:
        return
    reported: set[int] = set()
    for job in ctx.facts.jobs:
        for stream in job.streams:
            settings = {setting.name: setting.value for setting in stream.settings}
            mode = settings.get(_MODE)
            if stream.engine != "flink" or stream.site in reported or not _claims(mode) or stream.bounded:
                continue
            assert mode is not None
            claim = Step("fact", "it asks for exactly once", "", ctx.path, mode.site)
            kept = _kept(stream, settings)
            if kept is not None:
                ctx.passed(stream.site, stream.sink, [claim, kept])
                continue
            reported.add(stream.site)
            yield ctx.finding(
                stream.site,
                f"the job promises exactly once, but what it writes to {stream.sink} may be written twice: "
                f"{_why(stream, settings)}",
                subject=job.name,
                evidence=[claim, Step("failed", _why(stream, settings), "", ctx.path, stream.site)],
                related=[Related(ctx.path, mode.site, "promised here")],
                offers=[Offer("flink.exactly-once", "Write in transactions", False, (ctx.path, str(stream.site)))]
                if stream.sink == "kafka"
                else (),
            )


def _claims(mode: Value | None) -> bool:
    return mode is not None and mode.known and str(mode.value).upper().replace("-", "_") == "EXACTLY_ONCE"


def _why(stream: Stream, settings: dict[str, Value]) -> str:
    said = settings.get("@guarantee")
    if said is not None:
        return f"its delivery guarantee is {said.value}"
    return _WHY[stream.sink]


def _kept(stream: Stream, settings: dict[str, Value]) -> Step | None:
    if stream.sink not in _WHY:
        return Step("unknown", f"whether {stream.sink or 'the sink'} takes part in checkpoints isn't known here")
    if "@keyed" in settings:
        return Step("held", "a second delivery changes nothing: rows are matched by key")
    said = settings.get("@guarantee")
    if said is not None and said.value == "exactly_once":
        return Step("held", "the sink delivers exactly once")
    return None
