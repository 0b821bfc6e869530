"""A coloured piece of text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from tidegate_analyzers.text import LINE_END, Span

TYPES = ("keyword", "string", "number", "comment", "operator", "variable", "function", "macro", "class", "namespace", "parameter", "property")  # fmt: skip
"""The standard types that are used: `class` is a dataset, `namespace` a source or package."""
MODIFIERS = ("declaration", "defaultLibrary")


class Token(NamedTuple):
    """A piece of one line with its type and modifiers."""

    start: int
    end: int
    type: str
    modifiers: tuple[str, ...] = ()


def arranged(text: str, tokens: Iterable[Token], within: Span) -> list[Token]:
    """Tokens in order, cut at line ends; of two that overlap the one that begins first is kept."""
    found: list[Token] = []
    last = within.start
    for token in sorted(set(tokens)):
        if token.start < last or token.end > within.end:
            continue
        at = token.start
        for line_end in LINE_END.finditer(text, token.start, token.end):
            if line_end.start() > at:
                found.append(token._replace(start=at, end=line_end.start()))
            at = line_end.end()
        if at < token.end:
            found.append(token._replace(start=at))
        last = token.end
    return found
