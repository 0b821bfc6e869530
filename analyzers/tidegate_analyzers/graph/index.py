"""The index under the graph: for every key, the places in the workspace that speak of it.

A file posts keys for what it declares and what it uses. Replacing a file changes the keys it posted before and
those it posts now, and nothing else; `View` notes the keys that a question looks at, so that after a change
just the questions are asked again whose keys were touched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from sys import intern
from typing import Any, TypeVar

from tidegate_analyzers.facts import FileFacts, FileRead, SqlText, Write
from tidegate_analyzers.graph.postings import Posting, postings
from tidegate_analyzers.layout import Layout
from tidegate_analyzers.workspace import Table

T = TypeVar("T")


MAX_PENDING = 80
"""How many questions may lead to one another at once, as columns do through stars."""


class _TooDeepError(Exception):
    """A question that has to be asked by itself, before those that led to it."""

    def __init__(self, key: Any, compute: Callable[[], Any]) -> None:
        super().__init__(key)
        self.key = key
        self.compute = compute


@dataclass(frozen=True, eq=False)
class Graph:
    """Files, layout and index at one moment."""

    files: Table[FileRead]
    layout: Layout
    _index: Table[tuple[Posting, ...]] | None = None
    memo: dict[Any, tuple[Any, tuple[str, ...]]] = field(default_factory=dict)
    """Answers with the keys they rest on, for views that note keys."""
    answers: dict[Any, Any] = field(default_factory=dict)
    """Answers for views that don't."""
    _names: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def names(self, kind: str) -> tuple[str, ...]:
        """Every name that a kind of key is posted with, in order; handed on from graph to graph with what changed."""
        found = self._names.get(kind)
        if found is None:
            prefix = f"{kind}:"
            found = tuple(sorted(key[len(prefix) :] for key in self.index if key.startswith(prefix)))
            self._names[kind] = found
        return found

    @cached_property
    def index(self) -> Table[tuple[Posting, ...]]:
        """The places that speak of each key; made when the first is looked up."""
        if self._index is not None:
            return self._index
        index: dict[str, list[Posting]] = {}
        for path, read in self.files.items():
            for key, posting in postings(path, read.facts):
                index.setdefault(intern(key), []).append(posting)
        return Table.of({key: tuple(sorted(set(found))) for key, found in index.items()})

    def replaced(
        self, files: Table[FileRead], changes: Mapping[str, tuple[FileFacts | None, FileFacts | None]]
    ) -> tuple[Graph, set[str]]:
        """The graph after some files said something else, and the keys that were touched.

        Args:
            files: the files of the new moment.
            changes: for each changed path, what it said and what it says; `None` where there is no file.
        """
        touched: set[str] = set()
        gone: dict[str, set[Posting]] = {}
        come: dict[str, set[Posting]] = {}
        for path, (old, new) in changes.items():
            touched.add(f"@{path}")
            for key, posting in postings(path, old) if old is not None else ():
                gone.setdefault(key, set()).add(posting)
            for key, posting in postings(path, new) if new is not None else ():
                come.setdefault(key, set()).add(posting)
        updates: dict[str, tuple[Posting, ...] | None] = {}
        renamed: dict[str, dict[str, bool]] = {}
        for key in gone.keys() | come.keys():
            removed, added = gone.get(key, set()), come.get(key, set())
            if removed == added:
                continue
            kept = [posting for posting in self.index.get(key) or () if posting not in removed]
            updates[key] = tuple(sorted([*kept, *added])) or None
            touched.add(key)
            if (key in self.index) != (updates[key] is not None):
                kind, _, name = key.partition(":")
                touched.add(f"names:{kind}")
                renamed.setdefault(kind, {})[name] = updates[key] is not None
        names = {kind: _with(found, renamed.get(kind, {})) for kind, found in self._names.items()}
        return Graph(files, self.layout, self.index.updated(updates), _names=names), touched


