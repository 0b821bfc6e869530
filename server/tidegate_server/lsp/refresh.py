"""What the client is told to ask for again after a change elsewhere: lenses, hints, compiled models."""

from __future__ import annotations

import asyncio

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer

from tidegate_server.lsp.client import Client
from tidegate_server.lsp.dispatch import Workers

PAUSE = 0.25
"""Seconds within which several changes become one; while somebody types the client asks by itself."""
MAX_WATCHED = 50
"""How many compiled models are kept up to date; the newest count."""


class Refresh:
    """Tells the client that answers it has are old."""

    def __init__(self, server: LanguageServer, client: Client, workers: Workers) -> None:
        self.server = server
        self.client = client
        self.workers = workers
        self._watched: dict[str, None] = {}
        self._waiting: asyncio.Task[None] | None = None

    def watch(self, uri: str) -> None:
        """A document was made that is to be made again after a change."""
        self._watched.pop(uri, None)
        self._watched[uri] = None
        if len(self._watched) > MAX_WATCHED:
            del self._watched[next(iter(self._watched))]

    def changed(self) -> None:
        """Something in the workspace means something else."""
        if self.client.refreshes and (self._waiting is None or self._waiting.done()):
            self._waiting = self.workers.start(self._tell())

    async def _tell(self) -> None:
        await asyncio.sleep(PAUSE)
        able = self.client.refreshes
        asked = []
        if "codeLens" in able:
            asked.append(self.server.workspace_code_lens_refresh_async(None))
        if "inlayHint" in able:
            asked.append(self.server.workspace_inlay_hint_refresh_async(None))
        for uri in self._watched if "content" in able else ():
            params = lsp.TextDocumentContentRefreshParams(uri)
            asked.append(self.server.workspace_text_document_content_refresh_async(params))
        await asyncio.gather(*asked, return_exceptions=True)
