"""Moments, durations and cron expressions as they are written. Nothing here asks for the time.

A moment is a number of minutes since 1970, by the clock of whoever wrote it: no zone is added or taken away.
Cron expressions are read by cronsim, which is small, typed and keeps to what cron of Debian does. What it does not know
(`H` of Jenkins, seconds, `@reboot`) is `None`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise

from cronsim import CronSim, CronSimError

Moment = int
HOUR = 60
DAY = 24 * HOUR
WEEK = 7 * DAY
_EPOCH = datetime(1970, 1, 1)
_MONDAY = DAY * 4
"""The first Monday there is."""
MAX_FIRES = 10_000

PRESETS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@quarterly": "0 0 1 */3 *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}

_UNITS = {
    "ms": 1 / 60_000,
    "s": 1 / 60,
    "sec": 1 / 60,
    "second": 1 / 60,
    "m": 1,
    "min": 1,
    "minute": 1,
    "h": HOUR,
    "hr": HOUR,
    "hour": HOUR,
    "d": DAY,
    "day": DAY,
    "w": WEEK,
    "week": WEEK,
    "month": 30 * DAY,
    "quarter": 91 * DAY,
    "y": 365 * DAY,
    "yr": 365 * DAY,
    "year": 365 * DAY,
}
_ISO = re.compile(
    r"P(?:(?P<y>[\d.]+)Y)?(?:(?P<month>[\d.]+)M)?(?:(?P<w>[\d.]+)W)?(?:(?P<d>[\d.]+)D)?(?:T(?:(?P<h>[\d.]+)H)?(?:(?P<min>[\d.]+)M)?(?:(?P<s>[\d.]+)S)?)?",
    re.I,
)
_CLOCK = re.compile(r"(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)(?::[0-5]\d)?")


def moment(text: str) -> Moment | None:
    """The moment that a date, or a date with a time, means; a zone behind it is refused."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return None if found.tzinfo is not None else int((found - _EPOCH).total_seconds() // 60)


def written(at: Moment) -> str:
    """A moment as ISO 8601, without the time where that is midnight."""
    found = _EPOCH + timedelta(minutes=at)
    return found.date().isoformat() if at % DAY == 0 else found.isoformat(timespec="minutes")


def clock(text: str) -> int | None:
    """The minute of the day that a time such as `07:30` means."""
    found = _CLOCK.fullmatch(text.strip())
    return int(found["hour"]) * HOUR + int(found["minute"]) if found is not None else None


def clock_text(minute: float) -> str:
    """A minute of a day as a time; with the number of days behind it, where it lies after that day."""
    days, rest = divmod(round(minute), DAY)
    time = f"{rest // HOUR:02}:{rest % HOUR:02}"
    return time if not days else f"{time} {'the next day' if days == 1 else f'{days} days later'}"


def unit_minutes(unit: str) -> float | None:
    """How many minutes a unit of time has."""
    word = unit.strip().casefold()
    found = _UNITS.get(word)
    return found if found is not None else _UNITS.get(word.removesuffix("s"))


def minutes_of(value: object, unit: str) -> float | None:
    """The minutes of a number with its unit, or of a text that has both; a unit `m` may be months, so it tells nothing."""
    if isinstance(value, str):
        found = duration(value)
        if found is not None:
            return found
        value = float(value) if re.fullmatch(r"\d+(?:\.\d+)?", value) else None
    size = unit_minutes(unit) if unit.strip() != "m" else None
    return value * size if isinstance(value, int | float) and not isinstance(value, bool) and size else None


@lru_cache(maxsize=1024)
def duration(text: str) -> float | None:
    """The minutes of a duration: `30d`, `1.5 hours`, `P1DT12H`."""
    text = text.strip()
    if text[:1] in "pP" and (iso := _ISO.fullmatch(text)) is not None and any(iso.groups()):
        try:
            return sum(float(value) * _UNITS[unit] for unit, value in iso.groupdict().items() if value)
        except ValueError:
            return None
    plain = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([A-Za-z]+)", text)
    unit = unit_minutes(plain[2]) if plain is not None else None
    return float(plain[1]) * unit if plain is not None and unit is not None else None


def duration_text(minutes: float) -> str:
    """A duration for people: `27 h`, `1 h 40 min`, `30 d`."""
    whole = round(minutes)
    if whole >= 3 * DAY and whole % DAY == 0:
        return f"{whole // DAY} d"
    hours, rest = divmod(whole, HOUR)
    return " ".join(
        part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest or not hours else "") if part
    )


@dataclass(frozen=True, slots=True)
class Cron:
    """A cron expression."""

    text: str

    def fires(self, start: Moment, end: Moment) -> Iterator[Moment]:
        """Every moment at which it fires from `start` on and before `end`, at most `MAX_FIRES`."""
        found = CronSim(self.text, _EPOCH + timedelta(minutes=start, seconds=-1))
        for count, at in enumerate(found):
            minute = int((at - _EPOCH).total_seconds() // 60)
            if minute >= end or count >= MAX_FIRES:
                return
            yield minute

    @property
    def every_day(self) -> bool:
        """Whether it fires each day at the same times."""
        return self.text.split()[2:] == ["*", "*", "*"]

    def gap(self) -> float:
        """The longest time without a run that recurs each day it runs on: nights count, weekends and months don't."""
        fires = list(self.fires(_MONDAY, _MONDAY + 2 * DAY if self.every_day else _MONDAY + 400 * DAY))
        gaps = [later - earlier for earlier, later in pairwise(fires)]
        if not gaps:
            return float("inf")
        return max(gaps) if self.every_day else min(gaps)

    def times(self) -> tuple[int, ...]:
        """The minutes of the day at which it fires, on the days it does."""
        first = next(self.fires(_MONDAY, _MONDAY + 400 * DAY), None)
        if first is None:
            return ()
        start = first - first % DAY
        return tuple(at - start for at in self.fires(start, start + DAY))


@lru_cache(maxsize=1024)
def cron(text: str) -> Cron | None:
    """The cron expression or preset of a text, if it is one and fires at all."""
    given = PRESETS.get(text.strip().casefold(), text.strip())
    if len(given.split()) != 5:
        return None
    try:
        CronSim(given, _EPOCH)
    except (CronSimError, ValueError, AssertionError):
        return None
    found = Cron(" ".join(given.split()))
    return found if next(found.fires(_MONDAY, _MONDAY + 1500 * DAY), None) is not None else None


def next_batch(at: Moment, size: str) -> Moment:
    """Where the hour, day, month or year after that of a moment begins."""
    here = _EPOCH + timedelta(minutes=floor_batch(at, size))
    if size == "year":
        here = here.replace(year=here.year + 1)
    elif size == "month":
        here = (here + timedelta(days=32)).replace(day=1)
    else:
        here += timedelta(hours=1) if size == "hour" else timedelta(days=1)
    return int((here - _EPOCH).total_seconds() // 60)


def floor_batch(at: Moment, size: str) -> Moment:
    """Where the hour, day, month or year of a moment begins."""
    here = _EPOCH + timedelta(minutes=at - at % (HOUR if size == "hour" else DAY))
    if size in ("month", "year"):
        here = here.replace(day=1, month=1 if size == "year" else here.month)
    return int((here - _EPOCH).total_seconds() // 60)
