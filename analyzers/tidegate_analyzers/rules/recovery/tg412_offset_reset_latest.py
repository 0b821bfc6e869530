"""A reader that begins at the end when it doesn't know where it was.

A consumer whose offsets are gone, because its group is new or was idle for longer than the broker keeps offsets, takes
up reading where `auto.offset.reset` says. With `latest` it leaves out all that came while it was away, and nobody is
told. With `earliest` it reads again what the topic still holds, which a load that may be run again bears.

Reading from the end may be meant, for a screen that shows what happens now: the rule belongs to the strict profile. It
is silent where the value is put in from elsewhere.

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
    "consumer.override.auto.offset.reset": "latest",
    "errors.tolerance": "all",
    "errors.deadletterqueue.topic.name": "dlq.orders-sink"
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
    "consumer.override.auto.offset.reset": "earliest",
    "errors.tolerance": "all",
    "errors.deadletterqueue.topic.name": "dlq.orders-sink"
  }
}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.rules.base import JOB_FILES, Context, Finding, Offer, rule
from tidegate_analyzers.safety.jobs import label
from tidegate_analyzers.safety.verdict import Step

_RESETS = (
    "consumer.override.auto.offset.reset",
    "consumer.auto.offset.reset",
    "auto.offset.reset",
    "auto_offset_reset",
)


@rule(
    "TG412",
    "offset-reset-latest",
    category="reliability",
    severity="info",
    profiles=("strict",),
    looks_at=JOB_FILES,
    wants=("jobs",),
)
def offset_reset_latest(ctx: Context) -> Iterator[Finding]:
    """Each job of the file that starts at the end of a topic when it has no offset."""
    if ctx.shielded:
        return
    for number, job in enumerate(ctx.facts.jobs):
        for setting in job.settings:
            value = setting.value.value
            if (
                setting.name not in _RESETS
                or not setting.value.known
                or str(value).casefold() not in ("latest", "largest")
            ):
                continue
            offers = (
                [
                    Offer(
                        "connect.set",
                        "Begin at the earliest record",
                        False,
                        (ctx.path, str(number), setting.name, "earliest"),
                    )
                ]
                if job.engine == "kafka-connect"
                else []
            )
            yield ctx.finding(
                setting.value.site,
                f"{label(job)} leaves out what came while its offsets were gone: {setting.name}={value}",
                subject=job.name,
                evidence=[Step("fact", f"{setting.name}={value}", "", ctx.path, setting.value.site)],
                offers=offers,
            )
