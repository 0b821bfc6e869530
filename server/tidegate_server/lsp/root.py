"""One workspace folder while the server runs. Lives on the event loop; what takes time runs beside it.

Work goes through two lanes. The first takes changes of files: it reads them again, asks the rules about them and
shows what they say at once. The second follows after a pause: it asks about the files elsewhere whose findings
rest on what changed, a few at a time, and starts over where a newer change comes in between.
"""

from __future__ import annotations

import asyncio
import gc
import logging
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from tidegate_analyzers.text import Document
from tidegate_analyzers.workspace import Cancelled, Token
from tidegate_server import baseline
from tidegate_server.base import Compared
from tidegate_server.baseline import Baseline
from tidegate_server.cli import Failure
from tidegate_server.files import Stat, stat_of
from tidegate_server.lsp import analysis, publish
from tidegate_server.lsp.addresses import Addresses, Open, is_inside, uri_in
from tidegate_server.lsp.client import Client
from tidegate_server.lsp.commits import Commits, stale
from tidegate_server.lsp.dispatch import Workers
from tidegate_server.lsp.findings import Findings, Group, Sheet
from tidegate_server.lsp.progress import Progress
from tidegate_server.lsp.publish import Board
from tidegate_server.lsp.settings import settings_of

logger = logging.getLogger(__name__)

PAUSE = 0.05
"""Seconds between a change and the findings it brings about in other files."""

CHUNK = 200
"""Files judged at a time: what a change in between throws away is never much."""

BETWEEN_LOOKS = 2.0
"""Seconds between two looks at the disk, for clients that don't tell of changes."""

MANY = 300
"""When more files than this change at once, the workspace is loaded anew, with all processors."""


def set_aside() -> None:
    """Collect garbage, and never look again at what is left.

    A workspace holds a million objects; looking through them, which Python does every now and then, would stall whatever
    is asked just then for a quarter of a second.
    """
    gc.collect()
    gc.freeze()


class Host(Protocol):
    """What a root needs of the server."""

    client: Client
    workers: Workers
    editor_settings: Mapping[str, Any]

    def warn(self, message: str) -> None:
        """Tell the user."""

    def show_faults(self, root: Root) -> None:
        """Show what is wrong in the configuration of a root."""

    def nested(self, root: Root, folders: Iterable[str]) -> None:
        """Say which folders below a root are roots of their own."""

    def moved_on(self) -> None:
        """Tell that some root has another state."""

    def deliver(self, root: Root, paths: Iterable[str], changed: frozenset[str], *, own: bool) -> None:
        """Hand on the diagnostics of some files."""

    @abstractmethod
    async def progress(self, title: str, token: Token) -> Progress:
        """Show that something takes time."""


