"""What a Flink program says, piece by piece, in whatever language it is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from tidegate_analyzers.facts import BadRecords, Site


class Option(NamedTuple):
    """An entry of a table's WITH clause: its value, where both stand."""

    value: str
    site: Site


@dataclass(frozen=True, slots=True)
class Table:
    """A table: a connector with a format.

    Attributes:
        name: its last part, case folded.
        options: its WITH clause by key.
        site: its name.
        watermark: whether a column has one.
        instants: the columns that hold the time of processing, case folded.
        key: its primary key.
        closed: whether all its options are seen.
    """

    name: str
    options: Mapping[str, Option]
    site: Site
    watermark: bool = False
    instants: frozenset[str] = frozenset()
    key: tuple[str, ...] = ()
    closed: bool = True

    def option(self, name: str) -> str:
        """The value of an option, or nothing."""
        found = self.options.get(name)
        return found.value if found is not None else ""


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation that keeps state.

    Attributes:
        kind: as in `Stateful.kind`.
        text: how it is written.
        site: where it stands.
        column: the column of time of a window, case folded; empty for none, or one not known.
    """

    kind: str
    text: str
    site: Site
    column: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """An INSERT, or a view where it has no target.

    Attributes:
        target: what it fills: the last part of the name, case folded.
        name: the same, as written.
        site: the name.
        sources: the tables it reads, by the last part of their names, case folded.
        operations: those that keep state.
        view: whether it only names a query.
    """

    target: str
    name: str
    site: Site
    sources: tuple[str, ...] = ()
    operations: tuple[Operation, ...] = ()
    view: bool = False


@dataclass(frozen=True, slots=True)
class Conf:
    """A setting; the value is empty where it isn't known.

    Keys are Flink's own, or begin with `@`: `@module` is the folder the program is built in, `@environment` the methods of
    other classes that may make its environment, `@makes:name` what a method of this class makes for others.
    """

    key: str
    value: str
    site: Site


@dataclass(frozen=True, slots=True)
class Source:
    """Where a DataStream comes from.

    Attributes:
        connector: `kafka`, …; empty where it isn't known.
        topics: what it reads, if that is told.
        site: where it stands.
        bounded: whether it ends.
        made: methods of other classes that may make it: `Common.consumer Common.schema`.
    """

    connector: str
    topics: tuple[str, ...]
    site: Site
    bounded: bool = False
    made: str = ""


@dataclass(frozen=True, slots=True)
class Sink:
    """Where a DataStream goes.

    Attributes:
        connector: `kafka`, `redis`, …; empty where it isn't known.
        topic: the topic or table, if it is told.
        site: where it is attached.
        guarantee: `exactly_once`, `at_least_once`, `none`, or empty where nothing is said.
        keyed: whether a second delivery changes nothing: an upsert, documents with ids.
        made: methods of other classes that may make it.
    """

    connector: str
    topic: str
    site: Site
    guarantee: str = ""
    keyed: bool = False
    made: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that holds for the whole program.

    `kind` is `watermark` (event time is bounded somewhere), `batch`, `local` (it only runs in the program itself),
    `managed` (a service sets what is not set here), `side output` or `start`.
    """

    kind: str
    site: Site = 0


@dataclass(frozen=True, slots=True)
class Bad:
    """What becomes of records that a deserializer can't read."""

    found: BadRecords


@dataclass(slots=True)
class Program:
    """All notes of a program, sorted."""

    tables: dict[str, Table] = field(default_factory=dict)
    views: dict[str, Query] = field(default_factory=dict)
    inserts: list[Query] = field(default_factory=list)
    conf: dict[str, Conf] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)
    sinks: list[Sink] = field(default_factory=list)
    operations: list[Operation] = field(default_factory=list)
    bad: list[Bad] = field(default_factory=list)
    marks: dict[str, Mark] = field(default_factory=dict)

    def add(self, note: object) -> None:
        """Sort one in; what is none of ours is left out."""
        if isinstance(note, Table):
            self.tables[note.name] = note
        elif isinstance(note, Query) and note.view:
            self.views[note.target] = note
        elif isinstance(note, Query):
            self.inserts.append(note)
        elif isinstance(note, Conf):
            self.conf[note.key] = note
        elif isinstance(note, Source):
            self.sources.append(note)
        elif isinstance(note, Sink):
            self.sinks.append(note)
        elif isinstance(note, Operation):
            self.operations.append(note)
        elif isinstance(note, Bad):
            self.bad.append(note)
        elif isinstance(note, Mark):
            self.marks.setdefault(note.kind, note)
