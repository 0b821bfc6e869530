"""The language server's wire, byte for byte: for messages no well-behaved client would send."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

COMMAND = (sys.executable, "-m", "tidegate_server.main", "server")
PATIENCE = 20.0


class Wire:
    """A running server and the pipes to it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.notifications: list[dict[str, Any]] = []
        self._next = 0
        self._answers: dict[int | str | None, dict[str, Any]] = {}

    def send(self, message: dict[str, Any]) -> None:
        """Send a message as it is."""
        self.send_bytes(json.dumps({"jsonrpc": "2.0", **message}).encode())

    def send_bytes(self, body: bytes) -> None:
        """Send the body of a message."""
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def notify(self, method: str, params: Any = None) -> None:
        """Send a notification."""
        self.send({"method": method, "params": params})

    def start(self, method: str, params: Any = None) -> int:
        """Send a request; returns its id."""
        self._next += 1
        self.send({"id": self._next, "method": method, "params": params})
        return self._next

    async def request(self, method: str, params: Any = None) -> dict[str, Any]:
        """The whole answer to a request."""
        return await self.answer(self.start(method, params))

    async def answer(self, number: int | str) -> dict[str, Any]:
        """The answer to an earlier request. Notifications are kept, and requests of the server declined."""
        while number not in self._answers:
            message = await self.read()
            if "method" in message and "id" in message:
                self.send({"id": message["id"], "result": None})
            elif "method" in message:
                self.notifications.append(message)
            else:
                self._answers[message["id"]] = message
        return self._answers.pop(number)

    async def read(self) -> dict[str, Any]:
        """The next message."""
        return await asyncio.wait_for(self._read(), PATIENCE)

    async def _read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        header = await self.process.stdout.readuntil(b"\r\n\r\n")
        length = next(int(line.split(b":")[1]) for line in header.splitlines() if line.startswith(b"Content-Length"))
        message: dict[str, Any] = json.loads(await self.process.stdout.readexactly(length))
        return message

    async def initialize(self, root: Path | None = None) -> dict[str, Any]:
        """Begin a session."""
        folders = [{"uri": root.as_uri(), "name": root.name}] if root is not None else None
        answer = await self.request("initialize", {"processId": None, "capabilities": {}, "workspaceFolders": folders})
        self.notify("initialized", {})
        return answer

    async def ended(self) -> int:
        """The exit status, once the process is gone."""
        return await asyncio.wait_for(self.process.wait(), PATIENCE)

    async def log(self) -> str:
        """What the server wrote to standard error until it ended."""
        assert self.process.stderr is not None
        return (await self.process.stderr.read()).decode()


@asynccontextmanager
async def wired(cache: Path) -> AsyncIterator[Wire]:
    """A server that has heard nothing yet."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *COMMAND, stdin=pipe, stdout=pipe, stderr=pipe, env={**os.environ, "TIDEGATE_CACHE_DIR": str(cache)}
    )
    try:
        yield Wire(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
