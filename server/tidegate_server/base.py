"""The workspace as it was at a commit: only what differs is read again, the rest is shared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from tidegate_analyzers.facts import FileRead
from tidegate_analyzers.graph.base import Base, base_of
from tidegate_analyzers.graph.index import Graph
from tidegate_analyzers.text import MAX_BYTES, decode, digest
from tidegate_server.files import Content, Stat
from tidegate_server.git import Changed, GitError, Repository, repository

NO_STAT = Stat(0, -1)


class NoBase(Exception):
    """What was asked to be compared with can't be had; the message says why."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A base, and what there is to say about it.

    Attributes:
        base: how the workspace was.
        commit: the commit's id.
        identity: changes with everything that makes the base another than the workspace; empty where nothing does.
        repository, pulse: the repository, and its `pulse` before it was asked.
    """

    base: Base
    commit: str
    identity: bytes
    repository: Repository
    pulse: tuple[object, ...]


def last_commit(root: Path, graph: Graph, opened: Iterable[str] = ()) -> Compared | None:
    """The workspace as it was committed last; `None` where nothing was.

    Args:
        root: its folder.
        graph: the workspace as it is.
        opened: files whose text may differ from that on disk.

    Raises:
        NoBase: git does not tell.
    """
    return _compared(root, graph, "HEAD", frozenset(opened))


def against(root: Path, graph: Graph, reference: str, opened: Iterable[str] = ()) -> Compared:
    """The workspace as it was at a commit that the user names; the rest as for `last_commit`.

    Raises:
        NoBase: there is no such commit, or no repository.
    """
    found = _compared(root, graph, reference, frozenset(opened))
    if found is None:
        raise NoBase(f"{root} is in no git repository with a commit: there is nothing to compare with")
    return found


def before_branch(root: Path, graph: Graph) -> tuple[Compared, str]:
    """The workspace as it was where this branch left the default branch, else as it was committed last, and which.

    Raises:
        NoBase: there is no repository, or nothing was committed.
    """
    place = _repository(root)
    fork = place.fork_point() if place is not None and place.has_commits() else None
    if fork is None:
        return against(root, graph, "HEAD"), ""
    return against(root, graph, fork[0]), fork[1]


def _repository(root: Path) -> Repository | None:
    try:
        return repository(root)
    except GitError as error:
        raise NoBase(str(error)) from error


def _compared(root: Path, graph: Graph, reference: str, opened: frozenset[str]) -> Compared | None:
    place = _repository(root)
    if place is None or (reference == "HEAD" and not place.has_commits()):
        return None
    pulse = place.pulse()
    try:
        commit = place.commit(reference)
        changed = place.changed(commit)
        then = _read(place, commit, graph, changed, opened)
    except GitError as error:
        raise NoBase(str(error)) from error
    moved = {now: before for now, before in changed.moved.items() if now in graph.files}
    base = base_of(graph, then, moved, reference)
    state = blake2b(commit.encode(), digest_size=16)
    state.update("\0".join(sorted(then)).encode("utf-8", "surrogateescape"))
    return Compared(base, commit, state.digest() if base.touched else b"", place, pulse)


def _read(
    place: Repository, commit: str, graph: Graph, changed: Changed, opened: frozenset[str]
) -> Mapping[str, FileRead | None]:
    """What the files that differ said at a commit."""
    from tidegate_server.worker import read_content

    roles = {}
    for path in sorted(changed.paths | opened):
        role = graph.layout.role(path) if _is_text(path) else None
        # What dbt left of its last run belongs to no commit.
        if role is not None and role.kind != "dbt_catalog" and not _is_installed(graph, path):
            roles[path] = role
    found: dict[str, FileRead | None] = {}
    for path, data in place.contents(commit, roles):
        if data is None:
            found[path] = None
        else:
            content = Content(decode(data[: MAX_BYTES + 1]), digest(data), NO_STAT)
            found[path] = read_content(path, content, roles[path])
    return found


def _is_installed(graph: Graph, path: str) -> bool:
    """Whether a file belongs to an installed package, which git does not know as a rule."""
    project = graph.layout.project_of(path)
    return project is not None and project.installed


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
