"""The streams of a Flink program: from its tables, queries, sources, sinks and settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tidegate_analyzers.facts import NOWHERE, BadRecords, Read, Relation, Setting, Site, Stateful, Stream
from tidegate_analyzers.facts import Value as Known
from tidegate_analyzers.readers.flink.formats import ENDLESS, SHOWN, bad_records, ends, is_append, is_source, relation
from tidegate_analyzers.readers.flink.notes import Conf, Operation, Program, Query, Sink, Table

_TTL = ("table.exec.state.ttl", "state.ttl")
MAX_VIEWS = 8


class Flow(NamedTuple):
    """What a program comes to."""

    streams: tuple[Stream, ...]
    bad_records: tuple[BadRecords, ...]
    reads: tuple[Read, ...]
    settings: tuple[Setting, ...]


def flow_of(program: Program) -> Flow:
    """The streams of a program, what becomes of its bad records, and its settings."""
    settings = tuple(Setting(conf.key, _known(conf), conf.site) for conf in program.conf.values())
    shared = (*settings, *(Setting(f"@{kind}", Known(True, True), mark.site) for kind, mark in program.marks.items()))
    streams = [*_of_queries(program, shared), *_of_sinks(program, shared)]
    bad = [note.found for note in program.bad]
    read = {name for query in (*program.inserts, *program.views.values()) for name in query.sources}
    for table in program.tables.values():
        if table.name in read or is_source(table):
            bad += bad_records(table)
    if "side output" in program.marks:
        site = program.marks["side output"].site
        bad.append(BadRecords("set_aside", "flink", "a side output", site))
    reads = dict.fromkeys(read for stream in streams for read in stream.sources)
    return Flow(tuple(streams), tuple(bad), tuple(reads), settings)


def _known(conf: Conf) -> Known:
    return Known(bool(conf.value), conf.value or None, (), conf.value, conf.site)


def _checkpoint(program: Program) -> Known | None:
    for key in ("state.checkpoints.dir", "execution.checkpointing.dir"):
        if key in program.conf:
            return _known(program.conf[key])
    return None


def _of_queries(program: Program, settings: tuple[Setting, ...]) -> Iterator[Stream]:
    """A stream for each INSERT."""
    for query in program.inserts:
        table = program.tables.get(query.target)
        bases = dict.fromkeys(_bases(program, query))
        tables = [program.tables[name] for name in bases if name in program.tables]
        sources = tuple(
            Read(relation(item, item.name), item.site) for item in tables if item.option("connector") not in SHOWN
        )
        own = [Setting("@source", Known(True, item.option("connector")), item.site) for item in tables]
        if table is not None and table.key:
            own.append(Setting("@keyed", Known(True, list(table.key)), table.site))
        said = (table.option("sink.delivery-guarantee") or table.option("sink.semantic")) if table is not None else ""
        if said and table is not None:
            own.append(Setting("@guarantee", Known(True, said.casefold().replace("-", "_")), table.site))
        unknown = [name for name in bases if name not in program.tables]
        yield Stream(
            "flink",
            query.site,
            table.option("connector") if table is not None else "",
            relation(table, query.name) if table is not None else Relation("table", tuple(query.name.split("."))),
            sources,
            _checkpoint(program),
            not unknown and table is not None,
            tuple(_stateful(program, query, tables, known=not unknown)),
            bounded="batch" in program.marks or (bool(tables) and all(ends(item) for item in tables)),
            settings=(*settings, *own),
        )


def _bases(program: Program, query: Query, depth: int = 0) -> Iterator[str]:
    """The tables that a query reads in the end."""
    for name in query.sources:
        view = program.views.get(name)
        if view is not None and depth < MAX_VIEWS and view is not query:
            yield from _bases(program, view, depth + 1)
        else:
            yield name


def _operations(program: Program, query: Query, depth: int = 0) -> Iterator[tuple[Query, Operation]]:
    """What keeps state in a query, and in the views it reads."""
    yield from ((query, operation) for operation in query.operations)
    for name in query.sources:
        view = program.views.get(name)
        if view is not None and depth < MAX_VIEWS and view is not query:
            yield from _operations(program, view, depth + 1)


def _stateful(program: Program, query: Query, tables: list[Table], *, known: bool) -> Iterator[Stateful]:
    """The stateful operations of a query; event time counts as bounded where that can't be told."""
    timed = any(key in program.conf for key in _TTL)
    endless = any(table.option("connector") in ENDLESS for table in tables)
    instants = frozenset(name for table in tables for name in table.instants)
    for of, operation in _operations(program, query):
        if operation.kind == "window":
            # A window needs event time whatever its rows are: those that are made up, too, as long as they never end.
            made_up = any(table.option("connector") == "datagen" and not ends(table) for table in tables)
            bounded = not known or not (endless or made_up) or any(table.watermark for table in tables)
            now = operation.column in instants or operation.column.startswith("proc")
            yield Stateful("window", operation.site, operation.text, bounded, now)
        else:
            # Watermarks don't end the state of groups and plain joins; only a time to live does.
            bounded = timed or not known or not endless or (operation.kind == "join" and not _keeps_rows(program, of))
            yield Stateful(operation.kind, operation.site, operation.text, True, bounded)


def _keeps_rows(program: Program, query: Query) -> bool:
    """Whether a query joins endless tables, of which one has every row by itself and not the last of a key."""
    tables = [program.tables[name] for name in query.sources if name in program.tables]
    endless = [table for table in tables if table.option("connector") in ENDLESS]
    return len(endless) > 1 and any(is_append(table) for table in endless)


def _of_sinks(program: Program, settings: tuple[Setting, ...]) -> Iterator[Stream]:
    """A stream for each sink of a DataStream program; which source feeds which is not followed."""
    sources = tuple(
        Read(Relation("topic", (topic,)), source.site) for source in program.sources for topic in source.topics
    )
    own = [
        Setting("@source", Known(not source.made, source.connector or None, (), source.made), source.site)
        for source in program.sources
    ]
    watermark = "watermark" in program.marks or not program.sources
    stateful = tuple(
        Stateful(operation.kind, operation.site, operation.text, watermark, operation.column == "@now")
        for operation in program.operations
    )
    for number, sink in enumerate(program.sinks):
        yield Stream(
            "flink",
            sink.site,
            sink.connector,
            _target(sink),
            sources,
            _checkpoint(program),
            bool(program.sources) and bool(sink.connector),
            stateful if not number else (),
            bounded="batch" in program.marks or (bool(program.sources) and all(s.bounded for s in program.sources)),
            settings=(*settings, *own, *_of_sink(sink)),
        )


def _target(sink: Sink) -> Relation | None:
    if not sink.topic:
        return None
    return Relation("topic" if sink.connector in ENDLESS else "table", (sink.topic,))


def _of_sink(sink: Sink) -> Iterator[Setting]:
    if sink.guarantee:
        yield Setting("@guarantee", Known(True, sink.guarantee), sink.site)
    if sink.keyed:
        yield Setting("@keyed", Known(True, True), sink.site)
    if sink.made:
        yield Setting("@sink", Known(False, None, (), sink.made), sink.site)


def site_of(program: Program) -> Site:
    """Where a program is started, or what stands for it."""
    if "start" in program.marks:
        return program.marks["start"].site
    sites = [item.site for item in program.inserts]
    sites += [item.site for item in program.sinks]
    sites += [item.site for item in program.sources]
    return sites[0] if sites else NOWHERE
