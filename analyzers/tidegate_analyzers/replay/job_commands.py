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
    start, end = calendar.written(interval.start), calendar.written(interval.end - calendar.DAY)
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
        parts = any("partition" in setting.name for setting in job.settings)
        if parts:
            line = f"dagster asset materialize --select {name} --partition-range {start}...{end} -m <module>"
            return Command(f"Materialize the partitions of '{name}'", (line,), ("Its keys are taken to be days.",))
        line = f"dagster asset materialize --select {name} -m <module>"
        return Command(f"Materialize '{name}'", (line,), ("It has no partitions: it can't be told an interval.",))
    if job.engine == "prefect" and job.kind == "flow":
        line = f"prefect deployment run '{name}/<deployment>'"
        hint = "Whether it has parameters for an interval is to be seen in its deployment (-p name=value)."
        return Command(f"Run the flow '{name}'", (line,), (hint,))
    if job.streams or job.continuous:
        hint = (
            "Its checkpoint keeps how far it has come. Start a second one with a checkpoint and a target of its own, "
            "from the beginning of the interval on (startingOffsetsByTimestamp), and put its result in place."
        )
        return Command(f"The stream '{name}' has no command that takes an interval", (), (hint,))
    return Command(f"Start '{name}' ({item.path}) as it is usually started; whether it takes an interval can't be told")


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
