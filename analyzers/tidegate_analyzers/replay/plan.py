"""What running something again for an interval comes to, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from tidegate_analyzers.facts import Site
from tidegate_analyzers.syntax import calendar
from tidegate_analyzers.syntax.calendar import Moment


class Item(NamedTuple):
    """Something that is run or rebuilt, by its kind, its name and its file."""

    kind: str
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Interval:
    """What is to be run again: from `start` on and before `end`."""

    start: Moment
    end: Moment


class NoInterval(Exception):
    """Two texts are no dates, or in the wrong order; the message says what is expected."""


def interval(start: str, end: str) -> Interval:
    """The interval between two dates or moments; a day at its end counts, a moment does not.

    Raises:
        NoInterval: they are none.
    """
    moments = []
    for text in (start, end):
        found = calendar.moment(text)
        if found is None:
            raise NoInterval(f"'{text}' is no date; expected 2026-01-31 or 2026-01-31T06:00, without a zone")
        moments.append(found)
    first, last = moments
    last += calendar.DAY if len(end) <= len("2026-01-31") else 0
    if last <= first:
        raise NoInterval(f"the end '{end}' lies before the start '{start}'")
    return Interval(first, last)


@dataclass(frozen=True, slots=True)
class Windows:
    """The runs, partitions or batches of the interval.

    Attributes:
        of: what has them, in words.
        unit: `run`, `batch`, …
        known: whether they can be told.
        count: how many there are.
        first, last: as they are named, empty where there are none.
        note: what else is to be known of them.
        path, site: where it is said.
    """

    of: str
    unit: str
    known: bool = True
    count: int = 0
    first: str = ""
    last: str = ""
    note: str = ""
    path: str = ""
    site: Site = 0


@dataclass(frozen=True, slots=True)
class Unit:
    """A step of the replay.

    Attributes:
        item: what runs.
        site: where it stands.
        writes: the data it writes.
        how: what becomes of that data, in words.
        by: what runs it, where something else does.
    """

    item: Item
    site: Site
    writes: tuple[str, ...] = ()
    how: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Hazard:
    """Why a step is not safe to run again, or why that can't be told.

    `level` is `unsafe` (data would be wrong), `void` (running it again does not bring the interval back), `outside` (it
    reaches somebody outside) or `unknown`.
    """

    level: str
    item: Item
    reason: str
    path: str
    site: Site
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Limit:
    """How long a source of the replay keeps its data, against the interval.

    Attributes:
        of: the data.
        keeps: how long it keeps it, as written; empty where nothing says so.
        state: `enough`, `short` or `unknown`.
        reason: the finding in words.
        path, site: where it is said.
    """

    of: str
    keeps: str
    state: str
    reason: str
    path: str = ""
    site: Site = 0


@dataclass(frozen=True, slots=True)
class Consumer:
    """Somebody who reads what is rewritten and is not run again by the replay itself."""

    kind: str
    name: str
    path: str
    site: Site
    note: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    """What to type, and what it is for. Without lines it says what has no command."""

    title: str
    lines: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Plan:
    """What running a target again for an interval comes to.

    Attributes:
        target: what was asked for, as `kind:name`.
        items: what that is.
        interval: the interval.
        windows: the runs and partitions in it.
        units: everything that is run again, in order.
        hazards: what is not safe to run again, or can't be judged.
        safe: how many writes are proved or held to be safe.
        limits: how long sources keep their data.
        consumers: who else is concerned.
        commands, after: what to do, in order.
        unknown: what could not be told, in sentences.
    """

    target: str
    items: tuple[Item, ...]
    interval: Interval
    windows: list[Windows] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)
    hazards: list[Hazard] = field(default_factory=list)
    safe: int = 0
    limits: list[Limit] = field(default_factory=list)
    consumers: list[Consumer] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    @property
    def leaves_damage(self) -> bool:
        """Whether running it as it stands leaves wrong data, or data missing."""
        return any(hazard.level in ("unsafe", "void") for hazard in self.hazards) or any(
            limit.state == "short" for limit in self.limits
        )
