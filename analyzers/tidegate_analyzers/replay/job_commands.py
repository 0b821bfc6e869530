"""How programs, streams and connectors are made to read an interval again, where their engine has a way to say so."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Job, Relation
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.replay.plan import Command, Interval, Item
from tidegate_analyzers.replay.reach import Reach
from tidegate_analyzers.replay.things import job_of
from tidegate_analyzers.syntax import calendar

_CONSUMERS = frozenset(("kafka", "kafka-python", "confluent-kafka", "aiokafka", "faust", "bento"))
_GROUPS = ("group.id", "group_id", "consumer_group", "consumer.group.id", "properties.group.id", "kafka.group.id")
_ONWARDS = "It reads again from there on, not just the interval."


def job_commands(view: View, reach: Reach, interval: Interval) -> Iterator[Command]:
    """A command for each job, in order."""
    for item in reach.order:
        job = job_of(view, item) if item.kind == "job" else None
        if job is not None:
            yield _of_job(item, job, interval)


def _of_job(item: Item, job: Job, interval: Interval) -> Command:
    name = job.name or item.path.rpartition("/")[2]
    start = calendar.written(interval.start)
    if job.engine == "kafka-connect":
        return _connector(job, name, interval)
    if job.engine in _CONSUMERS and job.reads:
        group = next((str(v.value) for key in _GROUPS if (v := job.setting(key)) is not None and v.known), "")
        lines = (_reset(group or "<group>", _topics(job), interval),)
        told = () if group else ("Its consumer group is not told here.",)
        return Command(f"Reset the offsets of '{name}' while it is stopped", lines, (*told, _ONWARDS))
    if job.engine == "flink":
        millis = interval.start * 60_000
        lines = ("flink stop --savepointPath <folder> <job-id>",)
        savepoint = (
            f"Start it anew without that savepoint, with 'scan.startup.mode' = 'timestamp' and "
            f"'scan.startup.timestamp-millis' = '{millis}' on its Kafka tables.",
            "The savepoint is the way back. " + _ONWARDS,
        )
        return Command(f"Stop '{name}' with a savepoint and start it from {start} on", lines, savepoint)
    if job.engine == "dagster" and job.kind == "asset":
        return _asset(job, name, interval)
    if job.engine == "prefect" and job.kind in ("flow", "deployment"):
        flow = job.setting("flow") if job.kind == "deployment" else None
        known = flow is not None and flow.known
        wanted = f"{flow.value}/{name}" if flow is not None and known else f"{name}/<deployment>"
        wanted = f"<flow>/{name}" if job.kind == "deployment" and not known else wanted
        hint = "Whether it has parameters for an interval is to be seen in its deployment (-p name=value)."
        return Command(f"Run the {job.kind} '{name}'", (f"prefect deployment run '{wanted}'",), (hint,))
    if job.streams or job.continuous:
        hint = (
            "Its checkpoint keeps how far it has come. Start a second one with a checkpoint and a target of its own, "
            "from the beginning of the interval on (startingOffsetsByTimestamp), and put its result in place."
        )
        return Command(f"The stream '{name}' has no command that takes an interval", (), (hint,))
    return Command(f"Start '{name}' ({item.path}) as it is usually started; whether it takes an interval can't be told")


_PARTITIONS = (("Hourly", "hour"), ("Daily", "day"), ("Monthly", "month"))
"""What the names of time partitions begin with."""


def _asset(job: Job, name: str, interval: Interval) -> Command:
    """An asset of Dagster; the keys of daily, monthly and hourly partitions follow from the interval."""
    given = next((s.value for s in job.settings if s.name == "partitions_def"), None)
    line = f"dagster asset materialize -m <module> --select {name}"
    if given is None:
        return Command(f"Materialize '{name}'", (line,), ("It has no partitions: it can't be told an interval.",))
    text = f"{given.text} {given.value or ''}"
    size = next((size for word, size in _PARTITIONS if f"{word}Partitions" in text), "")
    if not size or "fmt=" in text:
        hint = "What its partitions are called can't be told here."
        return Command(f"Materialize the partitions of '{name}'", (f"{line} --partition <key>",), (hint,))
    first, last = (_key(at, size) for at in (interval.start, interval.end - 1))
    return Command(f"Materialize the partitions of '{name}'", (f"{line} --partition-range {first}...{last}",))


def _key(at: int, size: str) -> str:
    """The key that Dagster gives a partition by default."""
    text = calendar.written(calendar.floor_batch(at, size))
    return text if size != "hour" else f"{text[:10]}-{text[11:] or '00:00'}"


def _connector(job: Job, name: str, interval: Interval) -> Command:
    topics = _topics(job)
    if not topics or job.kind == "source":
        notes = ("How far it has read is kept by the connector; what it can read again is in its documentation.",)
        return Command(
            f"The connector '{name}' reads from outside of Kafka: no offsets can be reset to a date", (), notes
        )
    lines = (
        f"curl -X PUT http://<connect>:8083/connectors/{name}/stop",
        _reset(f"connect-{name}", topics, interval),
        f"curl -X PUT http://<connect>:8083/connectors/{name}/resume",
    )
    return Command(f"Reset the offsets of the connector '{name}'", lines, (_ONWARDS,))


def _topics(job: Job) -> list[str]:
    relations: list[Relation] = [read.relation for read in job.reads]
    relations += [read.relation for stream in job.streams for read in stream.sources]
    return list(dict.fromkeys(str(relation) for relation in relations if not relation.dynamic))


def _reset(group: str, topics: list[str], interval: Interval) -> str:
    at = calendar.written(interval.start)
    at = f"{at}T00:00:00.000" if "T" not in at else f"{at}:00.000"
    named = " ".join(f"--topic {topic}" for topic in topics) or "--all-topics"
    return (
        f"kafka-consumer-groups --bootstrap-server <broker> --group {group} {named} "
        f"--reset-offsets --to-datetime {at} --execute"
    )
