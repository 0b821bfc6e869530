"""The nodes of a YAML document, each with its span."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from tidegate_analyzers.text import Span


@dataclass(slots=True, eq=False)
class Scalar:
    """A scalar as written: `value` is the text after unquoting, `style` is '' for a plain one."""

    value: str
    start: int
    end: int
    style: str = ""
    tag: str | None = None

    @property
    def span(self) -> Span:
        """Where it is, quotes included."""
        return Span(self.start, self.end)

    @property
    def inner(self) -> Span:
        """Where its text is, without the quotes."""
        quoted = self.style in ("'", '"') and self.end - self.start >= 2
        return Span(self.start + 1, self.end - 1) if quoted else Span(self.start, self.end)


@dataclass(slots=True, eq=False)
class Mapping:
    """A mapping; duplicate keys stay, in order."""

    entries: list[tuple[Node, Node]] = field(default_factory=list)
    start: int = 0
    end: int = 0
    flow: bool = False
    tag: str | None = None
    _keyed: dict[str, tuple[Scalar, Node]] | None = None

    @property
    def span(self) -> Span:
        """From the first key to the end of the last value."""
        return Span(self.start, self.end)

    def keyed(self) -> dict[str, tuple[Scalar, Node]]:
        """Every entry with a scalar key, by its key, aliases followed.

        Of a key that stands twice the last counts; keys merged by `<<` don't replace the mapping's own.
        """
        if self._keyed is None:
            own: dict[str, tuple[Scalar, Node]] = {}
            merges: list[Node] = []
            for name, value in self.entries:
                if type(name) is not Scalar:
                    continue
                if name.value == "<<" and not name.style:
                    merges.append(value)
                else:
                    own[name.value] = (name, value.target if type(value) is Alias else value)
            self._keyed = own
            for merge in merges:
                for merged in _merged(merge):
                    for key, entry in merged.keyed().items():
                        own.setdefault(key, entry)
        return self._keyed

    def get(self, key: str) -> Node | None:
        """The value of `key`."""
        entry = self.keyed().get(key)
        return entry[1] if entry else None

    def entry(self, key: str) -> tuple[Scalar, Node] | None:
        """The key node and the value node of `key`."""
        return self.keyed().get(key)

    def items(self) -> Iterable[tuple[Scalar, Node]]:
        """The entries of `keyed`, in order."""
        return self.keyed().values()


@dataclass(slots=True, eq=False)
class Sequence:
    """A sequence."""

    entries: list[Node] = field(default_factory=list)
    start: int = 0
    end: int = 0
    flow: bool = False
    tag: str | None = None

    @property
    def span(self) -> Span:
        """From the first dash or bracket to the end of the last item."""
        return Span(self.start, self.end)

    def items(self) -> Iterator[Node]:
        """The items, aliases followed."""
        return (resolved(item) for item in self.entries)


@dataclass(slots=True, eq=False)
class Alias:
    """A use of an anchored node."""

    target: Scalar | Mapping | Sequence
    start: int
    end: int

    @property
    def span(self) -> Span:
        """Where the alias is written."""
        return Span(self.start, self.end)


Node: TypeAlias = Scalar | Mapping | Sequence | Alias


def resolved(node: Node) -> Node:
    """The node an alias stands for, or the node itself."""
    return node.target if type(node) is Alias else node


def _merged(node: Node) -> Iterator[Mapping]:
    node = resolved(node)
    if isinstance(node, Mapping):
        yield node
    elif isinstance(node, Sequence):
        for item in node.items():
            if isinstance(item, Mapping):
                yield item


def node_at(root: Node, offset: int) -> list[tuple[str | int, Node]]:
    """The way from the root to the innermost node at `offset`.

    Each step names the key or the index by which its node was reached; a key under the cursor ends the way
    with its value's step.
    """
    way: list[tuple[str | int, Node]] = []
    node: Node = root
    while True:
        step: tuple[str | int, Node] | None = None
        if isinstance(node, Mapping):
            for key, value in node.entries:
                if key.start <= offset <= max(key.end, value.end) and isinstance(key, Scalar):
                    step = (key.value, value)
        elif isinstance(node, Sequence):
            for index, item in enumerate(node.entries):
                if item.start <= offset <= item.end:
                    step = (index, item)
        if step is None:
            return way
        way.append(step)
        node = step[1]
