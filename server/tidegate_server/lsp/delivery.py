"""Diagnostics on their way to the client: those it does not pull are pushed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer

from tidegate_server.lsp.addresses import Open
from tidegate_server.lsp.client import Client
from tidegate_server.lsp.dispatch import Workers
from tidegate_server.lsp.publish import Page

if TYPE_CHECKING:
    from tidegate_server.lsp.root import Root

REFRESH_PAUSE = 0.05
"""Seconds within which several reasons to pull again become one."""


class Delivery:
    """What the client has, and what it is told."""

    def __init__(self, server: LanguageServer, client: Client, workers: Workers) -> None:
        self.server = server
        self.client = client
        self.workers = workers
        self.pulls_workspace = False
        """Whether the client has asked for the diagnostics of the workspace; then nothing is pushed."""
        self._news = asyncio.Event()
        self._refreshing: asyncio.Task[None] | None = None

    def deliver(self, root: Root, paths: Iterable[str], changed: frozenset[str], *, own: bool) -> None:
        """Hand on the diagnostics of some files.

        Args:
            root: their root.
            paths: the files.
            changed: those of them whose diagnostics differ from before.
            own: whether the client changed them itself; then it pulls them itself.
        """
        again = False
        for path in paths:
            if not root.is_reported(path):
                self.take_back(root, path)
                continue
            pulled = self.client.pull and (path in root.open or self.pulls_workspace)
            if pulled:
                again = again or (path in changed and not own)
            else:
                for uri, page in root.board.unsent(path, root.uri_of(path)):
                    self.publish(uri, page, root.open.get(path))
        if changed:
            self._news.set()
            self._news = asyncio.Event()
        if again and (self._refreshing is None or self._refreshing.done()):
            self._refreshing = self.workers.start(self._refresh())

    def publish(self, uri: str, page: Page, item: Open | None = None) -> None:
        """Push the diagnostics of a file; an open one has a version."""
        version = item.version if item is not None and item.uri == uri else None
        self.server.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, list(page.items), version))

    def take_back(self, root: Root, path: str) -> None:
        """Remove what was pushed for a file."""
        uri = root.board.forget(path)
        if uri is not None:
            self.publish(uri, Page())

    async def _refresh(self) -> None:
        await asyncio.sleep(REFRESH_PAUSE)
        await self.server.workspace_diagnostic_refresh_async(None)

    def pulled_workspace(self, roots: Iterable[Root]) -> None:
        """The client asks for the diagnostics of closed files from now on: take back those that were pushed."""
        if self.pulls_workspace:
            return
        self.pulls_workspace = True
        for root in roots:
            for path in root.board.sent():
                self.take_back(root, path)

    async def news(self) -> None:
        """Wait until some diagnostics differ."""
        await self._news.wait()