class Root:
    """A workspace folder.

    Args:
        host: the server.
        path: the folder.
        whole: whether what lies below it is read; otherwise only what is open counts.
    """

    def __init__(self, host: Host, path: Path, *, whole: bool) -> None:
        self.host = host
        self.path = path
        self.whole = whole
        self.reported: dict[str, str] = {}
        """The folders whose closed files are reported, with their addresses as the client writes them."""
        self.settings = settings_of(path, host.editor_settings)
        self.state = analysis.empty(path, self.settings.policy, self.settings.options)
        self.findings = Findings()
        self.board = Board()
        self.baseline = Baseline()
        self._baseline_as: tuple[Path, Stat | None] | None = None
        self.open: dict[str, Open] = {}
        self.faulty: set[str] = set()
        """The configuration files of which the client shows faults."""
        self.complete = asyncio.Event()
        """Set when the whole workspace was judged once."""
        self._loaded = asyncio.Event()
        """Set when the whole workspace was read once, or will not be."""
        self._pending: dict[str, Document | None] = {}
        self._since_load: dict[str, Document | None] | None = None
        self._adopt: Callable[[analysis.State], analysis.State] | None = None
        self._lane: asyncio.Task[None] | None = None
        self._asked = self._done = 0
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []
        self._pass: asyncio.Task[None] | None = None
        self._pass_token = Token()
        self._load: asyncio.Task[None] | None = None
        self._load_token = Token()
        self._stats: Mapping[str, Stat] = {}
        self._looked = 0.0
        self._stale: set[str] = set()
        self._dirty: set[str] = set()
        self._groups: set[Group] = set()
        self._commits = Commits(host, self)
        self._read_baseline()

    # -- where things are ---------------------------------------------------------------------------------------------

    def uri_of(self, path: str) -> str:
        """The address of a path, as the client writes it."""
        if path in self.open:
            return self.open[path].uri
        return uri_in(path, self.reported, self.path)

    def addresses(self) -> Callable[[str], str]:
        """The addresses of paths as they are now, for use beside the event loop."""
        return Addresses({path: item.uri for path, item in self.open.items()}, dict(self.reported), self.path)

    def texts(self) -> dict[str, Document]:
        """The open texts."""
        return {path: item.document for path, item in self.open.items()}

    def is_reported(self, path: str) -> bool:
        """Whether the findings of a file are for the client to see."""
        if path in self.open:
            return True
        inside = any(is_inside(path, folder) for folder in self.reported)
        return inside and not analysis.in_other_root(path, self.state)

    # -- what happens -------------------------------------------------------------------------------------------------

    def put(self, path: str, item: Open) -> None:
        """A document was opened or edited."""
        self.open[path] = item
        self.changed({path: item.document})

    def drop(self, path: str) -> None:
        """A document was closed: what is on disk counts again."""
        del self.open[path]
        self.changed({path: None})

    def changed(self, changes: Mapping[str, Document | None]) -> None:
        """Files changed: the new text of those that are open, `None` for others."""
        if len(changes) > MANY and self.whole:
            self.reload()
            return
        self._pending.update(changes)
        if any(document is None for document in changes.values()):
            self._commits.on_disk()
        if self._since_load is not None:
            self._since_load.update(changes)
        self._work()

    def look_again(self) -> None:
        """Look for files that changed on disk, for clients that don't tell."""
        now = asyncio.get_running_loop().time()
        if self.whole and self.state.ready and now - self._looked > BETWEEN_LOOKS:
            self.host.workers.start(self._looking())

    async def _looking(self) -> None:
        self._looked = asyncio.get_running_loop().time()
        self.reconfigure()
        paths, self._stats = await self.host.workers.run(
            analysis.look_again, self.path, self._stats, token=self._load_token
        )
        changes: dict[str, Document | None] = {path: None for path in paths if path not in self.open}
        if changes:
            self.changed(changes)

    def reconfigure(self) -> None:
        """The configuration may have changed."""
        settings = settings_of(self.path, self.host.editor_settings)
        if settings == self.settings:
            self._read_baseline()
            return
        before, self.settings = self.settings, settings
        self._read_baseline()
        self.host.show_faults(self)
        if before.options != settings.options:
            self.reload()
        else:
            self._adopt = lambda state: replace(state, policy=settings.policy)
            self._work()

    def _read_baseline(self) -> None:
        """Read the file of known findings, if it is not as it was."""
        file = self.path / self.settings.baseline
        as_is = (file, stat_of(file))
        if as_is == self._baseline_as:
            return
        self._baseline_as = as_is
        try:
            self.baseline = baseline.read(file) or Baseline()
        except Failure as failure:
            self.baseline = Baseline()
            self.host.warn(str(failure))
        self._dirty |= {*self.findings.results, *self.findings.rolled, *self.board.pages}
        if self._dirty:
            self._follow()

    def reload(self, delay: float = 0.0) -> None:
        """Load the workspace anew after a pause, unless that is asked for again before."""
        if not self.whole:
            self.complete.set()
            self._loaded.set()
            return
        self._load_token.cancel()
        if self._load is not None:
            self._load.cancel()
        self._load = self.host.workers.start(self._loading(delay))

    async def settled(self) -> None:
        """Wait until what has changed so far is read and judged."""
        if self._done < self._asked:
            done = asyncio.get_running_loop().create_future()
            self._waiting.append((self._asked, done))
            await done

    async def loaded(self) -> bool:
        """Wait until the workspace is read, which somebody may have stopped; whether every file of it is known."""
        await self._loaded.wait()
        return self.state.ready or not self.whole

    async def current(self) -> bool:
        """Wait until every file is known as it is on disk now, told or not; whether all are."""
        if await self.loaded() and self.whole:
            await self._looking()
            while self._load is not None and not self._load.done():
                await asyncio.wait({self._load})
        await self.settled()
        return await self.loaded()

    def compare_with(self, then: Compared) -> None:
        """Another commit was made or checked out: judge again what rests on the difference."""
        self._pass_token.cancel()
        keys = stale(self.state.base, then.base)
        self.state = replace(self.state, then=then)
        files = {key[1:] for key in keys if key.startswith("@")}
        self._stale |= self.findings.users_of(keys) | files.intersection(self.state.snapshot.files)
        if self._stale:
            self._follow()

    def close(self) -> None:
        """Stop working."""
        self._loaded.set()
        self._commits.stop()
        for token in (self._load_token, self._pass_token):
            token.cancel()
        for task in (self._load, self._pass, self._lane):
            if task is not None:
                task.cancel()

    # -- the first lane: what changed -----------------------------------------------------------------------------------

    def _work(self) -> None:
        self._asked += 1
        if self._lane is None or self._lane.done():
            self._lane = self.host.workers.start(self._updating())

    async def _updating(self) -> None:
        while self._done < self._asked:
            asked = self._asked
            changes, self._pending = self._pending, {}
            adopt, self._adopt = self._adopt, None
            try:
                if adopt is not None:
                    changes = {**self._take_over(adopt(self.state)), **changes}
                if changes:
                    await self._update(changes)
            except Exception:
                logger.exception("taking in changes of %s failed", ", ".join(changes) or self.path)
            self._done = asked
            for revision, waiting in self._waiting:
                if revision <= asked and not waiting.done():
                    waiting.set_result(None)
            self._waiting = [pair for pair in self._waiting if pair[0] > asked]

    async def _update(self, changes: dict[str, Document | None]) -> None:
        before = self.state
        update = await self.host.workers.run(
            analysis.update, self.path, before, changes, self.texts(), self.whole, token=Token()
        )
        self._pass_token.cancel()
        # The commit may have been read anew meanwhile.
        newer = self.state.then if self.state.then is not before.then else None
        self.state = update.state
        if newer is not None:
            self.state = replace(self.state, then=replace(newer, base=newer.base.after(update.touched)))
        self._commits.touched(update.touched)
        self.host.moved_on()
        for path, result in update.results.items():
            self._groups |= self.findings.put(path, result)
        self._stale -= update.results.keys() if newer is None else set()
        self._stale |= self.findings.users_of(update.touched) - update.results.keys()
        self._dirty |= self.findings.pointing_to(update.moved)
        if update.relayout:
            self.reload(delay=0.3)
        await self._show(set(update.results), own=True)
        if self._stale or self._dirty or self._groups:
            self._follow()

    def _take_over(self, state: analysis.State) -> dict[str, Document | None]:
        """Go on with a state that was loaded, or is judged by another configuration; gives what changed meanwhile."""
        self._pass_token.cancel()
        since, self._since_load = self._since_load, None
        self._stats = state.stats
        self._stale = {*state.snapshot.files, *self.findings.results, *self.state.snapshot.files}
        self.state = state
        self.host.moved_on()
        if state.ready:
            self._loaded.set()
            set_aside()
        self._commits.begin(state)
        self.host.nested(self, state.nested)
        self._follow()
        return since or {}

    # -- the second lane: what follows from it ----------------------------------------------------------------------------

    def _follow(self) -> None:
        if self._pass is None or self._pass.done():
            self._pass = self.host.workers.start(self._passing())

    async def _passing(self) -> None:
        much = len(self._stale) > MANY
        while self._stale or self._dirty or self._groups:
            await asyncio.sleep(PAUSE)
            self._pass_token = Token()
            try:
                while self._stale:
                    await self._judge_some(self._pass_token)
                await self._show_what_follows(self._pass_token)
            except Cancelled:
                continue
        if self.state.ready:
            self.complete.set()
            self.state.graph.memo.clear()  # a change makes a new graph with a memory of its own
            if much:
                set_aside()

    async def _judge_some(self, token: Token) -> None:
        state = self.state
        first = [path for path in self.open if path in self._stale]
        rest = (path for path in self._stale if path not in self.open)
        chunk = [*first, *(path for path, _ in zip(rest, range(CHUNK), strict=False))]
        results = await self.host.workers.run(analysis.judge, state, chunk, token=token)
        if self.state is not state:
            return
        for path, result in results.items():
            self._groups |= self.findings.put(path, result)
            self._dirty.add(path)
        self._stale -= results.keys()

    async def _show_what_follows(self, token: Token) -> None:
        groups, self._groups = self._groups, set()
        if groups and self.state.ready:
            self._dirty |= self.findings.regroup(groups, self.state)
        paths, self._dirty = self._dirty, set()
        await self._show(paths, token=token)

    async def _show(self, paths: set[str], *, own: bool = False, token: Token | None = None) -> None:
        """Make the diagnostics of some files and hand them on where they differ.

        Args:
            paths: the files.
            own: whether the client changed them itself, and asks for them itself if it pulls.
            token: stops the work.
        """
        sheet = self.sheet(paths)
        try:
            pages = await self.host.workers.run(
                publish.render, sheet, paths, self.addresses(), self.host.client, token=token or Token()
            )
        except Cancelled:
            self._dirty |= paths
            raise
        if self.state is not sheet.state:
            self._dirty |= paths
            return
        if self.baseline is not sheet.baseline:
            self._dirty |= paths
            self._follow()
            return
        for path, page in pages.items():
            self._dirty |= self.baseline.put(path, page.prints) - pages.keys()
        left = {path: page.without_known(path, self.baseline) for path, page in pages.items()}
        changed = frozenset(path for path, page in left.items() if self.board.put(path, page))
        self.host.deliver(self, left, changed, own=own)

    def sheet(self, paths: Iterable[str]) -> Sheet:
        """What is needed to show some files."""
        return self.findings.sheet(self.state, paths, self.baseline)

    # -- loading ----------------------------------------------------------------------------------------------------------

    async def _loading(self, delay: float) -> None:
        await asyncio.sleep(delay)
        self._load_token = token = Token()
        self._since_load = {}
        progress = await self.host.progress(f"reading {self.path.name or self.path}", token)
        try:
            state = await self.host.workers.run(
                analysis.load,
                self.path,
                self.settings.policy,
                self.settings.options,
                self.texts(),
                self.state.snapshot.revision + 1,
                progress.report,
                token=token,
            )
            self._adopt = lambda _: state
            self._work()
            await self.settled()  # the end is told when what was read is there to be asked for
        except Cancelled:
            logger.warning("reading %s was cancelled: only open files are looked at", self.path)
            self._since_load = None
            self._loaded.set()
        except Exception:
            self._loaded.set()
            raise
        finally:
            progress.end()
