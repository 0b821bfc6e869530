"""Whether a daily run can be done at an hour of the day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tidegate_analyzers.syntax import calendar

BEFORE = 18 * calendar.HOUR
"""A run that starts longer before the hour than this is that of the day before."""
AFTER = 6 * calendar.HOUR
"""A run that starts at most this long after the hour is meant for it; a later one is for the next day."""


@dataclass(frozen=True, slots=True)
class Late:
    """A run that starts and ends at some minutes of the day of its deadline; it may start the day before."""

    starts: float
    ends: float


def late(times: Iterable[int], minutes: float, deadline: int) -> Late | None:
    """The run that comes nearest to an hour and misses it; `None` where one is there in time, or none is meant for it.

    Args:
        times: the minutes of the day at which runs start.
        minutes: how long a run takes.
        deadline: the minute of the day at which it is to be done.
    """
    found: list[Late] = []
    for time in times:
        for start in (time - calendar.DAY, time):
            if deadline - BEFORE < start <= deadline + AFTER:
                found.append(Late(start, start + minutes))
    if not found or any(run.ends <= deadline for run in found):
        return None
    return min(found, key=lambda run: run.ends)
