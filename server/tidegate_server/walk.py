"""Which files a workspace has."""

from __future__ import annotations

import logging
import os
import posixpath
import re
import stat as modes
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tidegate_analyzers.layout.manifests import LEFT, is_packages_file
from tidegate_analyzers.layout.workspace import PROGRAMS
from tidegate_server.files import CONFIG_NAMES, Stat, config_file, read_file, stat_of
from tidegate_server.gitignore import Gitignore, ignored

logger = logging.getLogger(__name__)

NEVER = frozenset(("node_modules", "venv", "site-packages", "__pycache__", "target", "logs"))
"""Folders that are not looked into, but for what dbt leaves in `target`."""

PROJECT_FILES = ("dbt_project.yml", "dbt_project.yaml")
_TARGET = re.compile(r"^target-path:[ \t]*[\"']?(?P<path>[^\"'#{\r\n]+)", re.M)

HIDDEN = frozenset((".github", ".gitlab", ".devcontainer"))
"""Folders with a dot that are looked into, for owners and versions; in others tools keep what is theirs."""

_SUFFIXES = (".sql", ".hql", ".yml", ".yaml", ".py", ".csv", ".md", *(f".{ending}" for ending in PROGRAMS))
_PACKAGE_FOLDERS = ("dbt_packages", "dbt_modules")


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
    stack: list[tuple[str, str, tuple[Gitignore, ...], bool]] = [(str(root), "", (), False)]
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
            ignores = (*ignores, Gitignore.read(Path(folder, ".gitignore"), prefix))
        if not installed and not names.isdisjoint(PROJECT_FILES) and (target := target_of(folder)) != "target":
            _add_left(found, os.path.join(folder, target), f"{prefix}{target}")
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
                        _add_left(found, entry.path, path)
                    if _is_entered(name) and (installed or package_folder or not ignored(ignores, path, folder=True)):
                        stack.append((entry.path, f"{path}/", ignores, installed or package_folder))
                elif (name.endswith(_SUFFIXES) or is_packages_file(name)) and (
                    installed or not ignored(ignores, path, folder=False)
                ):
                    stat = entry.stat()
                    if modes.S_ISREG(stat.st_mode):  # whoever opens a pipe waits for someone to write
                        found[path] = Stat(stat.st_mtime_ns, stat.st_size)
            except OSError:
                continue  # it vanished, or a link points nowhere
    return Walked(found, sorted(nested))


def _is_entered(name: str) -> bool:
    return name not in NEVER and (not name.startswith(".") or name in HIDDEN)


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def target_of(folder: str) -> str:
    """The folder below that of a dbt project in which dbt leaves what it made."""
    for name in PROJECT_FILES:
        content = read_file(Path(folder), name)
        if content is not None and isinstance(content.text, str):
            named = _TARGET.search(content.text)
            target = posixpath.normpath(named["path"].strip()) if named is not None else "target"
            return target if not target.startswith(("..", "/")) else "target"
    return "target"


def _add_left(found: dict[str, Stat], folder: str, path: str) -> None:
    """The files that dbt left in a folder, as far as they are read."""
    for name in LEFT:
        stat = stat_of(Path(folder, name))
        if stat is not None:
            found[f"{path}/{name}"] = stat


class Ignores:
    """Tells of single paths whether `walk` leaves them out."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._read: dict[str, Gitignore] = {}

    def ignored(self, path: str) -> bool:
        """Whether a file, or a folder above it, is left out."""
        *folders, name = path.split("/")
        if name in LEFT and (folders[-1:] == ["target"] or self._is_left(folders)):
            return False
        if not all(map(_is_entered, folders)):
            return True
        if any(folder in _PACKAGE_FOLDERS for folder in folders):
            return False
        prefix = ""
        ignores: list[Gitignore] = []
        for depth, part in enumerate((*folders, name)):
            if prefix not in self._read:
                self._read[prefix] = Gitignore.read(self._root / prefix / ".gitignore", prefix)
            ignores.append(self._read[prefix])
            if ignored(tuple(ignores), f"{prefix}{part}", folder=depth < len(folders)):
                return True
            prefix += f"{part}/"
        return False

    def _is_left(self, folders: list[str]) -> bool:
        """Whether dbt leaves in a folder what it made for a project above."""
        for depth in range(len(folders)):
            above = os.path.join(self._root, *folders[:depth])
            if "/".join(folders[depth:]) == target_of(above):
                return True
        return False
