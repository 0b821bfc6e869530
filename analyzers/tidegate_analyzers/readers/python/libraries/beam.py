"""Apache Beam: sources, BigQuery, topics, and what becomes of elements that fail.

`WriteToBigQuery(table, write_disposition=WRITE_APPEND, insert_retry_strategy=RETRY_ALWAYS)`; a pipeline is continuous
if it reads a source without end. https://beam.apache.org/releases/pydoc/current/.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

from tidegate_analyzers.facts import BadRecords, Read, Relation, Site, Stream, Write
from tidegate_analyzers.readers.airflow.steps import table_relation
from tidegate_analyzers.readers.python.libraries.base import Call, Effects, Library, dotted
from tidegate_analyzers.readers.python.values import Items, Text, Value

_BOUNDED = ("ReadFromText", "ReadAllFromText", "ReadFromParquet", "ReadFromAvro", "ReadFromBigQuery", "ReadFromCsv", "ReadFromJson")  # fmt: skip
_KEPT = re.compile(r"failed_rows|FAILED_ROWS|with_outputs|TaggedOutput|with_exception_handling|dead.?letter", re.I)
"""What a program says that does something with what failed."""
_PARSES = re.compile(r"(?:^|\.)json\.loads$|^loads$")


@dataclass(frozen=True, slots=True)
class _Source:
    read: Read | None
    endless: bool


@dataclass(frozen=True, slots=True)
class _Sink:
    target: Relation
    disposition: str
    site: Site


@dataclass(frozen=True, slots=True)
class _Parse:
    text: str
    site: Site


def _pubsub(call: Call) -> bool:
    name = call.given("topic", 0) or call.given("subscription", 1)
    call.effects.note(_Source(_read(call, name), True))
    return True


def _kafka(call: Call) -> bool:
    bounded = call.argument("max_num_records") is not None or call.argument("max_read_time") is not None
    topics = call.given("topics", 1)
    names = topics.items if isinstance(topics, Items) else (topics,)
    for name in names:
        call.effects.note(_Source(_read(call, name), not bounded))
    return True


def _read(call: Call, name: Value | None) -> Read | None:
    if not isinstance(name, Text):
        return None
    return Read(Relation("topic", (name.text.rpartition("/")[2],)), call.add(call.node))


def _bounded(call: Call) -> bool:
    table = call.given("table", 0) if call.method == "ReadFromBigQuery" else None
    read = Read(table_relation(table.text), call.add(call.node)) if isinstance(table, Text) else None
    call.effects.note(_Source(read, False))
    return True


def _to_topic(call: Call) -> bool:
    name = call.given("topic", 0 if call.method == "WriteToPubSub" else 1)
    if isinstance(name, Text):
        call.effects.note(_Sink(Relation("topic", (name.text.rpartition("/")[2],)), "", call.add(call.node)))
    return True


def _to_bigquery(call: Call) -> bool:
    table, dataset = call.given("table", 0), call.given("dataset", 1)
    if not isinstance(table, Text):
        return True
    target = table_relation(table.text)
    if isinstance(dataset, Text):
        target = Relation("table", (*table_relation(dataset.text).parts, *target.parts))
    node = call.argument("write_disposition")
    word = "WRITE_APPEND"
    if node is not None:
        value = call.value(node)
        word = value.text if isinstance(value, Text) else dotted(node).rpartition(".")[2]
    call.effects.note(_Sink(target, word, call.add(node if node is not None else call.node.func)))
    retries = call.argument("insert_retry_strategy")
    words = call.written(retries) if retries is not None else ""
    if retries is not None and re.search(r"NEVER|TRANSIENT", words) and not _KEPT.search(call.file.text):
        by = f"insert_retry_strategy={words}"
        call.effects.bad(BadRecords("dropped", "beam", by, call.add(retries), outside=True, note="failed rows"))
    return True


def _map(call: Call) -> bool:
    """`Map(json.loads)`: one element that is no JSON fails its bundle."""
    node = call.argument("fn", 0)
    body = node.body if isinstance(node, ast.Lambda) else node
    if body is not None and not _KEPT.search(call.file.text):
        calls = [item.func for item in ast.walk(body) if isinstance(item, ast.Call)]
        if any(_PARSES.search(dotted(item)) for item in (*calls, body)):
            call.effects.note(_Parse(call.written(call.node), call.add(call.node)))
    return False


def _finish(notes: Sequence[object], effects: Effects) -> None:
    sources = [note for note in notes if isinstance(note, _Source)]
    reads = tuple(dict.fromkeys(source.read for source in sources if source.read is not None))
    endless = any(source.endless for source in sources)
    for read in reads:
        effects.read(read)
    for note in notes:
        if isinstance(note, _Sink) and endless:
            sink = "pubsub" if note.target.kind == "topic" else "bigquery"
            effects.stream(Stream("beam", note.site, sink, note.target, reads))
        elif isinstance(note, _Sink) and sources:
            _batch(note, effects)
        elif isinstance(note, _Parse) and endless:
            why = "the runner tries it again for ever"
            effects.bad(BadRecords("stops", "beam", note.text, note.site, outside=True, note=why))


def _batch(sink: _Sink, effects: Effects) -> None:
    mode = {"WRITE_TRUNCATE": "replace", "WRITE_EMPTY": "create", "WRITE_APPEND": "append"}.get(sink.disposition)
    if sink.target.kind == "topic":
        effects.write(Write("append", sink.target, sink.site, rows="file", option="WriteToPubSub", by="producer"))
        return
    opaque = "" if mode is not None else "how it writes is not known"
    whole = mode == "replace"
    effects.write(
        Write(
            mode or "append",
            sink.target,
            sink.site,
            rows="file",
            whole=whole,
            opaque=opaque,
            option=sink.disposition,
            by="beam",
        )
    )


LIBRARY = Library(
    "beam",
    ("apache_beam",),
    {
        **dict.fromkeys(_BOUNDED, _bounded),
        "ReadFromPubSub": _pubsub,
        "ReadFromKafka": _kafka,
        "WriteToPubSub": _to_topic,
        "WriteToKafka": _to_topic,
        "WriteToBigQuery": _to_bigquery,
        "Map": _map,
    },
    finish=_finish,
)
