"""Facts of files from earlier runs: one SQLite row a file, in the user's cache folder; and what rules said of them.

A row is trusted while the file's time and size are as they were; else the file is read, and if its content and
role are the same the row still holds. Every row belongs to one build of the engine. The cache can be deleted at
any time; one that is damaged is made anew, one that can't be written is left alone and work goes on without it.
"""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import os
import sqlite3
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

import tidegate_analyzers
from tidegate_server.files import Stat

logger = logging.getLogger(__name__)

_TABLES = {
    "facts": "path text primary key, mtime integer, size integer, role text, digest blob, facts blob",
    "verdicts": "key blob primary key, at integer, verdicts blob",
}
_KEPT = 8
"""How many verdicts are kept of a workspace: one for each configuration it is checked with."""


@dataclass(frozen=True, slots=True)
class Row:
    """What is stored of one file; `facts` is empty until asked for, since all of them together are large."""

    stat: Stat
    role: str
    digest: bytes
    facts: bytes = b""


class Cache:
    """The rows of one workspace."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._connection: sqlite3.Connection | None = None
        if file is not None:
            self._open(file)

    def _open(self, file: Path, *, again: bool = False) -> None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(file, timeout=2, check_same_thread=False)
            self._connection.execute("pragma journal_mode = wal")
            self._connection.execute("pragma synchronous = off")
            version = engine_version()
            stored = self._connection.execute("pragma user_version").fetchone()[0]
            if stored != version:
                for table in _TABLES:
                    self._connection.execute(f"drop table if exists {table}")
                self._connection.execute(f"pragma user_version = {version}")
            for table, columns in _TABLES.items():
                self._connection.execute(f"create table if not exists {table} ({columns}) without rowid")
            self._connection.commit()
        except (sqlite3.Error, OSError) as error:
            self._give_up(error)
            if _is_damage(error) and not again:
                self._open(file, again=True)

    def load(self) -> dict[str, Row]:
        """Every row, by path, without its facts."""
        if self._connection is None:
            return {}
        try:
            rows = self._connection.execute("select path, mtime, size, role, digest from facts")
            return {path: Row(Stat(mtime, size), role, digest) for path, mtime, size, role, digest in rows}
        except sqlite3.Error as error:
            self._give_up(error)
            return {}

    def facts(self) -> Iterator[tuple[str, bytes]]:
        """The facts of every row, one after the other."""
        if self._connection is None:
            return
        try:
            yield from self._connection.execute("select path, facts from facts")
        except sqlite3.Error as error:
            self._give_up(error)

    def facts_of(self, path: str) -> bytes:
        """The facts of one row; empty if there is none."""
        found = self._value("select facts from facts where path = ?", path)
        return found if found is not None else b""

    def store(self, rows: Iterable[tuple[str, Row]], gone: Iterable[str] = ()) -> None:
        """Write some rows and drop others."""
        if self._connection is None:
            return
        try:
            with self._connection:
                self._connection.executemany(
                    "insert or replace into facts values (?, ?, ?, ?, ?, ?)",
                    ((path, row.stat.mtime_ns, row.stat.size, row.role, row.digest, row.facts) for path, row in rows),
                )
                self._connection.executemany("delete from facts where path = ?", ((path,) for path in gone))
        except sqlite3.Error as error:
            self._give_up(error)

    def verdicts(self, key: bytes) -> bytes | None:
        """What was stored under a key."""
        return self._value("select verdicts from verdicts where key = ?", key)

    def _value(self, query: str, key: str | bytes) -> bytes | None:
        """The only value of the row of a key, or `None` if there is no such row."""
        if self._connection is None:
            return None
        try:
            row = self._connection.execute(query, (key,)).fetchone()
        except sqlite3.Error as error:
            self._give_up(error)
            return None
        return row[0] if row is not None else None

    def store_verdicts(self, key: bytes, data: bytes) -> None:
        """Store something under a key, and drop what is oldest."""
        if self._connection is None:
            return
        try:
            with self._connection:
                self._connection.execute(
                    "insert or replace into verdicts values (?, (select coalesce(max(at), 0) + 1 from verdicts), ?)",
                    (key, data),
                )
                self._connection.execute(
                    "delete from verdicts where at <= (select max(at) from verdicts) - ?", (_KEPT,)
                )
        except sqlite3.Error as error:
            self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        """Go on without the file; one that is damaged is removed, since nothing in it can be trusted."""
        self.close()
        file = self._file
        if file is not None and _is_damage(error):
            _tell(file, f"the cache {file} was damaged and is made anew")
            for part in (file, *(file.with_name(file.name + end) for end in ("-wal", "-shm"))):
                with contextlib.suppress(OSError):
                    part.unlink(missing_ok=True)
        else:
            _tell(file, f"the cache {file} can't be used and is left alone: {error}")

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


_told: set[Path | None] = set()


def _is_damage(error: Exception) -> bool:
    """True for a file that is no database or a broken one; not for one that is locked or can't be written."""
    return isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError)


def _tell(file: Path | None, message: str) -> None:
    """Say what is wrong with a cache: once, however often it is opened."""
    if file not in _told:
        _told.add(file)
        logger.warning("%s", message)


def cache_file(root: Path) -> Path:
    """Where the cache of a workspace lies; `TIDEGATE_CACHE_DIR` says otherwise."""
    given = os.environ.get("TIDEGATE_CACHE_DIR")
    if given:
        folder = Path(given)
    elif sys.platform == "win32":
        folder = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "tidegate" / "Cache"
    elif sys.platform == "darwin":
        folder = Path.home() / "Library" / "Caches" / "tidegate"
    else:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tidegate"
    name = blake2b(str(root).encode("utf-8", "surrogateescape"), digest_size=10).hexdigest()
    return folder / f"{name}.sqlite"


@lru_cache(maxsize=1)
def engine_version() -> int:
    """A number that changes with the engine: its own files, the SQL parser's, and Python's version."""
    state = blake2b(repr(sys.version_info[:3]).encode(), digest_size=4)
    home = Path(tidegate_analyzers.__file__).parent
    for folder in (
        home,
        *sorted(path for path in home.rglob("*") if path.is_dir() and path.name not in ("__pycache__", "references")),
    ):
        with os.scandir(folder) as entries:
            for entry in sorted((e for e in entries if e.name.endswith((".py", ".txt"))), key=lambda e: e.path):
                stat = entry.stat()
                state.update(f"{entry.path}{stat.st_size}{stat.st_mtime_ns}".encode())
    for name in ("sqlglot", "sqlglotc"):
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin:
            state.update(f"{spec.origin}{os.stat(spec.origin).st_mtime_ns}".encode())
    return int.from_bytes(state.digest(), "big") & 0x7FFFFFFF
