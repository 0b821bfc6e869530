"""What a refactoring is asked, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from tidegate_analyzers.check import Shown
from tidegate_analyzers.fixes.base import Workspace
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.ide.columns import query_of
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.readers.sql.scopes import QueryMap
from tidegate_analyzers.text import Change, Document, Span

FIX, REWRITE, EXTRACT, SOURCE = "quickfix", "refactor.rewrite", "refactor.extract", "source.describe.tidegate"
"""The kinds of actions, in the protocol's words."""


@dataclass(frozen=True, slots=True)
class Refactoring:
    """A change that can be made at a place, though nothing may be wrong there.

    Attributes:
        title: what the menu shows.
        kind: one of the kinds above.
        change: what it does.
        code: the finding it mends, if it does.
        safe: whether it leaves alone what runs, or gives the same.
    """

    title: str
    kind: str
    change: Change
    code: str = ""
    safe: bool = True


@dataclass(frozen=True)
class Asked:
    """A place in a document.

    Attributes:
        workspace: the graph, and the texts.
        document: the text.
        role: the part it plays.
        span: what is selected; empty where the cursor only stands.
        shown: the findings of the document.
    """

    workspace: Workspace
    document: Document
    role: Role
    span: Span
    shown: tuple[Shown, ...] = ()

    @property
    def at(self) -> int:
        """The offset asked about."""
        return self.span.start

    @property
    def path(self) -> str:
        """The path of the document."""
        return self.document.path

    @cached_property
    def view(self) -> View:
        """A view of the graph."""
        return self.workspace.view

    @cached_property
    def query(self) -> QueryMap | None:
        """The query of the document."""
        return query_of(self.view, self.document)

    def found(self, code: str) -> Iterator[Shown]:
        """The findings of a rule that the place touches."""
        read = self.workspace.graph.files.get(self.path)
        for item in self.shown:
            if read is not None and item.finding.code == code:
                place = read.span(item.finding.site)
                if place.start <= self.span.end and self.span.start <= place.end:
                    yield item

    def place(self, item: Shown) -> Span:
        """Where a finding stands."""
        return self.workspace.span(self.path, str(item.finding.site))


Refactor = Callable[[Asked], Iterator[Refactoring]]
