"""What a streaming query of Spark is: where it reads, what it keeps, where it writes and remembers.

https://spark.apache.org/docs/latest/structured-streaming-programming-guide.html.
"""

from __future__ import annotations

from typing import NamedTuple

from tidegate_analyzers.facts import NOWHERE, Relation, Setting, Site, Stateful, Stream, Value
from tidegate_analyzers.readers.python.values import Items, Text
from tidegate_analyzers.readers.spark.ops import (
    Arg,
    MakeSite,
    Op,
    Ops,
    Options,
    options,
    path_relation,
    table_of,
    text_of,
    value_of,
)
from tidegate_analyzers.readers.spark.reads import batch_reads, source, source_format

STARTS = frozenset(("start", "toTable", "table"))
"""The calls that start a query."""
SHOWN = ("console", "memory", "noop")
"""Sinks that keep nothing."""
_SOURCES = frozenset(("readStream", "read_stream"))
"""What begins a stream; the second is that of declarative pipelines."""

_OF_SOURCES = ("startingoffsets", "failondataloss")
"""Options of sources: a sink takes no notice of them."""
_DEDUPLICATES = frozenset(("dropDuplicates", "drop_duplicates", "distinct"))
_CUSTOM = frozenset(
    (
        "flatMapGroupsWithState", "mapGroupsWithState", "applyInPandasWithState", "transformWithState",
        "transformWithStateInPandas",
    )
)  # fmt: skip


class Parts(NamedTuple):
    """A query in two: what it computes, and how it writes."""

    before: Ops
    sink: Ops


def parts(ops: Ops) -> Parts | None:
    """The halves of a chain that starts a query."""
    if not ops or ops[-1].name not in STARTS:
        return None
    for at, op in enumerate(ops):
        if op.name == "writeStream":
            return Parts(ops[:at], ops[at + 1 :])
    return None


def stream(found: Parts, site: MakeSite, *, batch: Relation | None = None) -> Stream:
    """A query as a fact.

    Args:
        found: its halves.
        site: makes sites.
        batch: what the function of `foreachBatch` writes, if that is one thing.
    """
    given = options(found.sink)
    last = found.sink[-1]
    sink = _sink(found.sink)
    checkpoint = given.entries.get("checkpointlocation")
    seen = _continuous(found.before)
    return Stream(
        "spark",
        site(last.span),
        sink,
        batch if sink == "foreachBatch" else _target(last, given, sink),
        tuple(batch_reads(found.before, site)) if seen else (),
        value_of(checkpoint, site) if checkpoint is not None else None,
        given.closed,
        tuple(_stateful(found.before, site)) if seen else (),
        _word(found.sink, "outputMode").casefold(),
        _bounded(found.sink),
        (*_settings(given, site), *_of_source(found.before, site)),
    )


def of_pipeline(before: Ops, target: Relation, at: Site, site: MakeSite) -> Stream | None:
    """The query that fills a table of a declarative pipeline, which keeps its progress by itself.

    Args:
        before: the chain that the function of the table gives back.
        target: the table.
        at: where the function stands.
        site: makes sites.
    """
    if not _continuous(before):
        return None
    stateful = tuple(_stateful(before, site))
    return Stream("spark", at, "table", target, closed=False, stateful=stateful)


def _continuous(ops: Ops) -> bool:
    return any(op.name in _SOURCES for op in ops)


def _settings(given: Options, site: MakeSite) -> list[Setting]:
    return [
        Setting(name, value_of(item, site), site(item.span))
        for name, item in given.entries.items()
        if name not in ("checkpointlocation", *_OF_SOURCES)
    ]


def _of_source(before: Ops, site: MakeSite) -> list[Setting]:
    """Where the query begins to read, and what it does about what is gone by then."""
    given = options(before).entries
    at = next((at for at, op in enumerate(before) if op.name == "readStream"), None)
    form = source_format(source(before[at:])) if at is not None else ""
    formats = [Setting("@source", Value(True, form), NOWHERE)] if form else []
    return [
        *formats,
        *(Setting(name, value_of(given[name], site), site(given[name].span)) for name in _OF_SOURCES if name in given),
    ]


