"""The state of the server: its workspaces and what is open in the editor. Changed on the event loop alone."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from pathlib import Path

from tidegate_analyzers.check import FileResult, Policy, Shown, Totals, rolled_up, run_rules, shown_in
from tidegate_analyzers.facts import FileFacts, FileRead
from tidegate_analyzers.graph.index import Graph, View
from tidegate_analyzers.layout import Layout, Options, make_layout
from tidegate_analyzers.readers.dispatch import read, unreadable
from tidegate_analyzers.text import Document, Undecodable
from tidegate_analyzers.workspace import Snapshot, Table, Token
from tidegate_server.files import read_document, read_file

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Open:
    """A document in the editor."""

    uri: str
    version: int
    language: str
    document: Document


@dataclass(frozen=True, eq=False)
class State:
    """A workspace at one moment, with what the rules said of it.

    Attributes:
        snapshot: its files.
        graph: its graph.
        results: what the rules said, by path; only files of which something was said, or asked.
        dependants: by key of the graph, the paths whose results rest on it.
        policy: the configuration in force.
        ready: whether the whole workspace was read.
    """

    snapshot: Snapshot
    graph: Graph
    policy: Policy
    ready: bool = False


@dataclass(frozen=True, slots=True)
class Update:
    """What a change comes to.

    Attributes:
        state: the next state.
        read: the paths that were read again.
        affected: further paths whose findings may have changed.
        relayout: whether projects or versions changed, so that everything has to be looked at again.
    """

    state: State
    read: frozenset[str]
    affected: frozenset[str]
    relayout: bool = False


@dataclass(slots=True)
class Findings:
    """What the rules said of every file, kept until something it rests on changes."""

    results: dict[str, FileResult] = field(default_factory=dict)
    totals: Totals = field(default_factory=Totals)
    _users: dict[str, set[str]] = field(default_factory=dict)

    def put(self, path: str, result: FileResult) -> set[tuple[str, str]]:
        """Keep a file's result; returns the groups whose sums changed."""
        old = self.results.get(path)
        groups: set[tuple[str, str]] = set()
        if old is not None:
            groups |= self.totals.add(old, -1)
            for key in old.keys - result.keys:
                self._users.get(key, set()).discard(path)
        for key in result.keys if old is None else result.keys - old.keys:
            self._users.setdefault(key, set()).add(path)
        groups |= self.totals.add(result)
        self.results[path] = result
        return groups

    def drop(self, path: str) -> set[tuple[str, str]]:
        """Forget a file."""
        old = self.results.pop(path, None)
        if old is None:
            return set()
        for key in old.keys:
            self._users.get(key, set()).discard(path)
        return self.totals.add(old, -1)

    def users_of(self, keys: set[str]) -> set[str]:
        """The files whose results rest on some keys."""
        found: set[str] = set()
        for key in keys:
            found |= self._users.get(key, set())
        return found

    def clear(self) -> None:
        """Forget everything."""
        self.results.clear()
        self.totals = Totals()
        self._users.clear()


