"""Beam in Java, by its words: batches that append to BigQuery.

`BigQueryIO` appends each time a batch runs when it is told `WRITE_APPEND`; a pipeline that reads without end knows
what it has read: https://beam.apache.org/documentation/io/built-in/google-bigquery/#write-disposition.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from tidegate_analyzers.facts import FileRead, Job, Relation, Sites, Step, Write
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.readers.connect.texts import finished
from tidegate_analyzers.syntax.java import JavaCall, JavaFile, parse_java
from tidegate_analyzers.text import Document

_BOUNDED = re.compile(
    r"\b(?:Text|File|Avro|Parquet|TFRecord|Xml|Jdbc|MongoDb|Cassandra|AstraDb|Kudu|HBase|Spanner|Datastore|Firestore"
    r"|Bigtable|BigQuery|Neo4j|Elasticsearch|Snowflake)IO\s*\.\s*(?:<[^>()]*>\s*)?(?:v1\(\)\s*\.\s*)?read\w*"
)
_ENDLESS = re.compile(
    r"\b(?:PubsubIO|KafkaIO|KinesisIO|SqsIO|JmsIO|MqttIO|AmqpIO|RabbitMqIO|SolaceIO|PulsarIO|GenerateSequence"
    r"|PeriodicImpulse|PeriodicSequence|UnboundedSource|DataStreamIO|StreamingOptions)\b"
    r"|setStreaming\(\s*true|watchForNewFiles|continuously\(|readChangeStream|STREAMING_INSERTS|UsesReadAllFromTopic"
)
_APPENDS = re.compile(r"(?:\w+\s*\.\s*)*WRITE_APPEND")
_REJECTS = re.compile(r"dead.?letter|error|bad.?record|dlq|fail|reject|invalid", re.I)


def read_java(document: Document, role: Role) -> FileRead:
    """The batch of a file, if it is surely one."""
    sites = Sites()
    file = parse_java(document.text)
    batch = _BOUNDED.search(file.code) is not None and _ENDLESS.search(file.code) is None
    writes = tuple(_writes(file, sites)) if batch else ()
    jobs: tuple[Job, ...] = ()
    if writes:
        name = file.name[0] if file.name is not None else PurePosixPath(document.path).stem
        steps = tuple(Step("write", index=number) for number in range(len(writes)))
        jobs = (Job(name, writes[0].site, "beam", "pipeline", steps=steps, writes=writes),)
    return finished(document, role, sites, jobs, file.statements)


def _writes(file: JavaFile, sites: Sites) -> Iterator[Write]:
    for call in file.calls:
        if call.name != "withWriteDisposition" or call.receiver is None or len(call.arguments) != 1:
            continue
        given = call.arguments[0].span
        if "BigQueryIO" not in file.slice(call.receiver) or not _APPENDS.fullmatch(file.slice(given)):
            continue
        target = _target(file, call)
        if target is not None:
            yield Write("append", target, sites.add(given), rows="file", option="WRITE_APPEND")


def _target(file: JavaFile, call: JavaCall) -> Relation | None:
    """The table that the chain of calls around a call names; none where it keeps what failed, or names none."""
    chain = (c for c in file.calls if c.name == "to" and c.span.start == call.span.start and c.arguments)
    argument = next(chain, None)
    if argument is None:
        return None
    given = argument.arguments[0]
    written = file.slice(given.span)
    if _REJECTS.search(written):
        return None
    if given.text is not None and "{" not in given.text.text:
        return Relation("table", tuple(given.text.text.replace(":", ".").split(".")))
    return Relation("table", ("{table}",))
