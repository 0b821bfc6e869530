"""What git knows of a folder, asked without changing anything: no hook runs, no index is written, no network is used."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

DEFAULT_BRANCHES = ("origin/main", "origin/master", "main", "master")
"""Where a change is merged into, if `origin/HEAD` does not say."""

PATIENCE = 30.0
"""Seconds after which git is not waited for."""

_QUIET = (
    "--no-optional-locks",
    "-c",
    "core.fsmonitor=false",
    "-c",
    f"core.hooksPath={os.devnull}",
    "-c",
    "protocol.allow=never",
    "-c",
    "core.quotePath=false",
)
_OURS = frozenset(("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_NAMESPACE"))
"""Variables by which a hook that runs us would say which repository is meant."""


class GitError(Exception):
    """Git can't tell; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Changed:
    """What differs between a commit and the working tree, by paths relative to the folder.

    Attributes:
        paths: the files that may differ, that came or that went.
        moved: today's path and that of the commit, of files that were moved.
    """

    paths: frozenset[str] = frozenset()
    moved: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Repository:
    """The repository that holds a folder.

    Attributes:
        program: git itself.
        folder: the folder.
        prefix: its path within the repository, with a slash at the end; empty for the top.
        git_folders: where the repository keeps what belongs to this working tree, and what all share.
    """

    program: str
    folder: Path
    prefix: str
    git_folders: tuple[Path, Path]

    def run(self, *arguments: str, given: bytes = b"") -> bytes:
        """What git prints.

        Raises:
            GitError: it failed.
        """
        return _run(self.program, self.folder, *arguments, given=given)

    def commit(self, name: str) -> str:
        """The id of a commit.

        Raises:
            GitError: there is no such commit.
        """
        if name.startswith("-"):
            raise GitError(f"'{name}' is no commit")
        try:
            return self.run("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}").decode().strip()
        except GitError as error:
            raise GitError(str(error) or f"'{name}' is no commit that is here; `git fetch` may bring it") from error

    def has_commits(self) -> bool:
        """Whether anything was committed yet."""
        try:
            return bool(self.commit("HEAD"))
        except GitError:
            return False

    def fork_point(self) -> tuple[str, str] | None:
        """Where this branch left the default branch, and the name of that; `None` if it can't be told."""
        names = []
        with contextlib.suppress(GitError):
            names.append(self.run("symbolic-ref", "--short", "refs/remotes/origin/HEAD").decode().strip())
        for name in (*names, *DEFAULT_BRANCHES):
            try:
                commit = self.commit(name)
                return self.run("merge-base", "HEAD", commit).decode().strip(), name
            except GitError:
                continue
        return None

    def changed(self, commit: str) -> Changed:
        """What differs from a commit. Files of which only the time is another are left out."""
        staged = self.run("diff-index", "--cached", "--raw", "-z", "-M", "--relative", "--ignore-submodules", commit)
        paths: set[str] = set()
        moved: dict[str, str] = {}
        for _, path, before in _raw(staged):
            paths.add(path)
            if before:
                paths.add(before)
                moved[path] = before
        for blob, path, _ in _raw(self.run("diff-files", "--raw", "-z", "--relative", "--ignore-submodules")):
            if path in paths or self._content_id(path, blob) != blob:
                paths.add(path)
        others = self.run("ls-files", "--others", "--exclude-standard", "-z")
        new = [path for path in map(_text, others.split(b"\0")) if path]
        moved.update(self._moved_aside(commit, paths, new))
        return Changed(frozenset((*paths, *new)), moved)

    def _content_id(self, path: str, like: str) -> str:
        """What git would call the content of a file; empty if it can't be read."""
        try:
            data = (self.folder / path).read_bytes()
        except OSError:
            return ""
        made = hashlib.new("sha256" if len(like) == 64 else "sha1", usedforsecurity=False)
        made.update(b"blob %d\0" % len(data) + data)
        return made.hexdigest()

    def _moved_aside(self, commit: str, paths: set[str], new: list[str]) -> dict[str, str]:
        """Files that were moved without telling git: the same content under another name, where one went."""
        gone = [path for path in paths if not (self.folder / path).exists()]
        if not gone or not new:
            return {}
        listed = self.run("ls-tree", "-r", "-z", commit, "--", *gone)
        blobs: dict[str, list[str]] = {}
        for entry in listed.split(b"\0"):
            head, _, name = entry.partition(b"\t")
            if name:
                blobs.setdefault(head.split()[2].decode(), []).append(_text(name))
        found = {}
        like = next(iter(blobs), "")
        for path in new if like else ():
            befores = blobs.get(self._content_id(path, like), [])
            if len(befores) == 1:
                found[path] = befores[0]
        return found

    def contents(self, commit: str, paths: Iterable[str]) -> Iterator[tuple[str, bytes | None]]:
        """The contents of files at a commit, `None` for those that were not there."""
        wanted = [path for path in paths if "\n" not in path]
        asked = "".join(f"{commit}:{self.prefix}{path}\n" for path in wanted)
        data = self.run("cat-file", "--batch", given=asked.encode("utf-8", "surrogateescape")) if wanted else b""
        at = 0
        for path in wanted:
            end = data.index(b"\n", at)
            head = data[at:end].split(b" ")
            at = end + 1
            if len(head) >= 3 and head[-2] == b"blob" and head[-1].isdigit():
                size = int(head[-1])
                yield path, data[at : at + size]
                at += size + 1
            else:
                if len(head) >= 3 and head[-2] in (b"tree", b"commit", b"tag") and head[-1].isdigit():
                    at += int(head[-1]) + 1
                yield path, None

    def pulse(self) -> tuple[object, ...]:
        """Changes when another commit is checked out or made; cheap enough to look at every other second."""
        own, common = self.git_folders
        try:
            head = (own / "HEAD").read_text("utf-8", "replace").strip()
        except OSError:
            return ()
        files = [own / "HEAD", common / "packed-refs", own / "reftable" / "tables.list"]
        if head.startswith("ref: ") and ".." not in head:
            files.append(common / head.removeprefix("ref: "))
        return (head, *map(_stamp, files))