class Root:
    """One workspace folder.

    Args:
        path: the folder.
        uri: its address as the client writes it.
        policy, options: the configuration.
    """

    def __init__(self, path: Path, policy: Policy, options: Options) -> None:
        self.path = path
        self.open: dict[str, Open] = {}
        self.state = State(Snapshot(Table(), Layout(options=options), self.document), Graph.build(Table(), Layout(options=options)), policy)
        self.findings = Findings()
        self.options = options
        self.baseline = ".tidegate-baseline.json"

    def document(self, path: str) -> Document | None:
        """The text of a file: as it is in the editor, else on disk."""
        opened = self.open.get(path)
        return opened.document if opened is not None else read_document(self.path, path)

    @property
    def open_paths(self) -> frozenset[str]:
        """The paths that are open."""
        return frozenset(self.open)

    # -- changes, computed beside the event loop ------------------------------------------------------------------------

    def updated(self, state: State, changes: dict[str, Document | None], token: Token) -> Update:
        """The state after some files changed.

        Args:
            state: the state before.
            changes: the new text of files that are open, and `None` for files to be read from disk.
            token: stops the work.
        """
        files, layout = state.snapshot.files, state.snapshot.layout
        reads: dict[str, FileRead | None] = {}
        for path, document in changes.items():
            token.check()
            reads[path] = self._read(path, document, layout, files.get(path))
        old_reads = {path: files.get(path) for path in reads}
        next_files = files.updated(reads)
        relayout = any(_shapes_layout(old_reads[path], new) for path, new in reads.items())
        if relayout:
            manifests = {path: item for path, item in next_files.items() if item.facts.project is not None or item.facts.packages or item.facts.role == "packages"}
            layout = make_layout(manifests, layout.options)
        pairs: dict[str, tuple[FileFacts | None, FileFacts | None]] = {}
        for path, new in reads.items():
            before, after = _facts(old_reads[path]), _facts(new)
            if before != after:
                pairs[path] = (before, after)
        if relayout:
            graph, touched = Graph.build(next_files, layout), set[str]()
        elif pairs:
            graph, touched = state.graph.replaced(next_files, pairs)
        else:
            graph, touched = replace(state.graph, files=next_files), set()
        snapshot = Snapshot(next_files, layout, self.document, self.open_paths, state.snapshot.revision + 1)
        affected = self.findings.users_of(touched) - set(reads)
        return Update(replace(state, snapshot=snapshot, graph=graph), frozenset(reads), frozenset(affected), relayout)

    def _read(self, path: str, document: Document | None, layout: Layout, old: FileRead | None) -> FileRead | None:
        """The facts of a changed file. Where its text is broken, what it said of other things before still counts."""
        role = layout.role(path)
        if role is None:
            return None
        if document is None:
            content = read_file(self.path, path)
            if content is None:
                return None
            if isinstance(content.text, Undecodable):
                return unreadable(role.kind, content.text.reason)
            document = Document(path, content.text)
        return _with_last_good(read(document, role), old)

    # -- findings -----------------------------------------------------------------------------------------------------

    def judged(self, state: State, path: str) -> FileResult:
        """What the rules say of a file; before the workspace is read, only what needs no other file."""
        if not state.ready:
            result = run_rules(state.graph, path, replace(state.policy, _rules={}))
            alone = tuple(finding for finding in result.findings if finding.code in ("TG002", "TG107"))
            return FileResult(alone)
        return run_rules(state.graph, path, state.policy, record=True)

    def shown(self, state: State, path: str) -> list[Shown]:
        """The findings of a file as they are shown, those of its project's that roll up here included."""
        item = state.snapshot.files.get(path)
        result = self.findings.results.get(path)
        if item is None:
            return []
        found = shown_in(item, path, result or FileResult(), self.findings.totals, state.policy, is_open=path in self.open)
        return sorted(found, key=lambda shown: (item.span(shown.finding.site), shown.finding.code))

    def rolled(self, state: State) -> dict[str, list[Shown]]:
        """The findings that speak for whole projects, by path."""
        by_path: dict[str, list[Shown]] = {}
        for path, shown in rolled_up(state.graph, self.findings.results, self.findings.totals, state.policy):
            by_path.setdefault(path, []).append(shown)
        return by_path

    def view(self, state: State) -> View:
        """A view of the graph."""
        return View(state.graph)


def _facts(item: FileRead | None) -> FileFacts | None:
    return item.facts if item is not None else None


def _shapes_layout(old: FileRead | None, new: FileRead | None) -> bool:
    """Whether a change touches projects, versions or owners."""

    def shape(item: FileRead | None) -> object:
        facts = _facts(item)
        if facts is None or (facts.project is None and facts.role != "packages"):
            return None
        return (facts.project, facts.packages, facts.settings)

    return shape(old) != shape(new)


def _with_last_good(new: FileRead, old: FileRead | None) -> FileRead:
    """Keep a project file's last good facts while it is broken, so that one half-typed line does not unmake a project."""
    broken = any(problem.code == "TG002" for problem in new.facts.problems)
    if not broken or old is None or old.facts.project is None or (new.facts.project is not None and new.facts.project.name):
        return new
    kept = replace_facts(new.facts, project=old.facts.project)
    return FileRead(kept, new.spans)


def replace_facts(facts: FileFacts, **changes: object) -> FileFacts:
    """Facts with some fields changed."""
    values = {name: getattr(facts, name) for name in facts.__struct_fields__}
    values.update(changes)
    return FileFacts(**values)
