"""What a fix is and what it is given."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from tidegate_analyzers.graph.index import Graph, View
from tidegate_analyzers.rules.base import Offer
from tidegate_analyzers.text import Change, Document, Edit, Span


@dataclass(frozen=True, slots=True)
class Workspace:
    """What a fix knows: the graph, and the texts it edits."""

    graph: Graph
    documents: Callable[[str], Document | None]

    @property
    def view(self) -> View:
        """A view of the graph."""
        return View(self.graph)

    def document(self, path: str) -> Document | None:
        """The text of a file."""
        return self.documents(path)

    def span(self, path: str, site: str) -> Span:
        """The span of a site, given as an offer's argument."""
        read = self.graph.files.get(path)
        return read.span(int(site)) if read is not None else Span(0, 0)

    def exists(self, path: str) -> bool:
        """Whether a file of that path is known."""
        return path in self.graph.files or self.documents(path) is not None


Build = Callable[..., Change | None]
_FIXES: dict[str, Build] = {}


def fix(kind: str) -> Callable[[Build], Build]:
    """Declare a function the maker of a kind of fix. It takes the workspace and the offer's arguments."""

    def declare(build: Build) -> Build:
        _FIXES[kind] = build
        return build

    return declare


@lru_cache(maxsize=1)
def _load() -> None:
    package = importlib.import_module("tidegate_analyzers.fixes")
    for info in pkgutil.iter_modules(package.__path__, "tidegate_analyzers.fixes."):
        importlib.import_module(info.name)


def kinds() -> frozenset[str]:
    """Every kind of fix there is."""
    _load()
    return frozenset(_FIXES)


def build(workspace: Workspace, offer: Offer) -> Change | None:
    """The change an offer stands for, or `None` where it can't be made on the text as it is now."""
    _load()
    return _FIXES[offer.kind](workspace, *offer.args)


def edit(document: Document, span: Span | tuple[int, int], text: str) -> Edit:
    """An edit whose new lines end as the document's do."""
    return Edit(document.path, Span(*span), text.replace("\n", document.newline) if document.newline != "\n" else text)


def line_end(document: Document, offset: int) -> int:
    """The end of the line that holds an offset, before its line end."""
    return document.lines.line_span(document.lines.position(offset).line).end


def indent_of(document: Document, offset: int) -> str:
    """The white space a line begins with."""
    text = document.lines.line_text(document.lines.position(offset).line)
    return text[: len(text) - len(text.lstrip())]
