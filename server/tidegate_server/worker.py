"""Reading files in another process: `python -m tidegate_server.worker`.

A worker takes chunks of paths with their roles on standard input and answers with facts on standard output,
both as MessagePack behind a length. It is a plain process and not one of `multiprocessing`: it imports nothing
of the program that started it, and works the same on every system and in a server with threads.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import struct
import sys
from pathlib import Path
from typing import IO

import msgspec

from tidegate_analyzers.facts import FileRead, encode
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.readers.dispatch import read, unreadable
from tidegate_analyzers.text import Document, Undecodable
from tidegate_server.files import Content, read_file


class Chunk(msgspec.Struct, frozen=True, array_like=True):
    """Files to read."""

    root: str
    files: list[tuple[str, Role]]


class Answer(msgspec.Struct, frozen=True, array_like=True):
    """For each file that was read: path, time, size, content key and encoded facts."""

    files: list[tuple[str, int, int, bytes, bytes]]


BETWEEN_COLLECTIONS = 3
"""Chunks whose syntax trees are garbage together; more would cost memory, fewer time."""

_HEAD = struct.Struct(">I")


def send(stream: IO[bytes], message: Chunk | Answer) -> None:
    """Write a message."""
    data = msgspec.msgpack.encode(message)
    stream.write(_HEAD.pack(len(data)))
    stream.write(data)
    stream.flush()


def receive(stream: IO[bytes]) -> bytes | None:
    """Read a message, or `None` when the other side is done."""
    head = stream.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    return stream.read(_HEAD.unpack(head)[0])


def read_content(path: str, content: Content, role: Role) -> FileRead:
    """The facts of a file's content."""
    if isinstance(content.text, Undecodable):
        return unreadable(role.kind, content.text.reason)
    return read(Document(path, content.text), role)


def read_chunk(chunk: Chunk) -> Answer:
    """Read some files in their roles; those that vanished are left out."""
    root = Path(chunk.root)
    found: list[tuple[str, int, int, bytes, bytes]] = []
    for path, role in chunk.files:
        content = read_file(root, path)
        if content is not None:
            facts = encode(read_content(path, content, role))
            found.append((path, content.stat.mtime_ns, content.stat.size, content.digest, facts))
    return Answer(found)


def main() -> None:
    """Serve chunks until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is the parent's to handle
    logging.disable(logging.WARNING)  # what can't be read the parent tries again, and says so
    from tidegate_analyzers.readers.airflow import module  # noqa: F401 -- imported while the parent looks for files
    from tidegate_analyzers.readers.dbt import properties, sql  # noqa: F401 -- as above

    # Syntax trees are cyclic garbage: collect it in batches, and never the modules.
    gc.collect()
    gc.freeze()
    gc.disable()
    decoder = msgspec.msgpack.Decoder(Chunk)
    done = 0
    while (data := receive(sys.stdin.buffer)) is not None:
        try:
            send(sys.stdout.buffer, read_chunk(decoder.decode(data)))
        except BrokenPipeError:
            os._exit(0)  # the parent has ended without waiting for this
        done += 1
        if done % BETWEEN_COLLECTIONS == 0:
            gc.collect(1)


if __name__ == "__main__":
    main()
