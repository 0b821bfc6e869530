"""Files on disk: where a workspace begins, and what is in its files."""

from __future__ import annotations

import logging
import os
import re
import stat as modes
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tidegate_analyzers.layout.manifests import LEFT
from tidegate_analyzers.text import MAX_BYTES, MAX_LEFT_BYTES, Document, Undecodable, decode, digest

logger = logging.getLogger(__name__)

CONFIG_NAMES = ("tidegate.toml", "pyproject.toml")


@dataclass(frozen=True, slots=True)
class Stat:
    """What tells that a file has changed without reading it."""

    mtime_ns: int
    size: int


def stat_of(file: Path) -> Stat | None:
    """Time and size of a file, or `None` if there is none."""
    try:
        stat = file.stat()
    except OSError:
        return None
    return Stat(stat.st_mtime_ns, stat.st_size) if modes.S_ISREG(stat.st_mode) else None


def find_root(start: Path) -> Path:
    """The root of the workspace that holds `start`.

    It is the nearest folder upwards with a configuration, else with version control, else the folder given; for a
    file, the current folder if that holds it.
    """
    folder = start if start.is_dir() else start.parent
    folder = folder.resolve()
    for candidate in (folder, *folder.parents):
        if config_file(candidate) is not None:
            return candidate
    for candidate in (folder, *folder.parents):
        if is_versioned(candidate):
            return candidate
    here = Path.cwd()
    return here if not start.is_dir() and here in folder.parents else folder


def is_versioned(folder: Path) -> bool:
    """Whether a folder is the root of a repository."""
    return any((folder / name).exists() for name in (".git", ".hg", ".svn"))


def config_file(folder: Path) -> Path | None:
    """The configuration file of a folder, if it has one."""
    own = folder / "tidegate.toml"
    if own.is_file():
        return own
    project = folder / "pyproject.toml"
    content = read_file(folder, project.name)
    if content is None or isinstance(content.text, Undecodable) or "tidegate" not in content.text:
        return None
    try:
        tools = tomllib.loads(content.text).get("tool")
        return project if isinstance(tools, dict) and "tidegate" in tools else None
    except (tomllib.TOMLDecodeError, RecursionError):
        return project if re.search(r"^\s*\[tool\.tidegate", content.text, re.M) else None


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of a file: decoded, or why they can't be, their content key, and the file's time and size before."""

    text: str | Undecodable
    digest: bytes
    stat: Stat


def read_file(root: Path, path: str) -> Content | None:
    """The content of a file, or `None` if it can't be read any more, or is none."""
    most = MAX_LEFT_BYTES if path.endswith(LEFT) else MAX_BYTES
    try:
        with open(os.path.join(root, path), "rb", buffering=0, opener=_open_at_once) as file:
            stat = os.fstat(file.fileno())
            if not modes.S_ISREG(stat.st_mode):
                return None
            data = file.read(min(stat.st_size, most) + 1)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, ValueError):
        return None
    except OSError as error:
        logger.warning("%s can't be read: %s", root / path, error.strerror)
        return None
    return Content(decode(data, most), digest(data), Stat(stat.st_mtime_ns, stat.st_size))


def _open_at_once(path: str, flags: int) -> int:
    """Open a file without waiting, should it turn out to be a pipe."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def read_document(root: Path, path: str) -> Document | None:
    """The document at a path, or `None` if there is none that is text."""
    content = read_file(root, path)
    if content is None or isinstance(content.text, Undecodable):
        return None
    return Document(path, content.text)


def relative_to(root: Path, file: Path) -> str | None:
    """A file's path relative to the root, or `None` if it lies elsewhere."""
    try:
        return file.resolve().relative_to(root).as_posix()
    except (ValueError, OSError):
        pass
    try:
        return Path(os.path.abspath(file)).relative_to(root).as_posix()
    except ValueError:
        return None


def expand(root: Path, given: Iterable[Path], known: Iterable[str]) -> Iterator[str]:
    """The known paths that some files and folders on the command line stand for."""
    wanted = []
    for item in given:
        inner = relative_to(root, item)
        if inner is not None:
            wanted.append("" if inner == "." else inner)
    for path in known:
        if any(folder == "" or path == folder or path.startswith(f"{folder}/") for folder in wanted):
            yield path