def repository(folder: Path) -> Repository | None:
    """The repository of a folder; `None` where there is none, or no git.

    Raises:
        GitError: there is one that git does not want to look into.
    """
    program = shutil.which("git")
    if program is None or not any((parent / ".git").exists() for parent in (folder, *folder.parents)):
        return None
    try:
        told = _run(program, folder, "rev-parse", "--show-prefix", "--absolute-git-dir", "--git-common-dir")
    except GitError as error:
        if "not a git repository" in str(error) or "must be run in a work tree" in str(error):
            return None
        raise
    prefix, own, common = told.decode("utf-8", "surrogateescape").split("\n")[:3]
    return Repository(program, folder, prefix, (Path(own), (folder / common).resolve()))


def _run(program: str, folder: Path, *arguments: str, given: bytes = b"") -> bytes:
    kept = {name: value for name, value in os.environ.items() if name not in _OURS}
    kept |= {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0"}
    try:
        done = subprocess.run(
            [program, *_QUIET, *arguments],
            cwd=folder,
            env=kept,
            input=given,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GitError(f"git can't be run: {error}") from error
    if done.returncode != 0:
        told = done.stderr.decode("utf-8", "replace").strip()
        if "dubious ownership" in told:
            told = (
                f"{folder} belongs to somebody else, so git does not look into it; "
                f"`git config --global --add safe.directory {folder}` says that it may"
            )
        raise GitError(told)
    return done.stdout


def _raw(output: bytes) -> Iterator[tuple[str, str, str]]:
    """(id of the content before, path, path before if it was moved) of what `--raw -z` prints."""
    fields = iter(output.split(b"\0"))
    for head in fields:
        if not head.startswith(b":"):
            continue
        _, _, blob, _, status = head[1:].decode().split(" ")
        first = _text(next(fields))
        if status[0] in "RC":
            path = _text(next(fields))
            yield blob, path, first if status[0] == "R" else ""
        else:
            yield blob, first, ""


def _text(path: bytes) -> str:
    return path.decode("utf-8", "surrogateescape")


def _stamp(file: Path) -> tuple[int, int]:
    try:
        stat = file.stat()
    except OSError:
        return (0, -1)
    return (stat.st_mtime_ns, stat.st_size)