def _with(names: tuple[str, ...], changes: Mapping[str, bool]) -> tuple[str, ...]:
    """Names in order, with those that came and without those that went."""
    if not changes:
        return names
    kept = [name for name in names if name not in changes]
    return tuple(sorted([*kept, *(name for name, is_there in changes.items() if is_there)]))


class View:
    """Answers questions about a graph and notes which keys the answers rest on.

    Args:
        graph: the graph.
        home: the path the questions are asked for; its own facts are no dependency.
        record: whether to note keys.
    """

    __slots__ = ("_pending", "_waiting", "graph", "home", "keys")

    def __init__(self, graph: Graph, home: str = "", *, record: bool = False) -> None:
        self.graph = graph
        self.home = home
        self.keys: set[str] | None = set() if record else None
        self._pending: set[Any] = set()
        self._waiting: set[Any] = set()

    @property
    def layout(self) -> Layout:
        """The layout; when it changes everything is asked again."""
        return self.graph.layout

    def find(self, key: str) -> tuple[Posting, ...]:
        """The places that speak of a key."""
        if self.keys is not None:
            self.keys.add(intern(key))
        return self.graph.index.get(key) or ()

    def facts(self, path: str) -> FileFacts | None:
        """What a file says."""
        if self.keys is not None and path != self.home:
            self.keys.add(intern(f"@{path}"))
        read = self.graph.files.get(path)
        return read.facts if read is not None else None

    def memo(self, key: Any, compute: Callable[[], T]) -> T:
        """The answer to a question that is asked often; computed once for a graph."""
        if self.keys is None:
            answers = self.graph.answers
            if key not in answers:
                answers[key] = compute()
            known: T = answers[key]
            return known
        found = self.graph.memo.get(key)
        if found is None:
            outer, home = self.keys, self.home
            # The answer serves other files too: what it rests on is noted whole, this file included.
            self.keys, self.home = set(), ""
            try:
                value = compute()
                found = (value, tuple(self.keys))
            finally:
                self.keys, self.home = outer, home
            self.graph.memo[key] = found
        self.keys.update(found[1])
        answer: T = found[0]
        return answer

    def follow(self, key: Any, compute: Callable[[], T], nothing: T) -> T:
        """The answer to a question that leads to others of its kind, as `memo` gives it; `nothing` in a circle.

        What is too deep for the stack is asked by itself first, and then all again that led there.
        """

        def entered() -> T:
            if key in self._pending or key in self._waiting:
                return nothing
            if len(self._pending) >= MAX_PENDING:
                raise _TooDeepError(key, entered)
            self._pending.add(key)
            try:
                return compute()
            finally:
                self._pending.discard(key)

        if self._pending:
            return self.memo(key, entered)
        asked: list[tuple[Any, Callable[[], Any]]] = [(key, entered)]
        try:
            while True:
                try:
                    answer: T = self.memo(*asked[-1])
                except _TooDeepError as deep:
                    self._waiting.update(question for question, _ in asked)
                    asked.append((deep.key, deep.compute))
                    continue
                asked.pop()
                if not asked:
                    return answer
                self._waiting.discard(asked[-1][0])
        finally:
            self._waiting.clear()

    def torn(self, role: str, path: str) -> bool:
        """Whether a file of a role, in the dbt project of a path, could not be read whole: who knows what stood there."""
        project = self.layout.project_of(path)
        return any(self.layout.project_of(posting.path) is project for posting in self.find(f"torn:{role}"))

    # -- from postings to facts ------------------------------------------------------------------------------------

    def sql(self, posting: Posting) -> tuple[SqlText, Write | None]:
        """The SQL text of a posting, with the write it is about."""
        facts = self.facts(posting.path)
        if facts is None or posting.number >= len(facts.sql):
            return SqlText("", 0), None
        text = facts.sql[posting.number]
        return text, text.writes[posting.inner] if posting.inner < len(text.writes) else None
