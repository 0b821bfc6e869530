"""What a query compares or puts into one column: types that may not go together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlglot import exp

from tidegate_analyzers.facts import Compared
from tidegate_analyzers.readers.sql.scopes import Col, QueryMap, Shape
from tidegate_analyzers.readers.sql.scopes.projections import type_of_column
from tidegate_analyzers.readers.sql.types import clash, type_of
from tidegate_analyzers.readers.sql.types.comparison import TAKES_LITTLE
from tidegate_analyzers.readers.sql.types.literals import TEXT
from tidegate_analyzers.readers.sql.types.words import GROUPS
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
        left = _bare(node.args.get("this"))
        if left is None:
            continue
        one = _type(query, left)
        for right in filter(None, map(_bare, _against(node))) if one else ():
            other = _type(query, right)
            if not _may_clash(one, other, query.dialect):
                continue
            span = query.source.span_of(node)
            if span is not None and not query.source.computed(span.start, span.end):
                yield Compared(query.source.site(span), one, other, "compare")
                break


def _against(node: exp.Expression) -> Iterable[object]:
    """What a comparison compares its left side with."""
    args = node.args
    if isinstance(node, exp.Between):
        return args.get("low"), args.get("high")
    if isinstance(node, exp.In):
        return args.get("expressions") or ()
    if isinstance(node, exp.Case):
        return [arm.args.get("this") for arm in args.get("ifs") or ()]
    return (args.get("expression"),)


def _bare(node: object) -> exp.Expression | None:
    while isinstance(node, exp.Paren):
        node = node.this
    return node if isinstance(node, exp.Expression) and not isinstance(node, exp.Query | exp.Tuple) else None


def _united(query: QueryMap) -> Iterator[Compared]:
    for shapes in query.united:
        columns = shapes[0].columns()
        for shape in shapes[1:] if _in_places(shapes[0]) else ():
            others = shape.columns()
            if not _in_places(shape) or len(columns) != len(others):
                continue
            for column, other in zip(columns, others, strict=True):
                if not _may_clash(column.type, other.type, query.dialect) or _is_written(column) or _is_written(other):
                    continue
                span = Span(*other.span) if other.span else query.source.span_of(other.tree) if other.tree else None
                if span is not None and not query.source.computed(span.start, span.end):
                    yield Compared(query.source.site(span), column.type, other.type, "union")


def _in_places(shape: Shape) -> bool:
    return shape.placed and not shape.stars()


def _type(query: QueryMap, node: exp.Expression) -> str:
    if isinstance(node, exp.Literal) and node.args.get("is_string"):
        return TEXT
    return type_of(node, query.dialect, lambda column: type_of_column(column, query))


def _may_clash(one: str, other: str, dialect: str) -> bool:
    if not one or not other or one == other:
        return False
    if "?" in one or "?" in other:
        return TEXT not in (one, other) or GROUPS[dialect] in TAKES_LITTLE
    return clash(one, other, dialect)


def _is_written(column: Col) -> bool:
    """Whether a column is written out: databases find a common type for it."""
    tree = column.tree
    while isinstance(tree, exp.Paren | exp.Neg):
        tree = tree.this
    return isinstance(tree, exp.Literal | exp.Null)
