"""What a query compares or puts into one column: types that may not go together."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from tidegate_analyzers.facts import Compared
from tidegate_analyzers.readers.sql.scopes import Col, QueryMap
from tidegate_analyzers.readers.sql.scopes.projections import type_of_column
from tidegate_analyzers.readers.sql.types import clash, type_of
from tidegate_analyzers.readers.sql.types.words import GROUPS, INTEGERS, read
from tidegate_analyzers.text import Span

_UNITES_ALIKE = frozenset(("postgres", "bigquery", "trino", "redshift", "snowflake"))
"""Dialects whose unions refuse the pairs of types that their operators refuse."""


def comparisons(query: QueryMap) -> list[Compared]:
    """The comparisons and the unions of a query whose types clash, or may once those of its inputs are known."""
    if query.dialect not in GROUPS:
        return []
    found = [*_compared(query)]
    if GROUPS[query.dialect] in _UNITES_ALIKE:
        found += _united(query)
    return list(dict.fromkeys(found))


def _compared(query: QueryMap) -> Iterator[Compared]:
    for node in query.compared:
        left = node.args.get("this")
        right = node.args.get("low") if isinstance(node, exp.Between) else node.args.get("expression")
        if isinstance(node, exp.In):
            listed = node.args.get("expressions") or ()
            right = listed[0] if listed else None
        if not isinstance(left, exp.Expression) or not isinstance(right, exp.Expression):
            continue
        if isinstance(left, exp.Query | exp.Tuple) or isinstance(right, exp.Query | exp.Tuple):
            continue
        one, other = _type(query, left), _type(query, right)
        if not _may_clash(one, other, query.dialect) or _is_taken(left, other, query) or _is_taken(right, one, query):
            continue
        span = query.source.span_of(node)
        if span is None or query.source.computed(span.start, span.end):
            continue
        yield Compared(query.source.site(span), one, other, "compare")


def _united(query: QueryMap) -> Iterator[Compared]:
    for shapes in query.united:
        if any(shape.stars() or not shape.known for shape in shapes):
            continue
        first = shapes[0].columns()
        for shape in shapes[1:]:
            others = shape.columns()
            for column, other in zip(first, others, strict=False) if len(first) == len(others) else ():
                if not _may_clash(column.type, other.type, query.dialect) or other.span is None:
                    continue
                if _is_written(column) or _is_written(other):
                    continue
                yield Compared(query.source.site(Span(*other.span)), column.type, other.type, "union")


def _type(query: QueryMap, node: exp.Expression) -> str:
    return type_of(node, query.dialect, lambda column: type_of_column(column, query))


def _may_clash(one: str, other: str, dialect: str) -> bool:
    if not one or not other or one == other:
        return False
    return "?" in one or "?" in other or clash(one, other, dialect)


def _is_taken(node: exp.Expression, other: str, query: QueryMap) -> bool:
    """Whether text that is written out is read as what it meets, in this dialect."""
    if not isinstance(node, exp.Literal) or not node.args.get("is_string"):
        return False
    group = GROUPS[query.dialect]
    if group == "bigquery":
        kind = read(other, group).kind
        return "?" in other or (kind not in INTEGERS and kind not in ("double", "decimal", "bigdecimal", "boolean"))
    return group != "trino"


def _is_written(column: Col) -> bool:
    """Whether a column is written out: databases find a common type for it."""
    tree = column.tree
    while isinstance(tree, exp.Paren | exp.Neg):
        tree = tree.this
    return isinstance(tree, exp.Literal | exp.Null)
