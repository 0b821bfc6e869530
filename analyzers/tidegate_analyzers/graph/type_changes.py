"""What a change of a column's type means for those who read it."""

from __future__ import annotations

from tidegate_analyzers.readers.sql.types import same_type
from tidegate_analyzers.readers.sql.types.words import GROUPS, INTEGERS, NUMBERS, SIGNED, UNSIGNED, Type, read

_DIGITS = {"tinyint": 3, "smallint": 5, "integer": 10, "bigint": 19, "hugeint": 38}


def type_change(old: str, new: str, dialect: str) -> str:
    """`widened`, `narrowed` or `changed`; empty where both are one type, or one of them is not known."""
    group = GROUPS.get(dialect, "")
    was, now = read(old, group), read(new, group)
    if not was.kind or not now.kind or same_type(old, new, dialect):
        return ""
    if was.kind in NUMBERS and now.kind in NUMBERS:
        return "widened" if _holds(now, was) else "narrowed"
    return {("date", "timestamp"): "widened", ("timestamp", "date"): "narrowed"}.get((was.kind, now.kind), "changed")


def _holds(now: Type, was: Type) -> bool:
    """Whether every number of one type is one of the other, as nearly as a float can be."""
    if was.kind in INTEGERS and now.kind in INTEGERS:
        if (was.kind in UNSIGNED) == (now.kind in UNSIGNED):
            row = UNSIGNED if was.kind in UNSIGNED else SIGNED
            return row.index(now.kind) >= row.index(was.kind)
        return was.kind in UNSIGNED and SIGNED.index(now.kind) > UNSIGNED.index(was.kind)
    if now.kind in ("float", "double"):
        return now.kind == "double" or was.kind != "double"
    if now.kind in INTEGERS or was.kind in ("float", "double"):
        return False
    whole, scale = _room(now)
    room, places = _room(was)
    return whole >= room and scale >= places


def _room(item: Type) -> tuple[int, int]:
    """Digits before and behind the point."""
    if item.kind in INTEGERS:
        return _DIGITS.get(item.kind.removeprefix("u"), 20), 0
    if item.precision is None:
        return (38, 38)
    return item.precision - (item.scale or 0), item.scale or 0
