"""The query of a document with everything its names stand for, made from the text as it is."""

from __future__ import annotations

from functools import lru_cache

from tidegate_analyzers.facts import Sites
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.readers.dbt.columns import query_of as one_query
from tidegate_analyzers.readers.dbt.load import meaning
from tidegate_analyzers.readers.dbt.usual_macros import produces
from tidegate_analyzers.readers.sql.guess import parse_any
from tidegate_analyzers.readers.sql.scopes import QueryMap, query_map
from tidegate_analyzers.readers.sql.source import SqlSource
from tidegate_analyzers.text import Document


def query_of(view: View, document: Document) -> QueryMap | None:
    """The query of a SQL document; `None` where it holds none, or can't be read."""
    role = view.layout.role(document.path)
    if role is None or role.kind not in ("dbt_sql", "sql") or role.resource == "macro":
        return None
    return query_in(document.text, role.dialect)


@lru_cache(maxsize=24)
def query_in(text: str, dialect: str) -> QueryMap | None:
    """The query of a text."""
    blocks, parsed = parse_any(text, dialect)
    tree = one_query(parsed)
    if tree is None:
        return None
    source = SqlSource(text, blocks, parsed, Sites(), meaning, makes=lambda block: produces(block, dialect))
    return query_map(source, tree, dialect)
