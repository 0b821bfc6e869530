"""Texts whose format fields are filled in, by what is known or by holes."""

from __future__ import annotations

import re

from tidegate_analyzers.readers.python.values import CallOf, Items, Table, Text, Unknown, Value
from tidegate_analyzers.syntax.fragment import Fragment, constant, hole
from tidegate_analyzers.text import Span


def fill(fragment: Fragment, pattern: re.Pattern[str], given: Value, span: Span) -> Fragment:
    """A text with its format fields replaced by what is known, else by holes.

    What is given in order is an entry of the table under its number, or an item of the tuple.
    """
    result = Fragment("", ())
    at = 0
    for number, match in enumerate(pattern.finditer(fragment.text)):
        result += _part(fragment, at, match.start())
        name = match.groupdict().get("name") or ""
        value: Value | None = None
        if isinstance(given, Table):
            value = given.get(name or str(number))
        elif not name and isinstance(given, Items):
            value = given.items[number] if number < len(given.items) and not given.open else None
        elif not name and isinstance(given, Text):
            value = given
        place = fragment.source_span(Span(match.start(), match.end()))
        words = value.text if isinstance(value, Unknown | CallOf) and not name else ""
        words = words if _PLAIN.fullmatch(words) else name or "value"
        result += constant(value.text, place) if isinstance(value, Text) else hole(words, place)
        at = match.end()
    return result + _part(fragment, at, len(fragment.text))


_PLAIN = re.compile(r"[^{}\n]{1,80}")
"""An expression that may stand in a hole: it holds no braces."""


def _part(fragment: Fragment, start: int, end: int) -> Fragment:
    """A piece of a fragment with its map."""
    text = fragment.text[start:end]
    pieces: list[tuple[int, int, int, int]] = []
    for at, source, length, source_length in fragment.pieces:
        left, right = max(at, start), min(at + length, end)
        if left >= right:
            continue
        if length == source_length:
            pieces.append((left - start, source + left - at, right - left, right - left))
        else:
            pieces.append((left - start, source, right - left, source_length))
    return Fragment(
        text.replace("{{{{", "{{").replace("}}}}", "}}") if len(pieces) == 1 and "{{{{" in text else text, tuple(pieces)
    )
