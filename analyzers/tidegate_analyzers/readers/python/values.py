"""What the value of a Python expression is known to be. Everything else is `Unknown` and stays so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from tidegate_analyzers import facts
from tidegate_analyzers.readers.python.times import time_text
from tidegate_analyzers.syntax.fragment import Fragment


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that can't be told; `text` is the expression."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class Plain:
    """A number, a boolean or None."""

    value: float | bool | None


@dataclass(frozen=True, slots=True)
class Text:
    """A string; where parts of it are not known, `{{ expression }}` stands for them."""

    fragment: Fragment

    @property
    def text(self) -> str:
        """The text, holes included."""
        return self.fragment.text

    @property
    def known(self) -> bool:
        """True when every character is certain (Jinja that Airflow renders counts as written)."""
        return not any(length != source and piece.startswith("{{ ") for length, source, piece in self._pieces())

    def _pieces(self) -> Iterator[tuple[int, int, str]]:
        for at, _, length, source in self.fragment.pieces:
            yield length, source, self.fragment.text[at : at + length]


@dataclass(frozen=True, slots=True)
class FileText:
    """The content of a file that is named by a value."""

    path: Value


@dataclass(frozen=True, slots=True)
class Items:
    """A list, tuple or set; `open` when it may hold more."""

    items: tuple[Value, ...]
    open: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A dictionary; `open` when it may hold more entries or other values: those of `spread`, where that tells them."""

    entries: tuple[tuple[str, Value], ...]
    open: bool = False
    spread: tuple[Imported, ...] = ()

    def get(self, name: str) -> Value | None:
        """The value of an entry; the last one where it is set twice."""
        return next((value for key, value in reversed(self.entries) if key == name), None)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several values."""

    options: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Imported:
    """A name that another module defines; the name is empty for the module itself."""

    module: str
    name: str


@dataclass(frozen=True, slots=True)
class CallOf:
    """The result of calling something by name, with its arguments."""

    function: str
    arguments: tuple[Value, ...]
    keywords: tuple[tuple[str, Value], ...]
    text: str


Value: TypeAlias = Unknown | Plain | Text | FileText | Items | Table | Choice | Imported | CallOf


MAX_PARTS = 5_000
MAX_NESTING = 50


def is_large(value: Value) -> bool:
    """Whether a value is more than anyone writes down: a few lines of a program can double one without end."""
    left = MAX_PARTS
    todo: list[tuple[Value, int]] = [(value, 0)]
    while todo:
        item, depth = todo.pop()
        inner: list[Value] = []
        if isinstance(item, Text):
            left -= len(item.text) // 20
        elif isinstance(item, Items):
            inner += item.items
        elif isinstance(item, Table):
            inner += (entry for _, entry in item.entries)
        elif isinstance(item, Choice):
            inner += item.options
        elif isinstance(item, CallOf):
            inner += (*item.arguments, *(argument for _, argument in item.keywords))
        elif isinstance(item, FileText):
            inner.append(item.path)
        left -= 1 + len(inner)
        if left < 0 or depth > MAX_NESTING:
            return True
        todo += [(part, depth + 1) for part in inner]
    return False


def plain_value(value: Value) -> tuple[bool, object]:
    """A value as (known, JSON-like value)."""
    if isinstance(value, Plain):
        return True, value.value
    if isinstance(value, Text):
        return value.known, value.text
    if isinstance(value, Items):
        inner = [plain_value(item) for item in value.items]
        return not value.open and all(known for known, _ in inner), [item for _, item in inner]
    if isinstance(value, Table):
        entries = {key: plain_value(item) for key, item in value.entries}
        return not value.open and all(known for known, _ in entries.values()), {
            key: item for key, (_, item) in entries.items()
        }
    if isinstance(value, CallOf):
        text = time_text(value)
        return text is not None, text
    return False, None


def fact(value: Value, written: str, site: facts.Site) -> facts.Value:
    """A value as a fact."""
    known, plain = plain_value(value)
    if known:
        return facts.Value(True, plain, (), written[:200], site)
    if isinstance(value, Choice):
        options = [plain_value(option) for option in value.options]
        if all(known for known, _ in options):
            return facts.Value(False, None, tuple(item for _, item in options), written[:200], site)
    return facts.Value(False, None, (), written[:200], site)
