"""A few reading processes, fed from this one."""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

import msgspec

from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.workspace import Token
from tidegate_server.worker import Answer, Chunk, receive, send

CHUNK = 40
"""Files a process reads at a time: small enough that both processes are busy to the end."""


class Pool:
    """Processes that read files. They start at once, so that they are ready when the files are known.

    Args:
        workers: how many.
    """

    def __init__(self, workers: int) -> None:
        paths = [path for path in sys.path if path]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths))}
        self._processes = [
            subprocess.Popen(
                [sys.executable, "-m", "tidegate_server.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=environment,
            )
            for _ in range(workers)
        ]

    def read(
        self, root: Path, files: list[tuple[str, Role]], token: Token
    ) -> Iterator[list[tuple[str, int, int, bytes, bytes]]]:
        """Read files; gives (path, time, size, content key, encoded facts) in batches as they come.

        Files of a process that died are left out; the caller sees that they are missing.

        Raises:
            Cancelled: the token was set.
        """
        # Files of one kind take about the same time; dealing them out in turn keeps the processes even.
        ordered = sorted(files, key=lambda item: (item[1].kind, item[0]))
        count = max(len(ordered) // CHUNK, 1)
        chunks: queue.SimpleQueue[list[tuple[str, Role]]] = queue.SimpleQueue()
        for number in range(count):
            chunks.put(ordered[number::count])
        answers: queue.SimpleQueue[list[tuple[str, int, int, bytes, bytes]] | None] = queue.SimpleQueue()
        threads = [
            threading.Thread(target=_feed, args=(process, str(root), chunks, answers, token), daemon=True)
            for process in self._processes
        ]
        for thread in threads:
            thread.start()
        finished = 0
        while finished < len(threads):
            token.check()
            try:
                batch = answers.get(timeout=0.2)
            except queue.Empty:
                continue
            if batch is None:
                finished += 1
            else:
                yield batch

    def close(self) -> None:
        """End the processes."""
        for process in self._processes:
            with contextlib.suppress(OSError):
                cast("BinaryIO", process.stdin).close()
        for process in self._processes:
            try:
                process.wait(timeout=1)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            cast("BinaryIO", process.stdout).close()

    def kill(self) -> None:
        """End the processes without waiting for their work."""
        for process in self._processes:
            process.kill()
        self.close()


def _feed(
    process: subprocess.Popen[bytes],
    root: str,
    chunks: queue.SimpleQueue[list[tuple[str, Role]]],
    answers: queue.SimpleQueue[list[tuple[str, int, int, bytes, bytes]] | None],
    token: Token,
) -> None:
    """Give one process chunk after chunk and pass its answers on."""
    stdin, stdout = cast("BinaryIO", process.stdin), cast("BinaryIO", process.stdout)
    decoder = msgspec.msgpack.Decoder(Answer)
    try:
        while not token.cancelled:
            try:
                chunk = chunks.get_nowait()
            except queue.Empty:
                break
            send(stdin, Chunk(root, chunk))
            data = receive(stdout)
            if data is None:
                break
            answers.put(decoder.decode(data).files)
    except (OSError, ValueError, msgspec.MsgspecError):
        pass  # the process is gone; what it had is missing and will be read by the caller
    finally:
        answers.put(None)
