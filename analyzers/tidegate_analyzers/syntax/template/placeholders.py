"""The placeholders that stand for blocks, and SQL with them in it."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from tidegate_analyzers.text import Span


class Role(Enum):
    """The part a placeholder plays in the sentence."""

    RELATION = "relation"
    NAME = "name"
    NOTHING = "nothing"
    STAR = "star"
    TYPE = "type"
    NUMBER = "number"
    QUERY = "query"


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A block that was replaced: `block` is its index in the scan."""

    start: int
    end: int
    block: int
    role: Role


@dataclass(frozen=True)
class Template:
    """SQL of the same length as its template.

    Attributes:
        sql: the text to parse.
        placeholders: the expressions that were replaced, in order.
        undecided: the conditions whose truth is not known, each with the truth it was given here.
        guarded: the spans of arms that stand under such a condition.
    """

    sql: str
    placeholders: tuple[Placeholder, ...]
    undecided: tuple[tuple[str, bool], ...] = ()
    guarded: tuple[Span, ...] = ()

    @cached_property
    def hides_query(self) -> bool:
        """Whether a query, or the last part of one, is made by a macro."""
        return any(placeholder.role is Role.QUERY for placeholder in self.placeholders)

    def within(self, start: int, end: int) -> list[Placeholder]:
        """The placeholders that touch a span."""
        found = []
        at = bisect_left(self.placeholders, end, key=_start)
        while at > 0 and self.placeholders[at - 1].end > start:
            at -= 1
            found.append(self.placeholders[at])
        return found[::-1]


def _start(placeholder: Placeholder) -> int:
    return placeholder.start


_NOT_LINE = re.compile(r"[^\r\n]+")


def blank(piece: str) -> str:
    """A piece of the same length and lines, with nothing in it."""
    if "\n" not in piece and "\r" not in piece:
        return " " * len(piece)
    return _NOT_LINE.sub(lambda match: " " * (match.end() - match.start()), piece)


def placeholder_text(piece: str, role: Role, number: int, *, glued: bool = False) -> str:
    """A piece of the same length; one that is `glued` to a word before it (`join{{ ref('a') }}`) is set off."""
    if role is Role.NOTHING:
        return blank(piece)
    if role is Role.QUERY:
        word = f"select J{number}"
        line = next((m for m in _NOT_LINE.finditer(piece) if m.end() - m.start() >= len(word)), None)
        return blank(piece) if line is None else _set(piece, line.start(), word)
    first = _NOT_LINE.match(piece)
    length = first.end() if first else 0
    if role is Role.STAR:
        word = "*"
    elif role is Role.NUMBER:
        word = "1"
    elif role is Role.TYPE:
        word = _type_word(piece, length)
    else:
        name = f"J{number}"
        if glued and len(name) < length:
            return _set(piece, 1, name.ljust(length - 1, "_"))
        word = name.ljust(length, "_") if len(name) <= length else "J" * length
    return _set(piece, 0, word)


_MADE_TYPE = re.compile(r"\btype_(\w+)\s*\(\s*\)\W*$")
_MADE = {"string": "TEXT", "timestamp": "TIMESTAMP", "int": "INT", "bigint": "BIGINT", "boolean": "BOOLEAN"}


def _type_word(piece: str, length: int) -> str:
    """The type that one of dbt's own macros gives, else one that says it is not known, or that nobody writes."""
    made = _MADE_TYPE.search(piece)
    word = _MADE.get(made.group(1), "UNKNOWN") if made is not None else "UNKNOWN"
    if len(word) <= length:
        return word
    return "INET" if length >= 4 else "INT"[:length]


def _set(piece: str, at: int, word: str) -> str:
    """A piece that is blank but for one word."""
    return blank(piece[:at]) + word + blank(piece[at + len(word) :])
