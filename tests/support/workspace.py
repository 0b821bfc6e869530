"""A workspace made of a few texts, read and checked as one on disk would be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from tidegate_analyzers import check as engine
from tidegate_analyzers.check import Policy, Report, Shown
from tidegate_analyzers.config import Config, read_config
from tidegate_analyzers.facts import FileRead
from tidegate_analyzers.fixes.base import Workspace as Fixer
from tidegate_analyzers.graph.base import Base, base_of
from tidegate_analyzers.graph.index import Graph, View
from tidegate_analyzers.layout import Layout, Options, make_layout
from tidegate_analyzers.readers.dispatch import read
from tidegate_analyzers.rules.base import Offer
from tidegate_analyzers.text import Change, Document, Span, apply_edits
from tidegate_analyzers.workspace import Snapshot, Table

CONFIG_FILE = "tidegate.toml"
TODAY = "2026-07-01"
"""The date in every workspace made here."""


@dataclass(frozen=True)
class Found:
    """A finding with its place."""

    code: str
    severity: str
    message: str
    path: str
    span: Span
    shown: Shown


COMMITTED = "HEAD:"


class Workspace:
    """Texts by path, with everything that is known of them.

    `HEAD:path` is a text as it was committed; what has none was committed as it is.
    """

    def __init__(
        self, files: Mapping[str, str], *, profile: str = "", open_paths: frozenset[str] = frozenset()
    ) -> None:
        self.files = {path: text for path, text in files.items() if not path.startswith(COMMITTED)}
        self.committed = {path: text for path, text in files.items() if path.startswith(COMMITTED)}
        self.open_paths = open_paths
        config = Config()
        if CONFIG_FILE in self.files:
            config, problems = read_config(Document(CONFIG_FILE, self.files[CONFIG_FILE]))
            assert not problems, problems
        self.policy: Policy = config.policy(profile=profile or None)
        self.options: Options = replace(config.options(), today=TODAY)

    @cached_property
    def documents(self) -> dict[str, Document]:
        """The texts as documents."""
        return {path: Document(path, text) for path, text in self.files.items()}

    @cached_property
    def graph(self) -> Graph:
        """The graph, built as `tidegate check` builds it."""
        reads: dict[str, FileRead] = {}
        first = Layout(options=self.options)
        for path, document in self.documents.items():
            role = first.role(path)
            if role is not None and role.kind in ("dbt_project", "packages"):
                reads[path] = read(document, role)
        layout = make_layout(reads, self.options)
        for path, document in self.documents.items():
            role = layout.role(path)
            if path not in reads and role is not None:
                reads[path] = read(document, role)
        return Graph(Table.of(reads), layout)

    @cached_property
    def base(self) -> Base | None:
        """How the workspace was committed, if anything of it was committed otherwise."""
        then: dict[str, FileRead | None] = {}
        for name, text in self.committed.items():
            path = name.removeprefix(COMMITTED)
            role = self.graph.layout.role(path)
            assert role is not None, f"{path} is not read"
            then[path] = read(Document(path, text), role)
        return base_of(self.graph, then, {}, "HEAD") if then else None

    @property
    def view(self) -> View:
        """A view of the graph."""
        return View(self.graph)

    @property
    def snapshot(self) -> Snapshot:
        """The files at this moment."""
        return Snapshot(self.graph.files, self.graph.layout, self.documents.get, self.open_paths)

    @cached_property
    def report(self) -> Report:
        """What `tidegate check` reports."""
        return engine.check(self.graph, self.policy, open_paths=self.open_paths, base=self.base)

    @property
    def found(self) -> list[Found]:
        """Every finding, by path and place."""
        return [
            Found(shown.finding.code, shown.severity, shown.message, path, self._span(path, shown), shown)
            for path, items in self.report.shown.items()
            for shown in items
        ]

    def _span(self, path: str, shown: Shown) -> Span:
        item = self.graph.files.get(path)
        assert item is not None
        return item.span(shown.finding.site)

    def codes(self) -> list[str]:
        """The codes of every finding."""
        return [item.code for item in self.found]

    @property
    def fixer(self) -> Fixer:
        """What fixes are given."""
        return Fixer(self.graph, self.documents.get)

    def offers(self) -> list[tuple[Found, Offer]]:
        """Every fix that is offered."""
        return [(item, offer) for item in self.found for offer in item.shown.finding.offers]

    def applied(self, change: Change) -> Workspace:
        """The workspace after a change."""
        files = dict(self.files)
        for path in {edit.path for edit in change.edits}:
            files[path] = apply_edits(files[path], [edit for edit in change.edits if edit.path == path])
        for new in change.files:
            assert new.path not in files, f"the fix would overwrite {new.path}"
            files[new.path] = new.text
        for move in change.moves:
            assert move.to not in files, f"{move.to} is there already"
            files[move.to] = files.pop(move.path)
        files.update(self.committed)
        return Workspace(files, profile=self.policy.profile, open_paths=self.open_paths)
