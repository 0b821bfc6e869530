"""The text of a YAML scalar with a map to the places its characters stand at."""

from __future__ import annotations

import re

from tidegate_analyzers.syntax.fragment import Fragment, constant
from tidegate_analyzers.syntax.yaml.nodes import Scalar

_WORD = re.compile(r"\S+")
MAX_WORDS = 20_000


def scalar_fragment(node: Scalar, source: str) -> Fragment:
    """The text of a scalar; of a block or folded one each word has its place, of one with escapes the whole."""
    inner = node.inner
    if source[inner.start : inner.end] == node.value:
        return Fragment(node.value, ((0, inner.start, len(node.value), len(node.value)),))
    pieces: list[tuple[int, int, int, int]] = []
    at, place = 0, _first(source, inner.start, inner.end) if node.style in ("|", ">") else inner.start
    for word in _WORD.finditer(node.value):
        found = source.find(word.group(), place, inner.end)
        if found < 0 or source[place:found].strip() or len(pieces) > MAX_WORDS:
            return constant(node.value, inner)
        if word.start() > at:
            pieces.append((at, place, word.start() - at, found - place))
        length = word.end() - word.start()
        pieces.append((word.start(), found, length, length))
        at, place = word.end(), found + length
    if at < len(node.value):
        pieces.append((at, place, len(node.value) - at, inner.end - place))
    return Fragment(node.value, tuple(pieces))


def _first(source: str, start: int, end: int) -> int:
    """Where the lines of a block scalar begin: behind the one with its sign."""
    found = source.find("\n", start, end)
    return found + 1 if found >= 0 else start
