"""What programs and connectors say: the jobs that move data, their streams, and what becomes of bad records.

A job is what OpenLineage calls one: something that takes data and gives data, started by itself. Facts are the same in
whatever language it is written; `safety/` and the rules know no syntax.
"""

from __future__ import annotations

from tidegate_analyzers.facts.base import NOWHERE, Fact, Setting, Site, Value
from tidegate_analyzers.facts.data import BadRecords, Read, Relation, Upkeep, WallClock, Write
from tidegate_analyzers.facts.orchestration import Step


class Stateful(Fact, frozen=True, array_like=True, gc=False):
    """An operation of a stream that keeps state.

    Attributes:
        kind: `window`, `aggregate`, `deduplicate`, `join` or `custom`.
        site: where it stands.
        text: how it is written.
        watermark: whether event time is bounded before it.
        bounded: whether its state has an end by another setting (a TTL, a window of processing time).
    """

    kind: str
    site: Site
    text: str = ""
    watermark: bool = False
    bounded: bool = False


class Stream(Fact, frozen=True, array_like=True, gc=False):
    """A query that runs continuously.

    Attributes:
        engine: `spark`, `flink`, …
        site: where it is started.
        sink: the format it writes: `delta`, `kafka`, `foreachBatch`, `console`, …; empty where not known.
        target: what it writes, if that is told.
        sources: what it reads.
        checkpoint: where its progress is kept; `None` if nothing says so, an unknown value if it can't be told.
        closed: whether all its options are seen.
        stateful: the operations that keep state.
        mode: `append`, `update` or `complete`, as written.
        bounded: whether it stops when it has read what is there.
        settings: other options that rules read.
        order: how many steps of its job come before it.
        condition: the condition under which it is started.
    """

    engine: str
    site: Site
    sink: str = ""
    target: Relation | None = None
    sources: tuple[Read, ...] = ()
    checkpoint: Value | None = None
    closed: bool = True
    stateful: tuple[Stateful, ...] = ()
    mode: str = ""
    bounded: bool = False
    settings: tuple[Setting, ...] = ()
    order: int = 0
    condition: str = ""


class Gate(Fact, frozen=True, array_like=True, gc=False):
    """A check of data while it is on its way.

    Attributes:
        engine: `great_expectations`, `pandera`, `soda`, `dbt`, …
        site: where it runs.
        text: how it is written.
        blocks: `yes` (what fails it goes no further), `no` (its result is not looked at) or `` (not known).
        rejects: whether what fails is kept somewhere.
    """

    engine: str
    site: Site
    text: str = ""
    blocks: str = ""
    rejects: bool = False


class Component(Fact, frozen=True, array_like=True, gc=False):
    """Something that jobs use and that a file sets up.

    Attributes:
        kind: `topic` or `worker` (what runs connectors).
        name: its name.
        site: where that stands.
        settings: its configuration, by the keys as written.
    """

    kind: str
    name: str
    site: Site
    settings: tuple[Setting, ...] = ()

    def setting(self, name: str) -> Value | None:
        """A setting by its key."""
        return next((s.value for s in self.settings if s.name == name), None)


class Inferred(Fact, frozen=True, array_like=True, gc=False):
    """A schema that is taken from the data that happens to come.

    Attributes:
        engine: who infers it.
        by: the words that say so, as written (`auto.evolve=true`).
        site: what a finding underlines.
        evolves: whether tables that are there already change with the data.
        certain: whether nothing else can give the data a schema.
        target: what gets the schema, if that is told.
        reader: whether it is one that reads; its rows may go anywhere, or nowhere.
    """

    engine: str
    by: str
    site: Site
    evolves: bool = False
    certain: bool = True
    target: Relation | None = None
    reader: bool = False


STARTERS = frozenset(("deployment", "schedule", "job"))
"""The kinds of jobs that move nothing and start others."""


class Job(Fact, frozen=True, array_like=True, gc=False):
    """A unit that moves data.

    Attributes:
        name: its name: that of the function, connector, asset; empty for the top level of a script.
        site: the name, or what stands for it.
        engine: what runs it: `python`, `spark`, `prefect`, `dagster`, `dlt`, `kafka-connect`, `flink`, `beam`, `bento`, …
        kind: `script`, `function`, `flow`, `task`, `asset`, `resource`, `source`, `sink`, `pipeline`, `check`, `sensor`,
            `component` or `cluster` (the settings of what runs others); `deployment`, `schedule` and `job` start others.
        settings: its configuration, by the keys as written.
        steps: what it does in order, as in a task.
        writes, reads: its effects.
        streams: the continuous queries it starts.
        bad_records: what becomes of records that can't be read.
        gates: the checks of data in it.
        clocks: the current time where a run's own window belongs.
        mentions: texts in it that may name tables.
        opaque: whether it does something that can't be followed.
        whole: all of it.
        continuous: whether it runs without end.
        inferred: the schemas it takes from its data.
        upkeep: what it does for the files of tables.
        makes, comes_of: the assets that its orchestrator knows it by, and those it says it may come of, by their keys.
    """

    name: str
    site: Site
    engine: str
    kind: str
    settings: tuple[Setting, ...] = ()
    steps: tuple[Step, ...] = ()
    writes: tuple[Write, ...] = ()
    reads: tuple[Read, ...] = ()
    streams: tuple[Stream, ...] = ()
    bad_records: tuple[BadRecords, ...] = ()
    gates: tuple[Gate, ...] = ()
    clocks: tuple[WallClock, ...] = ()
    mentions: tuple[str, ...] = ()
    opaque: bool = False
    whole: Site = NOWHERE
    continuous: bool = False
    inferred: tuple[Inferred, ...] = ()
    upkeep: tuple[Upkeep, ...] = ()
    makes: tuple[Relation, ...] = ()
    comes_of: tuple[Read, ...] = ()

    def setting(self, name: str) -> Value | None:
        """A setting by its key."""
        return next((s.value for s in self.settings if s.name == name), None)

    @property
    def starts(self) -> tuple[str, ...]:
        """The names of what a deployment, schedule or job of an orchestrator starts."""
        if self.kind not in STARTERS:
            return ()
        named = [self.setting(name) for name in ("job", "job_name", "target")]
        texts = [str(value.value) if value.known else value.text for value in named if value is not None]
        words = [text.rpartition(".")[2] for text in texts if text.replace("_", "").replace(".", "").isalnum()]
        return tuple(dict.fromkeys((*self.mentions, *words)))
