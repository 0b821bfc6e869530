"""A region of a text, and what all languages have in common: comments in a row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Region(NamedTuple):
    """A part of a text that belongs together.

    `kind` is `comment`, `imports`, `word`, `text` (inside of quotes), `string`, `item`, `inside` (of brackets),
    `bracket`, `call`, `cte`, `clause`, `query`, `statement`, `code` (inside of a Jinja block), `block`, `arm`,
    `paired`, `value`, `pair`, `entry`, `mapping` or `node`.
    """

    kind: str
    start: int
    end: int


_ONLY_BLANKS = re.compile(r"[ \t]*(?:\r\n|\n|\r)[ \t]*")


def runs(text: str, comments: Iterable[tuple[int, int]]) -> Iterator[Region]:
    """Comments that follow each other on lines of their own, together; others by themselves."""
    start = end = -1
    for first, last in comments:
        alone = not text[max(text.rfind("\n", 0, first), text.rfind("\r", 0, first)) + 1 : first].strip()
        if start >= 0 and alone and _ONLY_BLANKS.fullmatch(text, end, first):
            end = last
            continue
        if start >= 0:
            yield Region("comment", start, end)
        start, end = first, last
    if start >= 0:
        yield Region("comment", start, end)
