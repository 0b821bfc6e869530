"""What is configured for the tables of sources, and who reads them."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Setting, SourceTable
from tidegate_analyzers.graph.dbt.nodes import NodeKey
from tidegate_analyzers.graph.dbt.references import resolve_ref
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.postings import Posting

CATALOGS = frozenset(("information_schema", "account_usage", "pg_catalog", "organization_usage", "system", "sys"))
"""Schemas in which a database keeps what it knows of itself."""
_FALSE = frozenset(("false", "no", "off"))


def source_setting(view: View, path: str, table: SourceTable, name: str) -> Setting | None:
    """A setting of a table: its own, its source's, or that of a folder in `dbt_project.yml`."""
    for setting in table.config:
        if setting.name == name:
            return setting
    project = view.layout.project_of(path)
    if project is None:
        return None
    fqn = (*project.fqn(path)[:-1], table.source, table.name)
    return next((s for s in project.folder_settings("source", fqn) if s.name == name), None)


def is_source_on(view: View, path: str, table: SourceTable) -> bool | None:
    """Whether a table is switched on, `None` where only a run tells."""
    setting = source_setting(view, path, table, "enabled")
    if setting is None:
        return True
    return str(setting.value.value).casefold() not in _FALSE if setting.value.known else None


def source_tables(view: View, path: str) -> Iterator[tuple[int, SourceTable, list[NodeKey]]]:
    """The tables that a properties file declares, that are switched on and that a model or snapshot reads.

    Those in which a database keeps what it knows of itself are left out.

    With each go its number in the file and the nodes that read it.
    """
    facts = view.facts(path)
    project = view.layout.project_of(path)
    if facts is None or project is None or project.installed:
        return
    for i, table in enumerate(facts.sources):
        if CATALOGS.intersection(part.casefold() for part in table.relation.parts[:-1]):
            continue
        readers = source_readers(view, path, i, table)
        if readers and is_source_on(view, path, table):
            yield i, table, readers


def source_readers(view: View, path: str, number: int, table: SourceTable) -> list[NodeKey]:
    """The models and snapshots that read a table."""

    def compute() -> list[NodeKey]:
        found: dict[NodeKey, None] = {}
        for posting in view.find(f"uses:source:{table.source}.{table.name}"):
            facts = view.facts(posting.path)
            if posting.kind != "node" or facts is None or posting.number >= len(facts.nodes):
                continue
            node = facts.nodes[posting.number]
            if node.kind not in ("model", "snapshot") or posting.inner >= len(node.refs):
                continue
            meant = resolve_ref(view, posting.path, node.refs[posting.inner]).source
            if meant == Posting(path, "source", number):
                found[NodeKey(posting.path, posting.number, node.name, node.kind)] = None
        return list(found)

    return view.memo(("source readers", path, number), compute)
