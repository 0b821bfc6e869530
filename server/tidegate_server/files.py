"""Files on disk: where a workspace begins, which files it has, and what is in them."""

from __future__ import annotations

import fnmatch
import logging
import os
import re
import stat as modes
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tidegate_analyzers.readers.packages import NAMES
from tidegate_analyzers.text import MAX_BYTES, Document, Undecodable, decode, digest

logger = logging.getLogger(__name__)

NEVER = frozenset(
    (
        ".git",
        ".hg",
        ".svn",
        "node_modules",
        ".venv",
        "venv",
        "site-packages",
        "__pycache__",
        ".tox",
        ".nox",
        ".mypy_cache",
        ".ruff_cache",
        ".pytest_cache",
        ".terraform",
        ".idea",
        ".vscode",
        "target",
        "logs",
        ".dbt",
        ".cache",
    )
)
"""Folders that are not looked into; only `target/manifest.json` is, for the adapter it names."""

_SUFFIXES = (".sql", ".yml", ".yaml", ".py", ".csv")
_PACKAGE_FOLDERS = ("dbt_packages", "dbt_modules")
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


@dataclass(slots=True)
class Walked:
    """What lies below a root.

    Attributes:
        files: the files that may say something, by path relative to the root.
        nested: folders with a configuration of their own; they are roots themselves and were not entered.
    """

    files: dict[str, Stat]
    nested: list[str]


def walk(root: Path, excluded: Callable[[str], bool] = lambda path: False) -> Walked:
    """Look for the files of a workspace.

    Links to folders are followed, but no folder is entered twice. `.gitignore` files are honoured, except for
    installed dbt packages, whose names the project's own files use.

    Args:
        root: where to begin.
        excluded: tells of a folder whether a root of its own is left out there.
    """
    found: dict[str, Stat] = {}
    nested: list[str] = []
    seen: set[tuple[int, int]] = set()
    stack: list[tuple[str, str, tuple[_Ignore, ...], bool]] = [(str(root), "", (), False)]
    while stack:
        folder, prefix, ignores, installed = stack.pop()
        try:
            stat = os.stat(folder)
            if (stat.st_dev, stat.st_ino) in seen and stat.st_ino:
                continue
            seen.add((stat.st_dev, stat.st_ino))
            with os.scandir(folder) as listing:
                entries = list(listing)
        except FileNotFoundError:
            continue  # it vanished
        except OSError as error:
            logger.warning("can't look into %s: %s", folder, error.strerror)
            continue
        names = {entry.name for entry in entries}
        if prefix and not installed and names.intersection(CONFIG_NAMES) and config_file(Path(folder)) is not None:
            if not excluded(prefix[:-1]):
                nested.append(prefix[:-1])
            continue
        if not installed and ".gitignore" in names:
            ignores = (*ignores, _Ignore.read(Path(folder, ".gitignore"), prefix))
        for entry in entries:
            name = entry.name
            path = f"{prefix}{name}"
            if not _is_text(name):
                logger.warning("%s is left out: its name is not UTF-8", ascii(entry.path))
                continue
            try:
                is_folder = entry.is_dir()
                if is_folder:
                    package_folder = name in _PACKAGE_FOLDERS
                    if name == "target":
                        _add(found, Path(entry.path, "manifest.json"), f"{path}/manifest.json")
                    if name not in NEVER and (installed or package_folder or not _ignored(ignores, path, folder=True)):
                        stack.append((entry.path, f"{path}/", ignores, installed or package_folder))
                elif (name.endswith(_SUFFIXES) or _may_name_packages(name)) and (
                    installed or not _ignored(ignores, path, folder=False)
                ):
                    stat = entry.stat()
                    if modes.S_ISREG(stat.st_mode):  # whoever opens a pipe waits for someone to write
                        found[path] = Stat(stat.st_mtime_ns, stat.st_size)
            except OSError:
                continue  # it vanished, or a link points nowhere
    return Walked(found, sorted(nested))


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _add(found: dict[str, Stat], file: Path, path: str) -> None:
    stat = stat_of(file)
    if stat is not None:
        found[path] = stat


