"""Facts as bytes: for the cache, between processes, and for lists that are read only on demand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import msgspec

from tidegate_analyzers.facts.base import Fact
from tidegate_analyzers.facts.dbt import Column, Output
from tidegate_analyzers.facts.file import FileRead


class Packed:
    """Encodes and decodes lists of facts that are read only on demand."""

    _encoder: ClassVar[msgspec.msgpack.Encoder] = msgspec.msgpack.Encoder()

    @classmethod
    def pack(cls, items: Iterable[Fact]) -> msgspec.Raw:
        """The items as one opaque value."""
        return msgspec.Raw(cls._encoder.encode(tuple(items)))


_COLUMNS = msgspec.msgpack.Decoder(tuple[Column, ...])
_OUTPUTS = msgspec.msgpack.Decoder(tuple[Output, ...])
_READ = msgspec.msgpack.Decoder(FileRead)


def columns(packed: msgspec.Raw) -> tuple[Column, ...]:
    """The columns of a properties entry, a source table or a contract object."""
    return _COLUMNS.decode(packed)


def outputs(packed: msgspec.Raw) -> tuple[Output, ...]:
    """The output columns of a model."""
    return _OUTPUTS.decode(packed)


def encode(read: FileRead) -> bytes:
    """A file's facts as bytes, for the cache and between processes."""
    return Packed._encoder.encode(read)


def decode(data: bytes) -> FileRead:
    """The facts that `encode` wrote.

    Raises:
        msgspec.DecodeError: the bytes were written by another version, or are damaged.
    """
    return _READ.decode(data)
