"""Selections that grow: from the word at a place to the whole document."""

from __future__ import annotations

import re

from tidegate_analyzers.ide.structure import regions
from tidegate_analyzers.text import Document, Span

_WORD = re.compile(r"\w+")


def selections(document: Document, offsets: list[int], dialect: str = "") -> list[list[Span]]:
    """For each offset the spans around it, the innermost first; each holds the one before it."""
    spans = {Span(region.start, region.end) for region in regions(document, dialect)}
    return [_chain(document, spans, offset) for offset in offsets]


def _chain(document: Document, spans: set[Span], offset: int) -> list[Span]:
    text = document.text
    offset = min(max(offset, 0), len(text))
    around = {span for span in spans if span.contains(offset) and span.start < span.end}
    line = document.lines.line_span(document.lines.position(offset).line)
    words = (Span(*match.span()) for match in _WORD.finditer(text, line.start, line.end))
    around |= {word for word in words if word.contains(offset)}
    chain: list[Span] = []
    # What begins at the cursor comes before what ends there: the cursor stands before it.
    for span in sorted(around, key=lambda item: (item.end - item.start, item.end == offset)):
        if not chain or (span.covers(chain[-1]) and span != chain[-1]):
            chain.append(span)
    whole = Span(0, len(text))
    if not chain or chain[-1] != whole:
        chain.append(whole)
    return chain
