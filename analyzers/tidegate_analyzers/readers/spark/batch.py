"""The effects of a function that is given to `foreachBatch`."""

from __future__ import annotations

from msgspec.structs import replace

from tidegate_analyzers.facts import BadRecords, Gate, Inferred, Read, Relation, Setting, Step, Stream, Upkeep, Write
from tidegate_analyzers.readers.python.libraries.base import Effects


class Batch:
    """Takes the effects of a function that is given to `foreachBatch`: it is run again for a batch that failed."""

    def __init__(self, effects: Effects) -> None:
        self.effects = effects
        self.written: list[Relation] = []

    def write(self, write: Write, condition: str = "") -> None:
        """Add a write of the function."""
        if write.mode != "call":
            self.written.append(write.target)
        self.effects.write(replace(write, by="foreach_batch") if write.by == "spark" else write, condition)

    def step(self, step: Step) -> None:
        """Add something else that it runs."""
        self.effects.step(step)

    def read(self, read: Read) -> None:
        """Add a use of data."""
        self.effects.read(read)

    def bad(self, found: BadRecords) -> None:
        """Say what becomes of bad records."""
        self.effects.bad(found)

    def inferred(self, found: Inferred) -> None:
        """Add a schema that is taken from the data."""
        self.effects.inferred(found)

    def gate(self, found: Gate) -> None:
        """Add a check of data."""
        self.effects.gate(found)

    def stream(self, stream: Stream) -> None:
        """Add a continuous query."""
        self.effects.stream(stream)

    def setting(self, setting: Setting) -> None:
        """Add a setting."""
        self.effects.setting(setting)

    def upkeep(self, found: Upkeep) -> None:
        """Add something that is done for the files of a table."""
        self.effects.upkeep(found)

    def note(self, note: object) -> None:
        """Keep something until the end of the body."""
        self.effects.note(note)

    @property
    def target(self) -> Relation | None:
        """What the function writes, if that is one thing."""
        found = list(dict.fromkeys(self.written))
        return found[0] if len(found) == 1 else None
