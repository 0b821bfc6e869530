"""Offsets of messages are committed apart from the write of what they say.

A consumer goes on after a crash from the offset it committed last. With `enable.auto.commit`, which is on by default, a
timer commits: at the crash some messages were written and not yet committed, and come again; others were committed
(as soon as they were handed out) and not yet written, and are lost. A `commit()` before the write loses what the write
fails at. With confluent-kafka and aiokafka the timer runs beside the loop, and spoils a `commit()` after the write, too.
Without a group nothing is committed at all: each start reads the topic from its beginning.

Switch auto commit off and commit after the write; and give the target a key (`ON CONFLICT (topic, partition, offset) DO
NOTHING`), as messages since the last commit still come twice.

The rule looks at loops over messages that write rows, documents or messages without a key. It is silent where the write
matches a key, where offsets are committed or stored after it and no other way, where part of the configuration is not
known, where the program tells the consumer where to begin, for staging tables that a later step merges, for logs, and
for dead letters.

## Bad

`consume.py`:
```python
import psycopg2
from kafka import KafkaConsumer

consumer = KafkaConsumer("rides", bootstrap_servers=["broker:9092"], group_id="rides-to-postgres")
connection = psycopg2.connect("")
cursor = connection.cursor()
for message in consumer:
    cursor.execute("INSERT INTO rides (id, fare) VALUES (%s, %s)", message.value)
    connection.commit()
```

## Good

`consume.py`:
```python
import psycopg2
from kafka import KafkaConsumer

consumer = KafkaConsumer(
    "rides", bootstrap_servers=["broker:9092"], group_id="rides-to-postgres", enable_auto_commit=False
)
connection = psycopg2.connect("")
cursor = connection.cursor()
for message in consumer:
    cursor.execute("INSERT INTO rides (id, fare) VALUES (%s, %s) ON CONFLICT (id) DO NOTHING", message.value)
    connection.commit()
    consumer.commit()
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.rules.base import Context, Finding, Offer, Related, rule
from tidegate_analyzers.safety.offsets import Unsaved, unsaved

_WORDS = {
    "timer": "offsets are committed by a timer and not after the write to '{}': a crash writes messages twice, or loses them",
    "both": "offsets are committed after the write to '{}', and by a timer as well: what a crash interrupts may be lost",
    "before": "the offset is committed before the write to '{}': messages at which the write fails are lost",
    "never": "without a group no offset is committed: each start writes the whole topic to '{}' again",
}


@rule(
    "TG213",
    "offset-commit-before-sink",
    category="reliability",
    severity="warning",
    looks_at=("python",),
    wants=("jobs",),
)
def offset_commit_before_sink(ctx: Context) -> Iterator[Finding]:
    """Each write of a loop over messages, once."""
    reported: set[tuple[str, int]] = set()
    for job in ctx.facts.jobs:
        for found in unsaved(ctx.view, ctx.path, job):
            write = found.effect.write
            place = (found.effect.path, write.site)
            if place in reported:
                continue
            if not found.how:
                ctx.passed(found.stream.site, str(write.target), found.chain.steps)
                continue
            reported.add(place)
            here = found.effect.path == ctx.path
            related = [Related(ctx.path, found.stream.site, "the consumer")] if here else []
            if found.commit is not None:
                related = [Related(ctx.path, found.commit.site, "committed here")]
            yield ctx.finding(
                write.site if here else found.stream.site,
                _WORDS[found.how].format(write.target),
                proved=found.chain.certain,
                subject=str(write.target),
                evidence=found.chain.steps,
                related=related,
                offers=_offers(ctx, found) if here else (),
            )


def _offers(ctx: Context, found: Unsaved) -> Iterator[Offer]:
    if found.how == "both":
        yield Offer("kafka.auto-commit-off", "Switch auto commit off", False, (ctx.path, str(found.stream.site)))
        return
    sites = [found.stream.site, found.effect.write.site, *([found.commit.site] if found.commit is not None else [])]
    title = "Commit offsets after the write"
    yield Offer("kafka.commit-after-write", title, False, (ctx.path, *map(str, sites)))
