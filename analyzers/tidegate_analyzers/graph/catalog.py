"""What the catalogs of dbt tell of sources, models, seeds and snapshots.

A catalog says what the warehouse had on one day. For a source that is the best there is, better than the types that
YAML claims, but what is missing in it may have come since. For a model it is what an earlier text of it gave.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tidegate_analyzers.facts import CatalogColumn, catalog_columns
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.postings import Posting
from tidegate_analyzers.layout import Project

_FOLDED = re.compile(r"[A-Z_][A-Z0-9_$]*")
UPPER = frozenset(("oracle", "snowflake"))
"""Adapters that have names without quotes in upper case; nobody writes them so."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a catalog tells of a table: its columns by folded name, and the day it was written."""

    columns: dict[str, CatalogColumn]
    made: str
    path: str

    @property
    def name(self) -> str:
        """The catalog in words."""
        return f"the catalog of {self.made}" if self.made else "the catalog"


def told_of(view: View, dataset: NodeKey | Posting) -> Told | None:
    """What a catalog tells of a dataset: that of its own project, else the newest of those that take it in."""

    def compute() -> Told | None:
        project = view.layout.project_of(dataset.path)
        name = _unique_id(view, project, dataset) if project is not None else ""
        if project is None or not name:
            return None
        found = [told for posting in view.find(f"catalog:{name}") if (told := _told(view, project, posting))]
        own = [told for told in found if view.layout.project_of(told.path) is project]
        return max(own or found, key=lambda told: (told.made, told.path), default=None)

    return view.memo(("catalog", dataset), compute)


def _unique_id(view: View, project: Project, dataset: NodeKey | Posting) -> str:
    """What dbt calls a dataset; empty where that can't be told."""
    if isinstance(dataset, Posting):
        table = dbt.source_of(view, dataset)
        return f"source.{project.name}.{table.source}.{table.name}" if table is not None else ""
    node = dbt.node_of(view, dataset)
    name = node.name if node is not None else dataset.name
    for _, entry in dbt.properties_of(view, project, "model", name) if dataset.kind == "model" else ():
        for stem, number in zip(entry.versions, entry.numbers, strict=False):
            if stem == name:
                return f"model.{project.name}.{entry.name}.v{number}" if number else ""
    return f"{dataset.kind}.{project.name}.{name}"


def _told(view: View, project: Project, posting: Posting) -> Told | None:
    facts = view.facts(posting.path)
    catalog = facts.catalog if facts is not None else None
    owner = view.layout.project_of(posting.path)
    if catalog is None or owner is None or posting.number >= len(catalog.tables):
        return None
    if owner is not project and not dbt.takes_in(owner, project) and not _is_inside(owner, project):
        return None
    columns = catalog_columns(catalog.tables[posting.number].columns)
    return Told({column.name.casefold(): column for column in columns}, catalog.made, posting.path)


def _is_inside(owner: Project, project: Project) -> bool:
    return project.installed and f"{project.root}/".startswith(f"{owner.root}/{owner.facts.packages_path}/".lstrip("/"))


def spelling(view: View, dataset: NodeKey | Posting, name: str) -> tuple[str, bool]:
    """How a column is written in SQL, and whether it is found in quotes only."""
    project = view.layout.project_of(dataset.path)
    adapter = project.adapter if project is not None else ""
    if adapter in UPPER:
        return (name.lower(), False) if _FOLDED.fullmatch(name) else (name, True)
    return name, False
