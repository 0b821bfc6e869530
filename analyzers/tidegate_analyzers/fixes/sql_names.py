"""Writing names of relations and columns into a query as it would have them."""

from __future__ import annotations

import re

from tidegate_analyzers.fixes.base import Workspace
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.available import Available
from tidegate_analyzers.graph.columns import KnownColumn, dataset_columns, dataset_of
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.readers.sql.scopes import Bound
from tidegate_analyzers.text import Document, Span

PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
"""A name that needs no quotes."""
_BACKTICKS = frozenset(("athena", "bigquery", "clickhouse", "databricks", "glue", "hive", "mysql", "spark"))
_UPPER = frozenset(("oracle", "snowflake"))
"""Dialects in which a bare name means one in upper case; in"""
_LOWER = frozenset(("postgres", "redshift", "greenplum", "materialize"))
"""these it means one in lower case."""


def qualifier(workspace: Workspace, document: Document, bound: Bound) -> str:
    """What qualifies the columns of a relation: its alias, or its own name; empty where neither is certain."""
    if bound.alias_span is not None:
        return document.slice(bound.alias_span)
    if bound.cte is not None and bound.span is not None:
        return document.slice(bound.span)
    if bound.input is None or not bound.label:
        return ""
    relation = bound.input.relation
    if relation.kind == "table" and bound.span is not None:
        last = document.slice(bound.span).rpartition(".")[2]
        return last if PLAIN.fullmatch(last) else ""
    dataset = dataset_of(workspace.view, document.path, relation)
    if not isinstance(dataset, NodeKey) or dbt.config_value(workspace.view, dataset, "alias") is not None:
        return ""
    return dataset.name if dataset.name == relation.parts[-1] and PLAIN.fullmatch(dataset.name) else ""


def spelled(workspace: Workspace, document: Document, column: Available, dialect: str) -> str:
    """A column as it has to be written, quotes included; empty where that is not known."""
    written = _written(workspace, document, column)
    if written.strip('"`[]').casefold() == column.name.casefold():
        return quoted(column.name, dialect) if written[0] in '"`[' else written
    if not PLAIN.fullmatch(column.name):
        return quoted(column.name, dialect)
    known = _root(workspace, column.known)
    if known is not None and known.kind == "catalog":  # which has names as the warehouse has them
        folded = dialect not in _LOWER or known.name == known.name.lower()
        return column.name if folded and not known.quoted else quoted(known.name, dialect)
    # It may have been made in quotes, which a bare name does not find where it is folded otherwise.
    if known is not None and (known.kind == "declared" or known.path.endswith(".csv")):
        return column.name
    if dialect in _UPPER or not dialect or (dialect in _LOWER and column.name != column.name.lower()):
        return ""
    return column.name


def quoted(name: str, dialect: str) -> str:
    """A name in the quotes of a dialect."""
    if dialect in _BACKTICKS:
        return f"`{name}`" if "`" not in name else ""
    return '"' + name.replace('"', '""') + '"'


def _written(workspace: Workspace, document: Document, column: Available) -> str:
    """The name where it is made, in a query."""
    if column.column is not None:
        return document.slice(column.column.span) if column.column.span is not None else ""
    known = _root(workspace, column.known)
    if known is None or known.path.endswith(".csv") or not known.is_made:
        return ""
    read, text = workspace.graph.files.get(known.path), workspace.document(known.path)
    span = read.span(known.site) if read is not None and known.site else Span(0, 0)
    return text.slice(span) if text is not None else ""


def _root(workspace: Workspace, known: KnownColumn | None) -> KnownColumn | None:
    """A column before stars passed it on."""
    seen: set[KnownColumn] = set()
    while known is not None and known.starred and known.origins and known not in seen:
        seen.add(known)
        known = dataset_columns(workspace.view, known.origins[0].dataset).get(known.origins[0].name)
    return known
