"""The query of a document with everything its names stand for."""

from __future__ import annotations

from tidegate_analyzers.graph.index import View
from tidegate_analyzers.readers.dbt.query import query_in
from tidegate_analyzers.readers.sql.scopes import QueryMap
from tidegate_analyzers.text import Document


def query_of(view: View, document: Document) -> QueryMap | None:
    """The query of a SQL document; `None` where it holds none, or can't be read."""
    role = view.layout.role(document.path)
    if role is None or role.kind not in ("dbt_sql", "sql") or role.resource == "macro":
        return None
    return query_in(document.text, role.dialect)
