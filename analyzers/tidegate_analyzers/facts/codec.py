"""Facts as bytes: for the cache, between processes, and for lists that are read only on demand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import msgspec

from tidegate_analyzers.facts.base import Fact
from tidegate_analyzers.facts.catalog import CatalogColumn
from tidegate_analyzers.facts.columns import ColumnFlow
from tidegate_analyzers.facts.dbt import Column
from tidegate_analyzers.facts.file import FileRead


class Packed:
    """Encodes and decodes lists of facts that are read only on demand."""

    _encoder: ClassVar[msgspec.msgpack.Encoder] = msgspec.msgpack.Encoder()

    @classmethod
    def pack(cls, items: Iterable[Fact]) -> msgspec.Raw:
        """The items as one opaque value."""
        return msgspec.Raw(cls._encoder.encode(tuple(items)))

    @classmethod
    def one(cls, item: Fact | None) -> msgspec.Raw:
        """One item, or nothing, as an opaque value."""
        return msgspec.Raw(cls._encoder.encode(item))


_COLUMNS = msgspec.msgpack.Decoder(tuple[Column, ...])
_CATALOG_COLUMNS = msgspec.msgpack.Decoder(tuple[CatalogColumn, ...])
_FLOW = msgspec.msgpack.Decoder(ColumnFlow | None)
_FLOWS = msgspec.msgpack.Decoder(tuple[ColumnFlow, ...])
_READ = msgspec.msgpack.Decoder(FileRead)


def columns(packed: msgspec.Raw) -> tuple[Column, ...]:
    """The columns of a properties entry, a source table or a contract object."""
    return _COLUMNS.decode(packed)


def catalog_columns(packed: msgspec.Raw) -> tuple[CatalogColumn, ...]:
    """The columns of a table in a catalog."""
    return _CATALOG_COLUMNS.decode(packed)


def flow(packed: msgspec.Raw) -> ColumnFlow | None:
    """What the query of a node does with columns; `None` where that is not understood."""
    found: ColumnFlow | None = _FLOW.decode(packed)
    return found


def flows(packed: msgspec.Raw) -> tuple[ColumnFlow, ...]:
    """What the statements of a SQL text do with columns."""
    return _FLOWS.decode(packed)


def encode(read: FileRead) -> bytes:
    """A file's facts as bytes, for the cache and between processes."""
    return Packed._encoder.encode(read)


def decode(data: bytes) -> FileRead:
    """The facts that `encode` wrote.

    Raises:
        msgspec.DecodeError: the bytes were written by another version, or are damaged.
    """
    return _READ.decode(data)
