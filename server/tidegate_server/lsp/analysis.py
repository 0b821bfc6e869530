"""What is computed beside the event loop: pure functions from one state of a workspace to the next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from tidegate_analyzers.check import FileResult, Policy, run_rules
from tidegate_analyzers.facts import FileFacts, FileRead
from tidegate_analyzers.graph.base import Base
from tidegate_analyzers.graph.index import Graph
from tidegate_analyzers.layout import Layout, Options
from tidegate_analyzers.readers.dispatch import read, unreadable
from tidegate_analyzers.text import Document, Undecodable
from tidegate_analyzers.workspace import Snapshot, Table, Token
from tidegate_server.base import Compared, NoBase, last_commit
from tidegate_server.cache import Cache, cache_file
from tidegate_server.files import Stat, read_document, read_file
from tidegate_server.index import Loader, Progress
from tidegate_server.walk import walk

ALONE = ("TG002", "TG107")
"""The rules that need no other file; they speak before the workspace is read."""


@dataclass(frozen=True)
class State:
    """A workspace at one moment.

    Attributes:
        snapshot, graph: its files and what they come to.
        policy: the configuration in force.
        ready: whether the whole workspace was read.
        nested: folders below it that are roots of their own.
        stats: time and size of every file when it was looked for last.
        then: the last commit and how the workspace was then, where there is one.
        no_then: why git does not tell of one.
    """

    snapshot: Snapshot
    graph: Graph
    policy: Policy
    ready: bool = False
    nested: tuple[str, ...] = ()
    stats: Mapping[str, Stat] = field(default_factory=dict)
    then: Compared | None = None
    no_then: str = ""

    @property
    def base(self) -> Base | None:
        """How the workspace was when it was committed last."""
        return self.then.base if self.then is not None else None


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of a workspace: as they are in the editor, else on disk."""

    root: Path
    opened: Mapping[str, Document]

    def __call__(self, path: str) -> Document | None:
        """The text of a file, or `None` if there is none that can be read."""
        return self.opened.get(path) or read_document(self.root, path)


@dataclass(frozen=True, slots=True)
class Update:
    """What a change comes to.

    Attributes:
        state: the next state.
        results: what the rules say of the changed files.
        touched: the keys of the graph whose answers may differ.
        moved: the files that were read again.
        relayout: whether projects, versions or owners changed, so that everything has to be read again.
    """

    state: State
    results: dict[str, FileResult]
    touched: set[str]
    moved: frozenset[str]
    relayout: bool = False


def empty(root: Path, policy: Policy, options: Options) -> State:
    """The state before anything is read."""
    layout = Layout(options=options)
    files: Table[FileRead] = Table()
    return State(Snapshot(files, layout, Texts(root, {})), Graph(files, layout), policy)


def load(
    root: Path,
    policy: Policy,
    options: Options,
    opened: Mapping[str, Document],
    revision: int,
    progress: Progress | None,
    token: Token,
) -> State:
    """The state of a workspace as it is on disk and in the editor.

    Raises:
        Cancelled: the token was set.
    """
    cache = Cache(cache_file(root))
    try:
        loaded = Loader(root, options, cache, progress=progress, token=token, overlay=opened).load()
    finally:
        cache.close()
    graph = loaded.graph()
    snapshot = Snapshot(graph.files, loaded.layout, Texts(root, opened), frozenset(opened), revision)
    state = State(snapshot, graph, policy, ready=True, nested=tuple(loaded.nested), stats=loaded.stats)
    then, why = compared(root, state, token)
    return replace(state, then=then, no_then=why)


def compared(root: Path, state: State, token: Token) -> tuple[Compared | None, str]:
    """The last commit and how the workspace was then, or why git does not tell.

    Raises:
        Cancelled: the token was set.
    """
    token.check()
    try:
        return last_commit(root, state.graph, state.snapshot.open), ""
    except NoBase as error:
        return None, str(error)


