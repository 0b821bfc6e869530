"""A workspace at one moment: its files' facts, the layout they stand in, and what the user configured.

Everything here is immutable. A change gives the next snapshot and shares the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from tidegate_analyzers.facts import FileRead
from tidegate_analyzers.layout import Layout
from tidegate_analyzers.text import Document

V = TypeVar("V")
_SHARDS = 256


class Table(Generic[V]):
    """A persistent map from text: a changed copy shares all but the shards it touches."""

    __slots__ = ("_shards", "size")

    def __init__(self, shards: tuple[dict[str, V], ...] | None = None, size: int = 0) -> None:
        self._shards: tuple[dict[str, V], ...] = shards if shards is not None else tuple({} for _ in range(_SHARDS))
        self.size = size

    @classmethod
    def of(cls, entries: Mapping[str, V]) -> Table[V]:
        """A table with the given entries."""
        shards: tuple[dict[str, V], ...] = tuple({} for _ in range(_SHARDS))
        for key, value in entries.items():
            shards[hash(key) % _SHARDS][key] = value
        return cls(shards, len(entries))

    def get(self, key: str) -> V | None:
        """The value of a key."""
        return self._shards[hash(key) % _SHARDS].get(key)

    def __contains__(self, key: str) -> bool:
        return key in self._shards[hash(key) % _SHARDS]

    def __iter__(self) -> Iterator[str]:
        for shard in self._shards:
            yield from shard

    def __len__(self) -> int:
        return self.size

    def items(self) -> Iterator[tuple[str, V]]:
        """Every entry, in no order."""
        for shard in self._shards:
            yield from shard.items()

    def updated(self, changes: Mapping[str, V | None]) -> Table[V]:
        """A copy with some entries set, and those whose value is `None` removed."""
        shards = list(self._shards)
        copied: set[int] = set()
        size = self.size
        for key, value in changes.items():
            number = hash(key) % _SHARDS
            if number not in copied:
                shards[number] = dict(shards[number])
                copied.add(number)
            shard = shards[number]
            size -= key in shard
            if value is None:
                shard.pop(key, None)
            else:
                shard[key] = value
                size += 1
        return Table(tuple(shards), size)


class Cancelled(Exception):
    """The work was overtaken by a newer change, or nobody waits for it any more."""


@dataclass(slots=True, eq=False)
class Token:
    """Tells work that runs elsewhere to stop. Set on one thread, polled on another."""

    cancelled: bool = False

    def cancel(self) -> None:
        """Ask the work to stop."""
        self.cancelled = True

    def check(self) -> None:
        """Stop here if asked to.

        Raises:
            Cancelled: somebody asked.
        """
        if self.cancelled:
            raise Cancelled


def no_text(path: str) -> Document | None:
    """A source of texts that has none."""
    return None


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The files of one root at one moment.

    Attributes:
        files: what was read, by path relative to the root.
        layout: projects, versions and roles.
        documents: gives the text of a file when it is asked for; `None` when it can't be had any more.
        open: the paths that are open in an editor.
        revision: grows with every change.
    """

    files: Table[FileRead]
    layout: Layout
    documents: Callable[[str], Document | None] = no_text
    open: frozenset[str] = field(default_factory=frozenset)
    revision: int = 0

    def read(self, path: str) -> FileRead | None:
        """What was read in a file."""
        return self.files.get(path)

    def document(self, path: str) -> Document | None:
        """The text of a file as it was read, or as near to it as can be had."""
        return self.documents(path)


def nearest(folders: Iterable[str], path: str) -> str | None:
    """The innermost of some folders that holds `path`; '' is the root and holds everything."""
    best: str | None = None
    for folder in folders:
        inside = folder == "" or path == folder or path.startswith(folder + "/")
        if inside and (best is None or len(folder) > len(best)):
            best = folder
    return best
