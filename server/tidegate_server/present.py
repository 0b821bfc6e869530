"""Findings in the form in which people and tools read them: paths, lines and columns, all from one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from tidegate_analyzers.check import Report, Shown
from tidegate_analyzers.facts import Site
from tidegate_analyzers.graph.index import Graph
from tidegate_analyzers.rules.base import Offer, all_rules
from tidegate_analyzers.text import Document, Span

HOMEPAGE = "https://github.com/tidegate/tidegate"


def page_url(code: str) -> str:
    """The address of a rule's page."""
    return f"{HOMEPAGE}/blob/main/references/rules/{code}.md"


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file. `line` and `column` count from one, columns in code points."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Note:
    """A place with words: related places, and steps of the evidence."""

    message: str
    place: Place | None = None
    guard: str = ""
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """A finding to print."""

    code: str
    name: str
    category: str
    severity: str
    confidence: str
    message: str
    place: Place
    source: str
    """The path relative to the root, by which the text is found."""
    span: Span
    related: tuple[Note, ...] = ()
    evidence: tuple[Note, ...] = ()
    offers: tuple[Offer, ...] = ()
    subject: str = ""

    @property
    def url(self) -> str:
        """The address of the rule's page."""
        return page_url(self.code)


class Presenter:
    """Turns findings of one root into items.

    Args:
        root: the root.
        graph: the workspace.
        documents: gives the texts.
        relative_to: the folder paths are shown relative to, where they lie below it.
    """

    def __init__(
        self, root: Path, graph: Graph, documents: Callable[[str], Document | None], relative_to: Path
    ) -> None:
        self.root = root
        self.graph = graph
        self._documents = documents
        self._relative_to = relative_to
        self._loaded: dict[str, Document] = {}
        self._categories = {rule.code: rule.category for rule in all_rules()}

    def document(self, path: str) -> Document:
        """The text of a file; empty if it vanished since it was read."""
        if path not in self._loaded:
            self._loaded[path] = self._documents(path) or Document(path, "")
        return self._loaded[path]

    def shown_path(self, path: str) -> str:
        """A path as it is shown."""
        full = self.root / path
        try:
            return full.relative_to(self._relative_to).as_posix()
        except ValueError:
            return full.as_posix()

    def place(self, path: str, site: Site) -> Place:
        """Where a site is."""
        return self.place_of(path, self.span(path, site))

    def span(self, path: str, site: Site) -> Span:
        """The span of a site."""
        read = self.graph.files.get(path)
        return read.span(site) if read is not None else Span(0, 0)

    def place_of(self, path: str, span: Span) -> Place:
        """Where a span is."""
        lines = self.document(path).lines
        start, end = lines.position(span.start), lines.position(span.end)
        return Place(self.shown_path(path), start.line + 1, start.column + 1, end.line + 1, end.column + 1)

    def items(self, report: Report) -> list[Item]:
        """Everything a report shows, by path and place."""
        return [self.item(path, shown) for path, found in report.shown.items() for shown in found]

    def item(self, path: str, shown: Shown) -> Item:
        """One finding."""
        finding = shown.finding
        related = tuple(
            Note(r.message, self.place(r.path, r.site)) for r in finding.related if r.path in self.graph.files
        )
        evidence = tuple(
            Note(
                step.text,
                self.place(step.path, step.site) if step.path in self.graph.files and step.site else None,
                step.guard,
                step.outcome,
            )
            for step in finding.evidence
        )
        return Item(
            finding.code, finding.name, self._categories[finding.code], shown.severity, finding.confidence, shown.message,
            self.place(path, finding.site), path, self.span(path, finding.site), related, evidence, finding.offers, finding.subject,
        )  # fmt: skip


def worst(items: Iterable[Item]) -> int:
    """The rank of the worst severity: 3 for an error, 0 for a hint, -1 for none."""
    return max((RANK[item.severity] for item in items), default=-1)


RANK = {"hint": 0, "info": 1, "warning": 2, "error": 3}
