"""Texts whose format fields are filled in, by what is known or by holes."""

from __future__ import annotations

import re

from tidegate_analyzers.readers.python.values import Table, Text, Value
from tidegate_analyzers.syntax.fragment import Fragment, constant, hole
from tidegate_analyzers.text import Span


def fill(fragment: Fragment, pattern: re.Pattern[str], given: Value, span: Span) -> Fragment:
    """A text with its format fields replaced by what is known, else by holes."""
    result = Fragment("", ())
    at = 0
    for match in pattern.finditer(fragment.text):
        result += _part(fragment, at, match.start())
        name = match.groupdict().get("name") or ""
        value = (
            given.get(name)
            if isinstance(given, Table) and name
            else given
            if isinstance(given, Text) and not name
            else None
        )
        place = fragment.source_span(Span(match.start(), match.end()))
        result += constant(value.text, place) if isinstance(value, Text) else hole(name or "value", place)
        at = match.end()
    return result + _part(fragment, at, len(fragment.text))


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
