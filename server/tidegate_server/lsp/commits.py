"""Keeps up with the commits that a root is compared with. Belongs to the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from tidegate_analyzers.graph.base import Base
from tidegate_analyzers.workspace import Cancelled, Token
from tidegate_server.lsp import analysis
from tidegate_server.lsp.analysis import State

if TYPE_CHECKING:
    from tidegate_server.lsp.root import Host, Root

BETWEEN_LOOKS = 1.0
"""Seconds between two looks at the repository: no client tells of commits."""

PAUSE = 0.3
"""Seconds without a change on disk before the commit is compared with anew."""


class Commits:
    """Sees to it that a root is compared with its last commit.

    Args:
        host: the server.
        root: the root.
    """

    def __init__(self, host: Host, root: Root) -> None:
        self._host = host
        self._root = root
        self._watch: asyncio.Task[None] | None = None
        self._again: asyncio.Task[None] | None = None
        self._token = Token()
        self._touched: set[str] | None = None
        """What was touched while the commit is read."""
        self._told = ""
        self._seen: tuple[object, ...] = ()
        """The repository's pulse when it was looked into last."""

    def begin(self, state: State) -> None:
        """A state was loaded, with the commit it is compared with."""
        self.stop()
        self._tell(state.no_then)
        if state.then is not None:
            self._seen = state.then.pulse
            self._watch = self._host.workers.start(self._watching())

    def touched(self, keys: Iterable[str]) -> None:
        """The workspace changed."""
        if self._touched is not None:
            self._touched.update(keys)

    def on_disk(self) -> None:
        """Files changed on disk: what is as it was committed may be so no more, or again."""
        if self._root.state.then is not None:
            self._compare()

    def stop(self) -> None:
        """Stop working."""
        self._token.cancel()
        for task in (self._watch, self._again):
            if task is not None:
                task.cancel()
        self._watch = self._again = None
        self._touched = None

    async def _watching(self) -> None:
        while True:
            await asyncio.sleep(BETWEEN_LOOKS)
            then = self._root.state.then
            if then is not None and then.repository.pulse() != self._seen:
                self._compare()

    def _compare(self) -> None:
        """Compare anew, after a pause; what was begun is given up."""
        self._token.cancel()
        if self._again is not None:
            self._again.cancel()
        then = self._root.state.then
        self._seen = then.repository.pulse() if then is not None else ()
        self._again = self._host.workers.start(self._comparing())

    async def _comparing(self) -> None:
        await asyncio.sleep(PAUSE)
        self._token = token = Token()
        self._touched = set()
        state = self._root.state
        try:
            then, why = await self._host.workers.run(analysis.compared, self._root.path, state, token=token)
        except Cancelled:
            return
        since, self._touched = self._touched or set(), None
        self._tell(why)
        if then is not None:  # else git is in the middle of something: what was known is better than nothing
            self._root.compare_with(replace(then, base=then.base.after(since)))

    def _tell(self, why: str) -> None:
        if why and why != self._told:
            self._host.warn(f"nothing is compared with the last commit: {why}")
        self._told = why


def stale(old: Base | None, new: Base) -> frozenset[str]:
    """The keys whose answers may differ when one base takes the place of another."""
    return new.touched | (old.touched if old is not None else frozenset())
