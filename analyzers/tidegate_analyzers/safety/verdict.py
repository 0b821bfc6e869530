"""Values of the lattice, and verdicts with their evidence."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from tidegate_analyzers.facts import Site


class Safety(Enum):
    """What running a load twice comes to; the text is what explanations say."""

    REPLACE = "the target is written anew, so a second run gives the same state"
    KEYED = "rows are matched by key, so a second run gives the same state"
    PARTITION = "the run's own part of the target is replaced, so a second run gives the same state"
    TRANSACTION = "the engine remembers what it loaded, so a second run loads nothing twice"
    HIGH_WATER = "only rows above what the target holds are added, so a second run adds nothing"
    ANTI_JOIN = "only rows the target does not hold are added, so a second run adds nothing"
    ENGINE_DEDUP = "the engine removes rows of the same key, so a second run settles to the same state"
    DECLARED = "somebody says that a second run gives the same state"
    NO_ROWS = "no rows are added"
    UNKNOWN = "what a second run does can't be told"
    WALL_CLOCK = "the rows are chosen by the current time and added again by a second run"
    OVERLAP = "rows at the edge of what the target holds are added again by every run"
    APPEND = "the rows are added again by every run"

    @property
    def unsafe(self) -> bool:
        """True where a second run changes the target."""
        return self in (Safety.APPEND, Safety.OVERLAP, Safety.WALL_CLOCK)


@dataclass(frozen=True, slots=True)
class Step:
    """One link of a chain of evidence.

    Attributes:
        outcome: `fact` for something read, `held` for a guard that makes the load safe, `failed` for one that
            does not apply, `unknown` for one that can't be told.
        text: what was found, in words.
        guard: the guard's number (`G3`), or empty for a plain fact.
        path, site: where it stands; an empty path for what is nowhere to be found.
    """

    outcome: str
    text: str
    guard: str = ""
    path: str = ""
    site: Site = 0


@dataclass(slots=True)
class Chain:
    """Evidence while it is gathered; `certain` falls when a step rests on something not read."""

    steps: list[Step] = field(default_factory=list)
    certain: bool = True
    deleted: str = ""
    race: str = ""

    def fact(self, text: str, path: str = "", site: Site = 0) -> None:
        """Something that was read."""
        self.steps.append(Step("fact", text, "", path, site))

    def held(self, guard: str, text: str, path: str = "", site: Site = 0) -> None:
        """A guard that makes the load safe."""
        self.steps.append(Step("held", text, guard, path, site))

    def failed(self, guard: str, text: str, path: str = "", site: Site = 0) -> None:
        """A guard that does not apply."""
        self.steps.append(Step("failed", text, guard, path, site))

    def add(self, other: Chain) -> None:
        """The evidence that was gathered in another chain."""
        self.steps += other.steps
        self.certain = self.certain and other.certain
        self.deleted = self.deleted or other.deleted

    def deletes_part(self, text: str, part: str, path: str, site: Site) -> None:
        """A window of the target is deleted, which does not cover what is added, unless the source holds no more."""
        self.certain = False
        self.deleted = part
        self.steps.append(Step("failed", text, "G3", path, site))

    def unknown(self, guard: str, text: str, path: str = "", site: Site = 0) -> None:
        """A guard that may or may not hold."""
        self.steps.append(Step("unknown", text, guard, path, site))

    def doubt(self, text: str, path: str = "", site: Site = 0) -> None:
        """Something that was not read and keeps the verdict from being proved."""
        self.certain = False
        self.steps.append(Step("unknown", text, "", path, site))


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of one load.

    Attributes:
        safety: where it stands in the lattice.
        proved: whether every step was read from the workspace.
        steps: the evidence, in the order in which it was found.
        everything: for an unsafe load, whether each run adds all rows again, not just those of its window.
        clock: the site of the current time in it, if that chooses its rows.
        deleted: the window of the target that is deleted first, where that is less than what is added.
        race: a task that replaces the target while the load adds to it.
    """

    safety: Safety
    proved: bool
    steps: tuple[Step, ...]
    everything: bool = False
    clock: Site = 0
    deleted: str = ""
    race: str = ""

    @property
    def guard(self) -> str:
        """The guard that made it safe or unknown, if one did."""
        return next(
            (step.guard for step in reversed(self.steps) if step.outcome in ("held", "unknown") and step.guard), ""
        )


def verdict(safety: Safety, chain: Chain, *, everything: bool = False, clock: Site = 0) -> Verdict:
    """A verdict with the evidence gathered so far."""
    proved = chain.certain and safety is not Safety.UNKNOWN
    return Verdict(safety, proved, tuple(chain.steps), everything, clock, chain.deleted, chain.race)
