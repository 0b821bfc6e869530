"""A connector that drops the records it can't handle.

With `errors.tolerance=all` Kafka Connect goes on over every record that can't be converted, transformed or written.
A sink that names no dead letter topic besides loses them: their offsets are committed, nothing keeps them, and the
connector stays green. A log line is no place to read records from again. For a source, which can have no dead letter
topic, the log is at least a trace; without `errors.log.enable` there is none.

The rule is silent where the sink names a dead letter topic or a reporter of its own, and for connectors that Confluent
Cloud manages: it gives each sink a dead letter topic.

## Bad

`orders-sink.json`:
```json
{
  "name": "orders-sink",
  "config": {
    "connector.class": "io.confluent.connect.jdbc.JdbcSinkConnector",
    "topics": "orders",
    "insert.mode": "upsert",
    "pk.mode": "record_key",
    "errors.tolerance": "all"
  }
}
```

## Good

`orders-sink.json`:
```json
{
  "name": "orders-sink",
  "config": {
    "connector.class": "io.confluent.connect.jdbc.JdbcSinkConnector",
    "topics": "orders",
    "insert.mode": "upsert",
    "pk.mode": "record_key",
    "errors.tolerance": "all",
    "errors.deadletterqueue.topic.name": "dlq.orders-sink",
    "errors.deadletterqueue.context.headers.enable": "true"
  }
}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.rules.base import JOB_FILES, RECOMMENDED, Context, Finding, rule
from tidegate_analyzers.rules.quarantine.set_aside import dead_letters
from tidegate_analyzers.safety.jobs import label
from tidegate_analyzers.safety.verdict import Step


@rule(
    "TG302",
    "connect-errors-swallowed",
    category="data-quality",
    severity="error",
    profiles=RECOMMENDED,
    looks_at=JOB_FILES,
    wants=("jobs",),
)
def connect_errors_swallowed(ctx: Context) -> Iterator[Finding]:
    """Each connector of the file that tolerates all errors and keeps nothing of them."""
    if ctx.shielded:
        return
    for number, job in enumerate(ctx.facts.jobs):
        for found in job.bad_records:
            if found.engine != "kafka-connect":
                continue
            fact = Step("fact", f"{label(job)} has {found.by}", "", ctx.path, found.site)
            if found.outcome == "set_aside":
                ctx.passed(found.site, job.name, [fact])
            if found.outcome != "dropped":
                continue
            sink = job.kind == "sink"
            note = f" ({found.note})" if found.note else ""
            missing = "a dead letter topic" if sink else "errors.log.enable"
            yield ctx.finding(
                found.site,
                f"{label(job)} drops records that it can't handle: {found.by}{note}",
                severity="error" if sink else "warning",
                subject=job.name,
                evidence=[fact, Step("failed", f"{missing} is missing", "", ctx.path, job.whole)],
                offers=dead_letters(ctx, number, found),
            )