def _word(ops: Ops, name: str) -> str:
    return next((op.word("", 0) or (op.args[0].word if op.args else "") for op in reversed(ops) if op.name == name), "")


def _sink(ops: Ops) -> str:
    for op in reversed(ops):
        if op.name in ("foreachBatch", "foreach") and op.called:
            return op.name
    last = ops[-1]
    form = _word(ops, "format").casefold()
    named = last.arg("format", 1)
    if named is not None and named.word:
        form = named.word.casefold()
    return form or ("table" if last.name in ("toTable", "table") else "")


def _target(last: Op, given: Options, sink: str) -> Relation | None:
    if last.name in ("toTable", "table"):
        named = last.arg("tableName", 0)
        return table_of(named) if named is not None else None
    for name in ("topic", "dbtable"):
        if name in given:
            found = given.entries[name]
            return Relation("topic", (text_of(found),)) if name == "topic" else table_of(found)
    path = last.arg("path", 0) or given.entries.get("path")
    return path_relation(path) if path is not None and sink not in SHOWN else None


def _bounded(ops: Ops) -> bool:
    for op in ops:
        if op.name == "trigger":
            written = " ".join(f"{item.name} {item.text}" for item in op.args)
            if any(word in written for word in ("availableNow", "once", "AvailableNow", "Once")):
                return True
    return False


def _stateful(before: Ops, site: MakeSite) -> list[Stateful]:
    """The operations that keep state, each with whether event time is bounded before it."""
    found: list[Stateful] = []
    marked: list[str] = []
    for op in before:
        if op.name == "withWatermark":
            marked.append(op.word("eventTime", 0))
        elif op.name == "join":
            other = op.args[0].plan() if op.args else ()
            if _continuous(other):
                theirs = [step for step in other if step.name == "withWatermark"]
                found.append(_state("join", op, site, watermark=bool(marked or theirs)))
        elif op.name in ("groupBy", "groupby", "groupByKey") and op.called:
            windows = any(inner.name in ("window", "session_window") for inner in op.inner())
            found.append(_state("window" if windows else "aggregate", op, site, watermark=bool(marked)))
        elif op.name in _DEDUPLICATES and op.called:
            found.append(_state("deduplicate", op, site, watermark=_bounds(op, marked)))
        elif op.name == "dropDuplicatesWithinWatermark":
            found.append(_state("deduplicate", op, site, watermark=True))
        elif op.name in _CUSTOM:
            written = " ".join(item.text for item in op.args)
            if "EventTime" in written:
                found.append(_state("custom", op, site, watermark=bool(marked)))
    return found


def _state(kind: str, op: Op, site: MakeSite, *, watermark: bool) -> Stateful:
    written = f"{op.name}({', '.join(' '.join(item.text.split()) for item in op.args)})"
    return Stateful(kind, site(op.span), written[:120], watermark)


def _bounds(op: Op, marked: list[str]) -> bool:
    """Whether a watermark bounds the state of `dropDuplicates`: only if its column is among the keys."""
    if not marked:
        return False
    columns = _columns(op)
    return columns is None or "" in marked or any(name in columns for name in marked)


def _columns(op: Op) -> tuple[str, ...] | None:
    """The columns by which duplicates are told; `None` for all, or where they are not known."""
    if not op.args:
        return None
    names: list[str] = []
    for item in op.args:
        values = item.value.items if isinstance(item.value, Items) and not item.value.open else (item.value,)
        for value in values:
            if not isinstance(value, Text) or not value.known:
                return None
            names.append(value.text)
    return tuple(names)


def callback(sink: Ops) -> Arg | None:
    """The function that `foreachBatch` is given."""
    for op in sink:
        if op.name == "foreachBatch":
            return op.arg("func", 0)
    return None