def update(
    root: Path,
    state: State,
    changes: Mapping[str, Document | None],
    opened: Mapping[str, Document],
    whole: bool,
    token: Token,
) -> Update:
    """The state after some files changed, with what the rules say of those that are open.

    Args:
        root: the folder of the workspace.
        state: the state before.
        changes: the new text of files that are open, and `None` for files to be read from disk.
        opened: every open text.
        whole: whether files that are not open count.
        token: stops the work.
    """
    files, layout = state.snapshot.files, state.snapshot.layout
    reads: dict[str, FileRead | None] = {}
    for path, document in changes.items():
        token.check()
        here = document is not None or (whole and not in_other_root(path, state))
        reads[path] = _read(root, path, document, layout, files.get(path)) if here else None
    next_files = files.updated(reads)
    pairs: dict[str, tuple[FileFacts | None, FileFacts | None]] = {}
    relayout = False
    for path, new in reads.items():
        old = files.get(path)
        before, after = (old.facts if old is not None else None), (new.facts if new is not None else None)
        if before != after:
            pairs[path] = (before, after)
            relayout = relayout or _shape(before) != _shape(after)
    if pairs:
        graph, touched = state.graph.replaced(next_files, pairs)
    else:
        graph, touched = replace(state.graph, files=next_files), set()
    snapshot = Snapshot(next_files, layout, Texts(root, opened), frozenset(opened), state.snapshot.revision + 1)
    then = replace(state.then, base=state.then.base.after(touched)) if state.then is not None else None
    after_ = replace(state, snapshot=snapshot, graph=graph, then=then)
    return Update(after_, judge(after_, reads, token), touched, frozenset(reads), relayout)


def in_other_root(path: str, state: State) -> bool:
    """Whether a file belongs to a root below this one."""
    return any(path.startswith(f"{folder}/") for folder in state.nested)


def look_again(root: Path, stats: Mapping[str, Stat], token: Token) -> tuple[list[str], dict[str, Stat]]:
    """The files that came, went or changed on disk since they were looked for last, and how they are now."""
    found = walk(root).files
    token.check()
    return [path for path in stats.keys() | found.keys() if stats.get(path) != found.get(path)], found


def judge(state: State, paths: Iterable[str], token: Token) -> dict[str, FileResult]:
    """What the rules say of some files; before the workspace is read, only what needs no other file.

    Raises:
        Cancelled: the token was set.
    """
    found: dict[str, FileResult] = {}
    for path in paths:
        token.check()
        result = run_rules(state.graph, path, state.policy, record=True, base=state.base)
        found[path] = result if state.ready else FileResult(tuple(f for f in result.findings if f.code in ALONE))
    return found


def _read(root: Path, path: str, document: Document | None, layout: Layout, old: FileRead | None) -> FileRead | None:
    """The facts of a changed file, `None` if it is gone or says nothing."""
    role = layout.role(path)
    if role is None:
        return None
    if document is None:
        content = read_file(root, path)
        if content is None:
            return None
        if isinstance(content.text, Undecodable):
            return unreadable(role.kind, content.text.reason)
        document = Document(path, content.text)
    return _with_last_good(read(document, role), old)


def _with_last_good(new: FileRead, old: FileRead | None) -> FileRead:
    """A project file keeps what it said last while it is broken: one half-typed line must not unmake a project."""
    broken = any(problem.code == "TG002" for problem in new.facts.problems)
    if not broken or old is None or old.facts.project is None:
        return new
    values = {name: getattr(new.facts, name) for name in new.facts.__struct_fields__}
    return FileRead(FileFacts(**{**values, "project": old.facts.project}), new.spans)


def _shape(facts: FileFacts | None) -> object:
    """What a file says of projects, versions and owners."""
    if facts is None or (facts.project is None and facts.role != "packages"):
        return None
    return (facts.project, facts.packages, facts.settings)
