"""Data and who touches it: relations, reads, writes and the SQL texts they stand in."""

from __future__ import annotations

import msgspec

from tidegate_analyzers.facts.base import NOWHERE, Fact, Site


class Relation(Fact, frozen=True, array_like=True, gc=False):
    """A name for data, as one file writes it.

    Attributes:
        kind: `table`, `ref`, `source`, `this`, `path`, `asset` or `topic` (also a stream of Kinesis, a queue).
        parts: the name's parts, outermost first; a part not known holds its Jinja expression, `{{ x }}`.
        version: the model version of a `ref`.
    """

    kind: str
    parts: tuple[str, ...]
    version: str = ""

    @property
    def dynamic(self) -> bool:
        """True when some part is not known before run time."""
        return not self.parts or any("{" in part for part in self.parts)

    @property
    def name(self) -> str:
        """The last part, case folded: the weakest way in which two names can be the same."""
        return self.parts[-1].casefold() if self.parts else ""

    def __str__(self) -> str:
        return ".".join(self.parts)


def same_name(left: Relation, right: Relation) -> bool:
    """True when two names agree in all the parts both have; templated parts agree when written alike."""
    if left.kind != right.kind or not left.parts or not right.parts:
        return False
    pairs = zip(reversed(left.parts), reversed(right.parts), strict=False)
    return all(a.casefold() == b.casefold() for a, b in pairs)


class Read(Fact, frozen=True, array_like=True, gc=False):
    """A use of data; `sites` are those of the name's parts, where they are known one by one."""

    relation: Relation
    site: Site
    sites: tuple[Site, ...] = ()


class Restriction(Fact, frozen=True, array_like=True, gc=False):
    """A condition that limits which rows a load adds.

    `kind` is `high_water` (strictly above what the target holds), `overlap` (at or around it), `anti_join`
    (not in the target yet), `wall_clock` (by the current time), `window` (by a run's own window), `never`
    (no row passes) or `opaque` (it touches the target, or hides in a macro, in a way not understood).
    `columns` are those it compares with what the target holds, case folded; empty where some are not known.
    """

    kind: str
    text: str
    site: Site = NOWHERE
    columns: tuple[str, ...] = ()


class Write(Fact, frozen=True, array_like=True, gc=False):
    """One effect on data.

    Attributes:
        mode: `insert`, `append`, `replace`, `overwrite_partition`, `merge`, `delete`, `truncate`, `drop`,
            `create`, `update`, `swap`, `index` (it gets a key and no rows), `once` (the engine knows the write again by a
            token) or `call`.
        target: what is written.
        site: what a finding about it underlines.
        order: its place among the writes of the same unit.
        rows: where new rows come from: `query`, `literals`, `parameters` (each by a statement of its own, in a loop), `file`
            or ``.
        arms: for each arm of the source query, the restrictions on its rows.
        key: the columns it merges by.
        partition: how the part of the target is named that it writes.
        whole: for a delete, whether it takes every row.
        temporary: whether the target lives no longer than the session.
        reads_target: whether the source query reads the target.
        opaque: why its effect can't be judged; empty when it can.
        windowed: whether what it reads depends on the run's own window.
        option: the word that says how it writes, as written (`WRITE_APPEND`).
        listed: whether the columns it writes are all named.
        columns: the columns an INSERT lists behind its target, case folded.
        generated: the columns of a new table that the database fills by itself, case folded.
        stamps: the columns that take the current time as that of a measurement, by default in a `create`.
        sums_up: whether its rows are sums over all there is, and not over periods of time.
        by: what writes, where it is no SQL and no load job of a warehouse: `dataframe`, `rows`, `spark`, `foreach_batch`,
            `resource` (dlt), `connector`, `stream`, `producer` (messages to a topic),
            `document` (a document store) or `beam`.
        lacks: the option without which another that is given has no effect: Delta's `txnVersion` beside `txnAppId`.
        folders: the columns by whose values the files of the target lie in folders.
        form: the format of the files it writes, where it says so: `delta`, `iceberg`, `parquet`, …
        store: the database that holds the target, where that is told: `postgres`, `snowflake`, `questdb`, …
    """

    mode: str
    target: Relation
    site: Site
    order: int = 0
    rows: str = ""
    arms: tuple[tuple[Restriction, ...], ...] = ()
    key: tuple[str, ...] = ()
    partition: str = ""
    whole: bool = False
    temporary: bool = False
    reads_target: bool = False
    opaque: str = ""
    windowed: bool = False
    option: str = ""
    listed: bool = False
    columns: tuple[str, ...] = ()
    generated: tuple[str, ...] = ()
    stamps: tuple[str, ...] = ()
    sums_up: bool = False
    by: str = ""
    lacks: str = ""
    folders: tuple[str, ...] = ()
    form: str = ""
    store: str = ""

    @property
    def how(self) -> str:
        """The words that say how it writes."""
        return "INSERT ... SELECT" if self.rows == "query" else self.option or self.mode


