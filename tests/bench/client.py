"""A small language client over standard input and output, which notes when each message came.

It knows no types on purpose: decoding thousands of diagnostics into objects would be measured with the server.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

Message = dict[str, Any]
Diagnostics = list[Message]

CAPABILITIES: Message = {
    "general": {"positionEncodings": ["utf-16"]},
    "window": {"workDoneProgress": True},
    "workspace": {"configuration": True, "workspaceFolders": True},
    "textDocument": {
        "synchronization": {"didSave": True},
        "publishDiagnostics": {"versionSupport": True, "relatedInformation": True},
        "hover": {"contentFormat": ["markdown", "plaintext"]},
        "completion": {"completionItem": {"snippetSupport": True, "insertReplaceSupport": True}},
    },
}


class ServerEnded(Exception):
    """The server closed its output."""


class Client:
    """A client of one server.

    Attributes:
        process: the server's process.
        last_heard: when the last message came.
        published: the last diagnostics of each path.
    """

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.last_heard = time.perf_counter()
        self.published: dict[str, Diagnostics] = {}
        self._number = 0
        self._answers: dict[int, asyncio.Future[tuple[float, Any]]] = {}
        self._wanted: tuple[str, Callable[[Diagnostics], bool], asyncio.Future[float]] | None = None
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, command: Sequence[str], folder: Path, env: Mapping[str, str], log: int) -> Client:
        """Start a server.

        Args:
            command: the program and its arguments.
            folder: where it runs.
            env: its environment.
            log: a file descriptor for what it prints to standard error.
        """
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *command, cwd=folder, env=env, stdin=pipe, stdout=pipe, stderr=log, limit=2**26, start_new_session=True
        )
        return cls(process)

    def notify(self, method: str, params: Message) -> None:
        """Send a notification."""
        self._send({"method": method, "params": params})

    async def request(self, method: str, params: Message | None, timeout: float) -> tuple[float, Any]:
        """Send a request; gives the seconds until its answer, and the answer.

        Raises:
            TimeoutError: there was no answer in time.
            ServerEnded: the server is gone.
        """
        self._number += 1
        answer: asyncio.Future[tuple[float, Any]] = asyncio.get_running_loop().create_future()
        self._answers[self._number] = answer
        sent = time.perf_counter()
        self._send({"id": self._number, "method": method, "params": params})
        came, result = await asyncio.wait_for(answer, timeout)
        return came - sent, result

    def expect(self, uri: str, right: Callable[[Diagnostics], bool]) -> asyncio.Future[float]:
        """When the next diagnostics of a file come that are right."""
        wanted: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._wanted = (path_of(uri), right, wanted)
        return wanted

    async def stop(self) -> None:
        """End the server, and whatever it started and left behind."""
        with contextlib.suppress(TimeoutError, ServerEnded, ConnectionError):
            await self.request("shutdown", None, 5)
            self.notify("exit", {})
            await asyncio.wait_for(self.process.wait(), 5)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        await self.process.wait()
        self._reader.cancel()

    def _send(self, message: Message) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        stdin = self.process.stdin
        assert stdin is not None
        stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    async def _read(self) -> None:
        stdout = self.process.stdout
        assert stdout is not None
        try:
            while True:
                head = (await stdout.readuntil(b"\r\n\r\n")).lower()
                length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
                body = await stdout.readexactly(length)
                self.last_heard = time.perf_counter()
                self._take(json.loads(body), self.last_heard)
        except (asyncio.IncompleteReadError, ConnectionError):
            for answer in self._answers.values():
                if not answer.done():
                    answer.set_exception(ServerEnded())
            if self._wanted is not None and not self._wanted[2].done():
                self._wanted[2].set_exception(ServerEnded())

    def _take(self, message: Message, came: float) -> None:
        method, number = message.get("method"), message.get("id")
        if method is None:
            answer = self._answers.pop(number, None) if isinstance(number, int) else None
            if answer is not None and not answer.done():
                answer.set_result((came, message.get("result")))
        elif number is not None:
            result = [None] * len(message["params"]["items"]) if method == "workspace/configuration" else None
            self._send({"id": number, "result": result})
        elif method == "textDocument/publishDiagnostics":
            path, found = path_of(message["params"]["uri"]), message["params"]["diagnostics"]
            self.published[path] = found
            if self._wanted is not None:
                expected, right, wanted = self._wanted
                if path == expected and not wanted.done() and right(found):
                    wanted.set_result(came)


def path_of(uri: str) -> str:
    """The path of a URI: servers write the same one in several ways."""
    return unquote(urlsplit(uri).path)
