"""A workspace from disk to graph: what the cache holds, what must be read, and the reading of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

import msgspec

from tidegate_analyzers.check import matches
from tidegate_analyzers.facts import FileRead, decode, encode
from tidegate_analyzers.graph.index import Graph
from tidegate_analyzers.layout import Layout, Options, make_layout, manifest_role
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.readers.dispatch import read
from tidegate_analyzers.text import Document
from tidegate_analyzers.workspace import Cancelled, Table, Token
from tidegate_server.cache import Cache, Row
from tidegate_server.files import Stat, read_file
from tidegate_server.pool import Pool
from tidegate_server.walk import walk
from tidegate_server.worker import read_content

POOL_MIN = 400
"""Below this many files to read, starting processes costs more than it saves."""

STORE_AT_ONCE = 2_000
"""How many rows are written to the cache together."""

NO_STAT = Stat(0, -1)
"""Stands for the time and size of a text that is not on disk."""

Progress = Callable[[int, int], None]
"""Told (files done, files in all)."""


@dataclass(slots=True)
class Loaded:
    """A workspace as it was found on disk.

    Attributes:
        root: its folder.
        reads: the facts of every file that has a role.
        layout: its layout.
        stats: time and size of every file.
        nested: folders below it that are roots of their own.
        fresh: how many files were read rather than taken from the cache.
        digests: role and digest of the content of every file that was read.
    """

    root: Path
    reads: dict[str, FileRead]
    layout: Layout
    stats: dict[str, Stat]
    nested: list[str] = field(default_factory=list)
    fresh: int = 0
    digests: dict[str, tuple[str, bytes]] = field(default_factory=dict)

    @property
    def identity(self) -> bytes:
        """Changes with everything that facts are made from: the files, their contents and their roles."""
        state = blake2b(digest_size=16)
        for path in sorted(self.reads):
            role, digest = self.digests[path]
            state.update(f"{path}\0{role}\0".encode("utf-8", "surrogateescape") + digest)
        return state.digest()

    def graph(self) -> Graph:
        """The graph of the workspace."""
        return Graph(Table.of(self.reads), self.layout)


@dataclass(slots=True)
class Loader:
    """Loads a workspace.

    Attributes:
        root: its folder.
        options: the configuration that decides how files are read.
        cache: facts of earlier runs.
        jobs: how many processes read at most; 0 for as many as there are processors.
        progress: told how far it is.
        token: stops the work.
        overlay: texts that stand for those on disk, because they are open in an editor.
    """

    root: Path
    options: Options
    cache: Cache
    jobs: int = 0
    progress: Progress | None = None
    token: Token = field(default_factory=Token)
    overlay: Mapping[str, Document] = field(default_factory=dict)
    _digests: dict[str, tuple[str, bytes]] = field(default_factory=dict)

    def load(self) -> Loaded:
        """The workspace as it is on disk.

        Raises:
            Cancelled: the token was set.
        """
        rows = self.cache.load()
        pool = Pool(self._workers()) if not rows and self._workers() > 1 and _is_large(self.root) else None
        try:
            return self._load(rows, pool)
        except Cancelled:
            if pool is not None:
                pool.kill()
                pool = None
            raise
        finally:
            if pool is not None:
                pool.close()

    def _load(self, rows: dict[str, Row], pool: Pool | None) -> Loaded:
        walked = walk(self.root, self._excluded)
        stats = {**walked.files, **dict.fromkeys(self.overlay, NO_STAT)}
        reads: dict[str, FileRead] = {}
        store: list[tuple[str, Row]] = []
        for path in stats:
            if (role := manifest_role(path)) is not None:
                self._here(path, role, stats[path], rows.get(path), reads, store)
        layout = make_layout(reads, self.options)
        todo: list[tuple[str, Role]] = []
        stored: dict[str, tuple[Role, Row]] = {}
        for path, stat in stats.items():
            if path in reads:
                continue
            role = layout.role(path)
            if role is None:
                continue
            row = rows.get(path)
            if path in self.overlay:
                reads[path] = read(self.overlay[path], role)
            elif role.kind == "dbt_catalog":  # in this process, which has a log
                self._here(path, role, stat, row, reads, store)
            elif row is not None and row.role == role.key and row.stat == stat:
                stored[path] = (role, row)
            else:
                todo.append((path, role))
        if stored:
            for path, facts in self.cache.facts():
                if path in stored and self._take(path, stored[path][1], facts, reads):
                    del stored[path]
            todo += [(path, role) for path, (role, _) in stored.items()]
        fresh = len(todo) + len(store)
        if len(todo) >= POOL_MIN and self._workers() > 1:
            own = pool or Pool(self._workers())
            try:
                self._in_pool(own, todo, reads, store)
            finally:
                if own is not pool:
                    own.close()
            todo = [(path, role) for path, role in todo if path not in reads]
        for done, (path, role) in enumerate(todo):
            self.token.check()
            self._here(path, role, stats[path], rows.get(path), reads, store)
            if self.progress is not None and done % 20 == 0:
                self.progress(done, len(todo))
        gone = [path for path in rows if path not in reads]
        if store or gone:
            self.cache.store(store, gone)
        return Loaded(self.root, reads, layout, walked.files, walked.nested, fresh, self._digests)

    def _excluded(self, folder: str) -> bool:
        return any(matches(pattern, folder) for pattern in self.options.ignored)

    def _take(self, path: str, row: Row, facts: bytes, reads: dict[str, FileRead]) -> bool:
        """Take a file's facts from the cache, unless they can't be read."""
        try:
            reads[path] = decode(facts)
        except (msgspec.DecodeError, TypeError):  # whatever the file of the cache holds
            return False
        self._digests[path] = (row.role, row.digest)
        return True

    def _workers(self) -> int:
        return self.jobs or os.cpu_count() or 1

    def _here(
        self,
        path: str,
        role: Role,
        stat: Stat,
        row: Row | None,
        reads: dict[str, FileRead],
        store: list[tuple[str, Row]],
    ) -> None:
        """Read one file in this process, or take it from the cache if its content is what it was."""
        if path in self.overlay:
            reads[path] = read(self.overlay[path], role)
            return
        if row is not None and row.role != role.key:
            row = None
        if row is not None and row.stat == stat and self._take(path, row, self.cache.facts_of(path), reads):
            return
        content = read_file(self.root, path)
        if content is None:
            return
        if row is not None and row.digest == content.digest:
            known = self.cache.facts_of(path)
            if self._take(path, row, known, reads):
                store.append((path, Row(stat, row.role, row.digest, known)))
                return
        self._digests[path] = (role.key, content.digest)
        facts = read_content(path, content, role)
        reads[path] = facts
        store.append((path, Row(stat, role.key, content.digest, encode(facts))))

    def _in_pool(
        self, pool: Pool, todo: list[tuple[str, Role]], reads: dict[str, FileRead], store: list[tuple[str, Row]]
    ) -> None:
        roles = dict(todo)
        done = 0
        for batch in pool.read(self.root, todo, self.token):
            for path, mtime, size, content, facts in batch:
                reads[path] = decode(facts)
                self._digests[path] = (roles[path].key, content)
                store.append((path, Row(Stat(mtime, size), roles[path].key, content, facts)))
            done += len(batch)
            if len(store) >= STORE_AT_ONCE:  # while the processes are busy
                self.cache.store(store)
                store.clear()
            if self.progress is not None:
                self.progress(done, len(todo))


def _is_large(root: Path) -> bool:
    """A first guess, made before the files are known, at whether a pool will be wanted."""
    seen = 0
    stack = [root]
    while stack and seen < POOL_MIN:
        try:
            with os.scandir(stack.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                        stack.append(Path(entry.path))
                    elif entry.name.endswith((".sql", ".yml", ".yaml", ".py")):
                        seen += 1
        except OSError:
            continue
    return seen >= POOL_MIN