class WallClock(Fact, frozen=True, array_like=True, gc=False):
    """The current time where a run's own window belongs: what reads it, and into what it flows."""

    site: Site
    expression: str
    into: str
    origin: Site = NOWHERE


class Unlinked(Fact, frozen=True, array_like=True, gc=False):
    """A join whose sides no condition brings together.

    Attributes:
        name: what is joined, as the query calls it.
        other: what it is joined to.
        site: where it stands.
        relations: the data behind both, where they are no CTEs.
        itself: whether there is a condition, but one that compares one side with itself.
    """

    name: str
    other: str
    site: Site = NOWHERE
    relations: tuple[Relation, ...] = ()
    itself: bool = False


class BadRecords(Fact, frozen=True, array_like=True, gc=False):
    """What becomes of records that can't be read, converted or delivered.

    Attributes:
        outcome: `dropped` (they vanish), `nulled` (their values become null and are written on), `stops` (a stream ends
            at each of them, again after every restart), `fails` (the run fails as a whole), `swallowed` (what they raise is
            caught, and nobody hears of it) or `set_aside` (they are kept: a dead letter topic, a side output, a column,
            a table of rejects).
        engine: who reads or delivers them: `spark`, `pandas`, `kafka-connect`, `flink`, …
        by: the words that say so, as written (`errors.tolerance=all`); what is missing where it is by default.
        site: what a finding underlines.
        outside: whether the records come from outside for certain: a topic, files, an API.
        to: where they go, if they are set aside and it is told.
        note: what a finding adds in words of the engine.
    """

    outcome: str
    engine: str
    by: str
    site: Site
    outside: bool = False
    to: Relation | None = None
    note: str = ""


class Upkeep(Fact, frozen=True, array_like=True, gc=False):
    """What is done for the files of a lakehouse table, Delta or Iceberg.

    Attributes:
        kind: `vacuum`, `expire` (snapshots), `orphans` (files that no snapshot names), `optimize`, `automatic` (a property
            that does it) or `unchecked` (the check that keeps a vacuum from going too far is switched off).
        target: the table, if it is told.
        site: what a finding underlines.
        text: as written.
        hours: for how long what is no longer current is kept; `None` where that is not told or not known.
        last: how many snapshots are kept at least.
    """

    kind: str
    target: Relation | None
    site: Site
    text: str = ""
    hours: float | None = None
    last: int | None = None


class SqlText(Fact, frozen=True, array_like=True, gc=False):
    """A SQL text as one unit: an inline string, a file, or a constant that others import."""

    name: str
    site: Site
    reads: tuple[Read, ...] = ()
    writes: tuple[Write, ...] = ()
    clocks: tuple[WallClock, ...] = ()
    streaming: str = ""
    """The marker that says the text runs continuously (Flink, ksqlDB), else empty."""
    template: bool = False
    """Whether a run's window is used in the text."""
    flows: msgspec.Raw = msgspec.Raw(b"\x90")
    """The encoded `tuple[ColumnFlow, ...]` of its statements."""
    unlinked: tuple[Unlinked, ...] = ()
    """The joins in it that no condition limits."""
    altered: tuple[Relation, ...] = ()
    """The tables whose columns it changes."""
    upkeep: tuple[Upkeep, ...] = ()
    """What it does for the files of tables."""
    atomic: bool = False
    """Whether it opens a transaction of its own."""