def _may_name_packages(name: str) -> bool:
    return (
        name in NAMES
        or (name.endswith((".txt", ".in")) and ("requirements" in name or "constraints" in name))
        or "Dockerfile" in name
    )


def _ignored(ignores: tuple[_Ignore, ...], path: str, *, folder: bool) -> bool:
    verdict = False
    for ignore in ignores:
        answer = ignore.matches(path, folder=folder)
        if answer is not None:
            verdict = answer
    return verdict


class _Ignore:
    """The patterns of one `.gitignore` (https://git-scm.com/docs/gitignore)."""

    def __init__(self, lines: Iterable[str], prefix: str) -> None:
        self.prefix = prefix
        self.patterns: list[tuple[re.Pattern[str], bool, bool]] = []
        for line in lines:
            text = line.rstrip("\r\n")
            text = text if text.endswith("\\ ") else text.rstrip()
            if not text or text.startswith("#"):
                continue
            negated = text.startswith("!")
            text = text[1:] if negated else text.removeprefix("\\")
            only_folders = text.endswith("/")
            text = text.rstrip("/")
            anchored = "/" in text
            try:
                self.patterns.append(
                    (re.compile(_gitignore_regex(text.lstrip("/"), anchored=anchored)), negated, only_folders)
                )
            except re.error:
                continue

    @classmethod
    def read(cls, file: Path, prefix: str) -> _Ignore:
        content = read_file(file.parent, file.name)
        text = content.text if content is not None and isinstance(content.text, str) else ""
        return cls(text.splitlines(), prefix)

    def matches(self, path: str, *, folder: bool) -> bool | None:
        """Whether the last pattern that fits ignores the path; `None` where none fits."""
        if not path.startswith(self.prefix):
            return None
        inner = path[len(self.prefix) :]
        verdict: bool | None = None
        for pattern, negated, only_folders in self.patterns:
            if (folder or not only_folders) and pattern.fullmatch(inner):
                verdict = not negated
        return verdict


class Ignores:
    """Tells of single paths whether `walk` leaves them out."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._read: dict[str, _Ignore] = {}

    def ignored(self, path: str) -> bool:
        """Whether a file, or a folder above it, is left out."""
        *folders, name = path.split("/")
        if name == "manifest.json" and folders[-1:] == ["target"]:
            return False
        if any(folder in NEVER for folder in folders):
            return True
        if any(folder in _PACKAGE_FOLDERS for folder in folders):
            return False
        prefix = ""
        ignores: list[_Ignore] = []
        for depth, part in enumerate((*folders, name)):
            if prefix not in self._read:
                self._read[prefix] = _Ignore.read(self._root / prefix / ".gitignore", prefix)
            ignores.append(self._read[prefix])
            if _ignored(tuple(ignores), f"{prefix}{part}", folder=depth < len(folders)):
                return True
            prefix += f"{part}/"
        return False


def _gitignore_regex(pattern: str, *, anchored: bool) -> str:
    parts = []
    for part in re.split(r"(\*\*/|/\*\*|\*\*)", pattern):
        if part == "**/":
            parts.append("(?:.*/)?")
        elif part == "/**":
            parts.append("/.*")
        elif part == "**":
            parts.append(".*")
        else:
            piece = fnmatch.translate(part).removeprefix("(?s:").removesuffix(r")\Z").removesuffix(r")\z")
            parts.append(piece.replace(".*", "[^/]*").replace("(?>", "(?:"))
    return ("" if anchored else "(?:.*/)?") + "".join(parts)


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of a file: decoded, or why they can't be, and their content key."""

    text: str | Undecodable
    digest: bytes


def read_file(root: Path, path: str) -> Content | None:
    """The content of a file, or `None` if it can't be read any more, or is none."""
    try:
        with open(root / path, "rb", opener=_open_at_once) as file:
            if not modes.S_ISREG(os.fstat(file.fileno()).st_mode):
                return None
            data = file.read(MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, ValueError):
        return None
    except OSError as error:
        logger.warning("%s can't be read: %s", root / path, error.strerror)
        return None
    return Content(decode(data), digest(data))


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
