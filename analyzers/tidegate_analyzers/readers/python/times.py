"""Durations and dates that Python code writes as calls: `timedelta(minutes=5)`, `datetime(2026, 1, 1)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tidegate_analyzers.readers.python.values import CallOf

_SECONDS = {
    "days": 86_400,
    "seconds": 1,
    "microseconds": 1e-6,
    "milliseconds": 1e-3,
    "minutes": 60,
    "hours": 3_600,
    "weeks": 604_800,
}
"""The arguments of `timedelta` in their order."""
_ZONE = frozenset(("tz", "tzinfo"))


def time_text(call: CallOf) -> str | None:
    """A duration as `PT300S`, a date with its time as ISO 8601; `None` for any other call, or one not known whole.

    A date in a zone has the zone's name behind it.
    """
    last = call.function.rpartition(".")[2]
    if last in ("timedelta", "duration"):
        seconds = _seconds(call)
        return f"PT{seconds:g}S" if seconds is not None else None
    return _date(call) if last == "datetime" else None


def _number(value: object) -> float | None:
    number = getattr(value, "value", None)
    return number if isinstance(number, int | float) and not isinstance(number, bool) else None


def _seconds(call: CallOf) -> float | None:
    given = [*zip(_SECONDS, call.arguments, strict=False), *call.keywords]
    if len(call.arguments) > len(_SECONDS) or not given:
        return None
    total = 0.0
    for name, value in given:
        number = _number(value)
        if number is None or name not in _SECONDS:
            return None
        total += number * _SECONDS[name]
    return total


def _date(call: CallOf) -> str | None:
    names = ("year", "month", "day", "hour", "minute", "second", "microsecond")
    given = dict(zip(names, call.arguments, strict=False)) | dict(call.keywords)
    zone = next((given.pop(name) for name in _ZONE if name in given), None)
    numbers = {name: _number(value) for name, value in given.items()}
    if len(call.arguments) > len(names) or numbers.keys() - set(names) or None in numbers.values():
        return None
    year, month, day, hour, minute = (int(numbers.get(name) or 0) for name in names[:5])
    if not (0 < year < 10_000 and 1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60):
        return None
    name = _zone(zone)
    if name is None:
        return None
    return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}{f' {name}' if name else ''}"


def _zone(value: object) -> str | None:
    """The name of a time zone, empty for none; `None` if it can't be told."""
    if value is None:
        return ""
    text = getattr(value, "text", None)
    if getattr(value, "known", False) and isinstance(text, str):
        return text
    for argument in getattr(value, "arguments", ())[:1]:
        return str(argument.text) if getattr(argument, "known", False) else None
    return "UTC" if getattr(value, "name", "").rpartition(".")[2] in ("utc", "UTC") else None
