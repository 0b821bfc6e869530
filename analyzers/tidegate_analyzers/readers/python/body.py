"""What a function, script or task does: its effects, in the order of its statements."""

from __future__ import annotations

from dataclasses import dataclass, field

from msgspec.structs import replace

from tidegate_analyzers.facts import (
    BadRecords,
    Gate,
    Inferred,
    Read,
    Setting,
    Step,
    Stream,
    Upkeep,
    Write,
    same_name,
)
from tidegate_analyzers.readers.python.libraries.base import Effects
from tidegate_analyzers.readers.python.names import Chain


@dataclass(slots=True)
class Body:
    """The effects of a function in the order of its statements."""

    steps: list[Step] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    mentions: list[str] = field(default_factory=list)
    opaque: bool = False
    reads: list[Read] = field(default_factory=list)
    bad_records: list[BadRecords] = field(default_factory=list)
    schemas: list[Inferred] = field(default_factory=list)
    gates: list[Gate] = field(default_factory=list)
    streams: list[Stream] = field(default_factory=list)
    settings: list[Setting] = field(default_factory=list)
    upkeeps: list[Upkeep] = field(default_factory=list)
    notes: list[object] = field(default_factory=list)
    returned: list[Chain] = field(default_factory=list)

    def write(self, write: Write, condition: str = "") -> None:
        """Add an effect at its place among the steps."""
        if write.by and any(same_name(read.relation, write.target) for read in self.reads):
            write = replace(write, reads_target=True)
        self.steps.append(Step("write", index=len(self.writes), site=write.site, condition=condition))
        self.writes.append(write)

    def step(self, step: Step) -> None:
        """Add something else that is run."""
        self.steps.append(step)

    def read(self, read: Read) -> None:
        """Add a use of data."""
        self.reads.append(read)

    def bad(self, found: BadRecords) -> None:
        """Say what becomes of bad records."""
        self.bad_records.append(found)

    def inferred(self, found: Inferred) -> None:
        """Add a schema that is taken from the data."""
        self.schemas.append(found)

    def gate(self, found: Gate) -> None:
        """Add a check of data."""
        self.gates.append(found)

    def stream(self, stream: Stream) -> None:
        """Add a continuous query."""
        self.streams.append(replace(stream, order=len(self.steps)))

    def note(self, note: object) -> None:
        """Keep something until the end of the body."""
        self.notes.append(note)

    def setting(self, setting: Setting) -> None:
        """Add a setting of what runs the body."""
        self.settings.append(setting)

    def upkeep(self, found: Upkeep) -> None:
        """Add something that is done for the files of a table."""
        self.upkeeps.append(found)

    @property
    def says(self) -> bool:
        """Whether anything was found."""
        does = any(step.kind == "sql" for step in self.steps) or any(write.mode != "call" for write in self.writes)
        return does or bool(
            self.reads
            or self.bad_records
            or self.schemas
            or self.gates
            or self.streams
            or self.settings
            or self.upkeeps
        )

    def hand_on(self, effects: Effects) -> None:
        """Give all effects to another collector."""
        for number, step in enumerate(self.steps):
            for stream in self.streams:
                if stream.order == number:
                    effects.stream(stream)
            if step.kind == "write":
                effects.write(self.writes[step.index], step.condition)
            else:
                effects.step(step)
        for read in self.reads:
            effects.read(read)
        for bad in self.bad_records:
            effects.bad(bad)
        for schema in self.schemas:
            effects.inferred(schema)
        for gate in self.gates:
            effects.gate(gate)
        for stream in self.streams:
            if stream.order >= len(self.steps):
                effects.stream(stream)
        for setting in self.settings:
            effects.setting(setting)
        for upkeep in self.upkeeps:
            effects.upkeep(upkeep)
        for note in self.notes:
            effects.note(note)

    def take(self, other: Body) -> None:
        """Add the effects of a function that was called."""
        other.hand_on(self)
        self.mentions += other.mentions
        self.opaque = self.opaque or other.opaque

    def under(self, start: int, condition: str, streams: int | None = None) -> None:
        """Say of the steps from `start` on, and of streams, under which condition they are done."""
        for number in range(streams, len(self.streams)) if streams is not None else ():
            stream = self.streams[number]
            both = f"{condition} and {stream.condition}" if stream.condition else condition
            self.streams[number] = replace(stream, condition=both)
        steps = self.steps
        for number in range(start, len(steps)):
            both = f"{condition} and {steps[number].condition}" if steps[number].condition else condition
            steps[number] = replace(steps[number], condition=both)
