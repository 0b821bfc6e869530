"""The columns of a relation that a query mentions."""

from __future__ import annotations

from tidegate_analyzers.facts import Relation
from tidegate_analyzers.fixes.base import Workspace
from tidegate_analyzers.readers.dbt.query import query_in


def mentioned_columns(workspace: Workspace, path: str, relation: Relation) -> list[str]:
    """Their names as they are first written, in order; those that may be another relation's are left out."""
    document, role = workspace.document(path), workspace.graph.layout.role(path)
    query = query_in(document.text, role.dialect) if document is not None and role is not None else None
    if query is None:
        return []
    numbers = {item.number for item in query.inputs if item.relation == relation}
    found: dict[str, str] = {}
    for mention in sorted(query.mentions, key=lambda item: item.span or (0, 0)):
        edges = mention.found.edges
        certain = mention.found.certain and not mention.found.columns and not mention.maybe
        if certain and edges and all(number in numbers for number, _ in edges):
            found.setdefault(mention.name.casefold(), mention.name)
    return list(found.values())
