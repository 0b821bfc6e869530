"""Loads that measure: each run adds a few numbers about the whole, with the time at which they were taken."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp

from tidegate_analyzers.readers.sql.clock import clock_in
from tidegate_analyzers.readers.sql.types.words import is_count

OF_THE_LOAD = re.compile(r"creat|insert|load|updat|modif|ingest|extract|process|etl|import|sync|refresh", re.I)
"""Words in the names of columns that say when a row was written, and not what it measures."""

_PERIOD = re.compile(
    r"(?:^|_)(?:day|date|dt|week|month|quarter|year|hour|minute|period|time|ts|timestamp)(?:$|_)|_at$", re.I
)


def stamps(columns: list[str], query: exp.Expression | None) -> tuple[str, ...]:
    """The columns of an INSERT that take the current time as the time of a measurement."""
    if not isinstance(query, exp.Select):
        return ()
    found = []
    for number, projection in enumerate(query.expressions):
        inner = projection.unalias()
        if clock_in(inner) is None or inner.find(exp.Column) is not None:
            continue
        name = columns[number] if number < len(columns) else projection.alias
        if not OF_THE_LOAD.search(name):
            found.append(name or inner.sql())
    return tuple(found)


def default_stamps(tree: exp.Create) -> tuple[str, ...]:
    """The columns of a new table that are the time of a measurement by default."""
    if not isinstance(tree.this, exp.Schema):
        return ()
    return tuple(
        item.name
        for item in tree.this.expressions
        if isinstance(item, exp.ColumnDef)
        and not OF_THE_LOAD.search(item.name)
        and any(
            isinstance(kind, exp.DefaultColumnConstraint) and clock_in(kind) is not None
            for kind in (constraint.args.get("kind") for constraint in item.constraints)
        )
    )


def sums_up(tree: exp.Insert) -> bool:
    """True for an INSERT whose query sums up all there is, by other things than periods of time."""
    query = tree.expression
    if not isinstance(query, exp.Select):
        return False
    group = query.args.get("group")
    if isinstance(group, exp.Group):
        keys = list(_group_keys(group, query))
        return bool(keys) and not any(_is_period(key) for key in keys)
    return _is_one_row(query, {cte.alias.casefold(): cte.this for cte in tree.find_all(exp.CTE)})


def _is_one_row(query: exp.Expression, ctes: dict[str, exp.Expression]) -> bool:
    """True for a query that gives one row by the way it is made."""
    if not isinstance(query, exp.Select) or query.args.get("group") is not None:
        return False
    from_ = query.args.get("from_")
    if not isinstance(from_, exp.From) or all(_is_single(projection.unalias()) for projection in query.expressions):
        return True
    if query.args.get("joins") or query.args.get("laterals"):
        return False
    source = from_.this
    if isinstance(source, exp.Subquery):
        return _is_one_row(source.this, ctes)
    body = ctes.get(source.name.casefold()) if isinstance(source, exp.Table) and not source.args.get("db") else None
    others = {name: cte for name, cte in ctes.items() if cte is not body}
    return body is not None and _is_one_row(body, others)


def _group_keys(group: exp.Group, query: exp.Select) -> Iterator[exp.Expression]:
    for key in group.expressions:
        place = isinstance(key, exp.Literal) and not key.is_string and is_count(key.name)
        number = int(key.name) - 1 if place else -1
        yield query.expressions[number].unalias() if 0 <= number < len(query.expressions) else key


def _is_period(key: exp.Expression) -> bool:
    if isinstance(key, exp.Column | exp.Identifier):
        return bool(_PERIOD.search(key.name))
    return any(_PERIOD.search(column.name) for column in key.find_all(exp.Column))


def _is_single(value: exp.Expression) -> bool:
    """True for a value that does not come from single rows."""
    return value.find(exp.AggFunc) is not None or value.find(exp.Column) is None
