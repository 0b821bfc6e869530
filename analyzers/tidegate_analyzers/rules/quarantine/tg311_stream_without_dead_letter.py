"""A stream that one bad record stops, again after every restart.

A batch that fails is run again when its input is mended. A stream reads the same record again whenever it starts, fails
at it again, and all that follows waits: nobody can reach into a topic and take the record out. Where bad records have a
place to go, a dead letter topic or a side output, the others pass, and somebody can look at what was set aside.

For Kafka Connect this is about sinks: the framework's dead letter topic is theirs alone. Kafka Streams ends at a record
that a serde of JSON, Avro or Protobuf can't read, unless the program or the settings of its module name another handler.
The rule is silent where errors go to a topic or reporter, where nothing can fail (keys and values taken as they are, no
transformation), for connectors that Confluent Cloud manages, and in tests and examples. Where no stream of a workspace
sets anything aside, the finding is one line for the workspace.

## Bad

`orders-sink.json`:
```json
{
  "name": "orders-sink",
  "config": {
    "connector.class": "io.confluent.connect.elasticsearch.ElasticsearchSinkConnector",
    "topics": "orders",
    "key.ignore": "false"
  }
}
```

## Good

`orders-sink.json`:
```json
{
  "name": "orders-sink",
  "config": {
    "connector.class": "io.confluent.connect.elasticsearch.ElasticsearchSinkConnector",
    "topics": "orders",
    "key.ignore": "false",
    "errors.tolerance": "all",
    "errors.deadletterqueue.topic.name": "dlq.orders-sink",
    "errors.deadletterqueue.context.headers.enable": "true"
  }
}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Job
from tidegate_analyzers.graph.handlers import has_handler
from tidegate_analyzers.readers.kafka_streams import ENGINE as KAFKA_STREAMS
from tidegate_analyzers.rules.base import JOB_FILES, RECOMMENDED, Context, Finding, rule
from tidegate_analyzers.rules.contracts.groups import STREAMS
from tidegate_analyzers.rules.quarantine.set_aside import dead_letters
from tidegate_analyzers.safety.jobs import label
from tidegate_analyzers.safety.verdict import Step


@rule(
    "TG311",
    "stream-without-dead-letter",
    category="data-quality",
    severity="info",
    profiles=RECOMMENDED,
    looks_at=JOB_FILES,
    wants=("jobs",),
    of_whole=True,
    absence="{have} of {n} {what} set bad records aside",
)
def stream_without_dead_letter(ctx: Context) -> Iterator[Finding]:
    """Each stream of the file that ends at a record it can't read."""
    if ctx.shielded:
        return
    for number, job in enumerate(ctx.facts.jobs):
        kept = next((found for found in job.bad_records if found.outcome == "set_aside"), None)
        if kept is not None:
            ctx.count(STREAMS, has=True)
            fact = Step("held", f"{kept.by} keeps what {kept.engine} can't read", "", ctx.path, kept.site)
            ctx.passed(kept.site, job.name, [fact])
            continue
        reported: set[int] = set()
        for found in job.bad_records:
            if found.outcome != "stops" or found.site in reported:
                continue
            if found.engine == KAFKA_STREAMS and has_handler(ctx.view, ctx.path):
                continue
            reported.add(found.site)
            ctx.count(STREAMS, has=False)
            note = f" ({found.note})" if found.note else ""
            yield ctx.finding(
                found.site,
                f"one record that {_who(job)} can't read stops it for ever: {found.by}{note}",
                subject=job.name,
                evidence=[
                    Step("fact", f"{label(job)}, a {job.kind} of {found.engine}: {found.by}", "", ctx.path, found.site),
                    Step("failed", "nothing sets aside what it can't read", "", ctx.path, job.whole),
                ],
                offers=dead_letters(ctx, number, found),
                group=STREAMS,
            )


def _who(job: Job) -> str:
    return f"'{job.name}'" if job.name else "this stream"
