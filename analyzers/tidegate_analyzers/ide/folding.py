"""What can be folded in a document."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tidegate_analyzers.ide.structure import Region, regions
from tidegate_analyzers.text import Document

_KINDS = {"comment": "comment", "imports": "imports"}
_FOLDS = frozenset(
    ("comment", "imports", "string", "bracket", "call", "cte", "block", "arm", "paired", "pair", "entry", "value")
)
_CLOSER = re.compile(r"\s*(?:[)\]}]|[-+]?%\}|\*/|#\}|\{%[-+]?\s*end|\{%[-+]?\s*el|'''|\"\"\")")


@dataclass(frozen=True, slots=True)
class Fold:
    """Lines of which only the first is shown: `kind` is `comment`, `imports` or empty."""

    first: int
    last: int
    kind: str = ""


def folds(document: Document, dialect: str = "", limit: int | None = None) -> list[Fold]:
    """The folds of a document by line; where `limit` allows less, the largest.

    Of several that begin in one line the largest counts, since an editor shows one.
    """
    found: dict[int, Fold] = {}
    for region in regions(document, dialect):
        fold = _fold(document, region)
        if fold is not None and (fold.first not in found or found[fold.first].last < fold.last):
            found[fold.first] = fold
    listed = list(found.values())
    if limit is not None and len(listed) > limit:
        listed = sorted(listed, key=lambda fold: fold.first - fold.last)[:limit]
    return sorted(listed, key=lambda fold: fold.first)


def _fold(document: Document, region: Region) -> Fold | None:
    if region.kind not in _FOLDS:
        return None
    lines = document.lines
    first, last = lines.position(region.start).line, lines.position(region.end).line
    if region.kind == "arm" or (
        last > first and _CLOSER.match(lines.line_text(last))
    ):  # the line that goes on with `else` or ends it stays
        last -= 1
    return Fold(first, last, _KINDS.get(region.kind, "")) if last > first else None
