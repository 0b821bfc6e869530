"""What a query shows of itself, in one pass over its tree."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from tidegate_analyzers.facts import Traits, Unlinked
from tidegate_analyzers.readers.sql.links import Ctes, is_single, unlinked_joins
from tidegate_analyzers.readers.sql.source import SqlSource
from tidegate_analyzers.readers.sql.volatile import MAY_BE_VOLATILE, volatile_columns

_CONDITIONS = (exp.Where, exp.Having, exp.Qualify, exp.PreWhere, exp.Join)
_LOOKED_AT = (exp.Select, exp.SetOperation, exp.CTE, exp.RowNumber, *_CONDITIONS)


def traits(source: SqlSource, query: exp.Expression) -> Traits:
    """The traits of a query."""
    parts = [part for part in query.find_all(*_LOOKED_AT) if isinstance(part, exp.Expression)]
    ctes = Ctes(parts)
    volatile = volatile_columns(source, query, ctes) if MAY_BE_VOLATILE.search(source.text) is not None else {}
    return Traits(
        tuple(found for part in parts if isinstance(part, exp.Select) for found in unlinked_joins(source, part, ctes)),
        tuple(volatile.values()),
        _limits(parts),
        any(_makes_unique(part) for part in parts),
        is_single(query, ctes),
    )


def unlinked_in(source: SqlSource, tree: exp.Expression) -> list[Unlinked]:
    """The joins without a condition anywhere in a statement."""
    parts = list(tree.find_all(exp.Select, exp.CTE))
    ctes = Ctes(parts)
    return [found for part in parts if isinstance(part, exp.Select) for found in unlinked_joins(source, part, ctes)]


def _limits(parts: Sequence[exp.Expression]) -> tuple[str, ...]:
    """The columns in conditions."""
    found: set[str] = set()
    for node in parts:
        if isinstance(node, exp.Join):
            found.update(item.name.casefold() for item in node.args.get("using") or ())
        condition = node.args.get("on") if isinstance(node, exp.Join) else node
        if isinstance(node, _CONDITIONS) and isinstance(condition, exp.Expression):
            found.update(column.name.casefold() for column in condition.find_all(exp.Column))
    return tuple(sorted(found))


def _makes_unique(part: exp.Expression) -> bool:
    if isinstance(part, exp.SetOperation):
        return bool(part.args.get("distinct")) or not isinstance(part, exp.Union)
    if isinstance(part, exp.Select):
        return any(part.args.get(word) for word in ("distinct", "group", "qualify", "limit"))
    return isinstance(part, exp.RowNumber)
