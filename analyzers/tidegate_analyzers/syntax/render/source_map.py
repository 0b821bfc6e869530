"""From an offset in rendered SQL back to the template."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

from tidegate_analyzers.text import Span

MARK = re.compile("\x01(\\d+)\x02")


@dataclass(frozen=True, slots=True)
class SourceMap:
    """Which piece of the template each piece of the SQL comes from.

    Attributes:
        starts: where the pieces begin in the SQL.
        spans: the span of each in the template.
        exact: whether it stands there character for character; else the block made it.
    """

    starts: tuple[int, ...] = ()
    spans: tuple[Span, ...] = ()
    exact: tuple[bool, ...] = ()

    def place(self, start: int, end: int) -> Span | None:
        """The span of the template that made a span of the SQL: itself, or the blocks it lies in."""
        first, last = self._at(start), self._at(max(end - 1, start))
        if first is None or last is None:
            return None
        return Span(first.start, max(first.end, last.end))

    def is_exact(self, start: int, end: int) -> bool:
        """Whether a span of the SQL stands in the template as it is."""
        first = bisect_right(self.starts, start) - 1
        return first >= 0 and first == bisect_right(self.starts, max(end - 1, start)) - 1 and self.exact[first]

    def _at(self, offset: int) -> Span | None:
        piece = bisect_right(self.starts, offset) - 1
        if piece < 0:
            return None
        span = self.spans[piece]
        if not self.exact[piece]:
            return span
        at = min(span.start + offset - self.starts[piece], span.end)
        return Span(at, min(at + 1, span.end))


def split_marks(text: str, pieces: tuple[tuple[Span, bool], ...]) -> tuple[str, SourceMap]:
    """Marked text without its marks, and where each piece went."""
    out: list[str] = []
    starts: list[int] = []
    spans: list[Span] = []
    exact: list[bool] = []
    at = length = 0
    for mark in MARK.finditer(text):
        out.append(text[at : mark.start()])
        length += mark.start() - at
        at = mark.end()
        span, verbatim = pieces[int(mark.group(1))]
        starts.append(length)
        spans.append(span)
        exact.append(verbatim)
    out.append(text[at:])
    return "".join(out), SourceMap(tuple(starts), tuple(spans), tuple(exact))
