"""The progress of work, as the client shows it."""

from __future__ import annotations

import asyncio
import logging
import uuid

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer

from tidegate_analyzers.workspace import Token
from tidegate_server.lsp.client import Client
from tidegate_server.lsp.dispatch import within

logger = logging.getLogger(__name__)


class Progress:
    """The progress of one piece of work."""

    def __init__(self, server: LanguageServer | None, name: str, token: Token) -> None:
        self._server = server
        self._name = name
        self._token = token
        self._loop = asyncio.get_running_loop()
        self._shown = -1

    def report(self, done: int, total: int) -> None:
        """Tell how far it is; may be called from any thread."""
        percent = 100 * done // max(total, 1)
        if self._server is not None and percent > self._shown:
            self._shown = percent
            self._loop.call_soon_threadsafe(self._send, percent, f"{done} of {total} files")

    def _send(self, percent: int, message: str) -> None:
        if self._server is None:
            return
        if self._server.work_done_progress.tokens[self._name].cancelled():
            self._token.cancel()
        self._server.work_done_progress.report(
            self._name, lsp.WorkDoneProgressReport(message=message, percentage=percent)
        )

    def end(self) -> None:
        """Done, one way or the other."""
        if self._server is not None:
            self._server.work_done_progress.end(self._name, lsp.WorkDoneProgressEnd())
            self._server.work_done_progress.tokens.pop(self._name, None)
            self._server = None


async def begin(server: LanguageServer, client: Client, title: str, token: Token) -> Progress:
    """Show the progress of some work, if the client can."""
    if not client.progress:
        return Progress(None, "", token)
    name = str(uuid.uuid4())
    try:
        await within(5, server.work_done_progress.create_async(name))
    except Exception as error:  # noqa: BLE001 -- a client that refuses gets no progress, and everything else
        logger.info("the client shows no progress: %s", error)
        return Progress(None, "", token)
    server.work_done_progress.begin(name, lsp.WorkDoneProgressBegin(title, cancellable=True, percentage=0))
    return Progress(server, name, token)
