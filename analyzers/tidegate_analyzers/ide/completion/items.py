"""What is offered at a cursor, as plain values, and which of many names fit what is typed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from tidegate_analyzers.text import Edit, Span

LIMIT = 200
"""No more items are made: what is typed next narrows them down, and sending more would take longer than making them."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that may be inserted.

    Attributes:
        label: what is shown.
        kind: what it is: `model`, `source`, `table`, `macro`, `function`, `keyword`, `key`, `value`, `column`, `cte`,
            `variable`, `member`, `package`, `docs`, `test`, `type` or `reference`.
        insert: what is inserted.
        detail: a few words beside the label.
        snippet: whether `insert` holds places to fill in, as snippets of the protocol do.
        about: where its documentation is found.
    """

    label: str
    kind: str
    insert: str
    detail: str = ""
    snippet: bool = False
    about: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True)
class Completion:
    """What is offered at a place.

    Attributes:
        items: the best first.
        span: what they replace; the word at the cursor.
        cursor: where in the span the cursor is.
        also: an edit elsewhere that comes with each of them, such as a bracket behind a quote.
        cut: whether there would be more.
    """

    items: tuple[Item, ...]
    span: Span
    cursor: int
    also: tuple[Edit, ...] = ()
    cut: bool = False


@dataclass(slots=True)
class Offer:
    """Collects items until there are enough; those that come first are ranked higher."""

    typed: str
    items: list[Item] = field(default_factory=list)
    cut: bool = False
    _seen: set[str] = field(default_factory=set)

    def add(self, item: Item) -> bool:
        """Take an item unless one of its name is there; false when there are enough."""
        if len(self.items) >= LIMIT:
            self.cut = True
            return False
        if item.label not in self._seen:
            self._seen.add(item.label)
            self.items.append(item)
        return True

    @property
    def full(self) -> bool:
        """Whether there are enough."""
        return len(self.items) >= LIMIT

    def extend(self, items: Iterable[Item]) -> None:
        """Take those that fit what is typed, in the order of how well they fit."""
        if self.full:
            self.cut = True
            return
        by_label: dict[str, Item] = {}
        for item in items:
            by_label.setdefault(item.label, item)
        for label in fitting(by_label, self.typed):
            if not self.add(by_label[label]):
                return


def fitting(names: Iterable[str], typed: str) -> Iterable[str]:
    """The names that hold what is typed: as their beginning, at a word's beginning, anywhere, or letter by letter.

    The order of `names` is kept among those that fit equally well.
    """
    if not typed:
        return names
    word = typed.casefold()
    groups: tuple[list[str], ...] = ([], [], [], [])
    others: list[str] = []
    for name in names:
        low = name.casefold()
        at = low.find(word)
        if at < 0:
            others.append(name)
        else:
            groups[0 if at == 0 else 2 if low[at - 1].isalnum() else 1].append(name)
    if sum(map(len, groups)) < LIMIT:
        letters = re.compile(".*?".join(map(re.escape, word)), re.I)
        groups[3].extend(name for name in others if letters.search(name))
    return [name for group in groups for name in group]


def escaped(text: str) -> str:
    """A text as it is written in a snippet."""
    return text.replace("\\", "\\\\").replace("$", "\\$").replace("}", "\\}")
