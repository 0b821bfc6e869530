"""A reader that leaves out what it was not there to read.

A consumer whose offsets are gone, because its group is new or was idle for longer than the broker keeps offsets, takes
up reading where `auto.offset.reset` says. With `latest` it leaves out all that came while it was away, and nobody is
told. With `earliest` it reads again what the topic still holds, which a load that may be run again bears. Spark has two
settings of the kind: `startingOffsets` counts whenever there is no checkpoint, and with `failOnDataLoss` switched off a
query goes on over records that were deleted before it came to them.

Reading from the end may be meant, for a screen that shows what happens now: the rule belongs to the strict profile. It
is silent where the value is put in from elsewhere, for `startingOffsets` where there is a checkpoint, and in tests and
examples.

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
    "errors.deadletterqueue.topic.name": "dlq.orders-sink",
    "errors.deadletterqueue.context.headers.enable": "true"
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
    "errors.deadletterqueue.topic.name": "dlq.orders-sink",
    "errors.deadletterqueue.context.headers.enable": "true"
  }
}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Job, Setting, Stream
from tidegate_analyzers.rules.base import JOB_FILES, Context, Finding, Offer, rule
from tidegate_analyzers.safety.jobs import label
from tidegate_analyzers.safety.verdict import Step

_RESETS = ("consumer.override.auto.offset.reset", "consumer.auto.offset.reset", "auto.offset.reset")


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
    """Each reader of the file that starts at the end of a topic when it has no offset."""
    if ctx.shielded:
        return
    seen: set[int] = set()
    for number, job in enumerate(ctx.facts.jobs):
        for setting in job.settings:
            if setting.name in _RESETS and _is(setting, "latest", "largest"):
                offers = []
                if job.engine == "kafka-connect":
                    args = (ctx.path, str(number), setting.name, "earliest")
                    offers = [Offer("connect.set", "Begin at the earliest record", False, args)]
                yield _finding(ctx, job, setting, "leaves out what came while its offsets were gone", offers)
        for stream in job.streams:
            for setting in stream.settings:
                if setting.site not in seen:
                    seen.add(setting.site)
                    yield from _of_stream(ctx, job, stream, setting)


def _of_stream(ctx: Context, job: Job, stream: Stream, setting: Setting) -> Iterator[Finding]:
    if setting.name in _RESETS and _is(setting, "latest", "largest"):
        offers = _replaced(ctx, setting, "Begin at the earliest record", "earliest")
        yield _finding(ctx, job, setting, "leaves out what came while its offsets were gone", offers)
    elif setting.name == "startingoffsets" and stream.checkpoint is None and stream.closed and _is(setting, "latest"):
        offers = _replaced(ctx, setting, "Begin at the earliest record", "earliest")
        yield _finding(ctx, job, setting, "has no checkpoint, and leaves out what came while it was away", offers)
    elif setting.name == "failondataloss" and _is(setting, "false"):
        offers = _replaced(ctx, setting, "Fail when records are gone", "true")
        yield _finding(ctx, job, setting, "goes on over records that were deleted before it read them", offers)


def _is(setting: Setting, *words: str) -> bool:
    return setting.value.known and str(setting.value.value).casefold() in words


def _finding(ctx: Context, job: Job, setting: Setting, what: str, offers: list[Offer]) -> Finding:
    said = f"{setting.name}={setting.value.value}"
    return ctx.finding(
        setting.value.site,
        f"{label(job)} {what}: {said}",
        subject=job.name,
        evidence=[Step("fact", said, "", ctx.path, setting.value.site)],
        offers=offers,
    )


def _replaced(ctx: Context, setting: Setting, title: str, word: str) -> list[Offer]:
    """A fix for a value that is written as a string where it counts."""
    quote = setting.value.text[:1]
    if quote not in ("'", '"') or setting.value.text[-1:] != quote or not setting.value.site:
        return []
    return [Offer("text.replace", title, False, (ctx.path, str(setting.value.site), f"{quote}{word}{quote}"))]
