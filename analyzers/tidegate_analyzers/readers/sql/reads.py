"""What SQL statements read, and the tables they are about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from tidegate_analyzers.facts import Read
from tidegate_analyzers.readers.sql.source import SqlSource

WRITING = (exp.Insert, exp.Merge, exp.Delete, exp.TruncateTable, exp.Create, exp.Drop, exp.Update, exp.Copy, exp.Alter)


def statement_reads(source: SqlSource, tree: exp.Expression, *, literal: bool = False) -> Iterator[Read]:
    """The tables a statement reads: all but its CTEs and its target; with `literal`, just those named in SQL."""
    found = list(tree.find_all(exp.Table, exp.CTE))
    ctes = {cte.alias.casefold() for cte in found if isinstance(cte, exp.CTE)}
    targets = {id(table) for table in _target_tables(tree)}
    nested = {id(table) for table in _arrays(found, ctes)}
    for table in found:
        if not isinstance(table, exp.Table) or id(table) in targets or not isinstance(table.this, exp.Identifier):
            continue
        if id(table) in nested:
            continue
        if not table.args.get("db") and table.name.casefold() in ctes and not source.placeholders(table):
            continue
        if literal and source.whole_placeholder(table) is not None:
            continue
        relation, span = source.relation(table)
        if relation.parts or relation.kind != "table":
            yield Read(relation, source.site(span))


def _arrays(found: Sequence[exp.Expression], ctes: set[str]) -> Iterator[exp.Table]:
    """What looks like `schema.table` and is a column of another table: `from orders as o, o.items`."""
    tables = [table for table in found if isinstance(table, exp.Table)]
    inner = [table for table in tables if table.args.get("db")]
    names = (
        {(table.alias or ("" if table.args.get("db") else table.name)).casefold() for table in tables}
        if inner
        else set()
    )
    for table in inner:
        first = table.args.get("catalog") or table.args["db"]
        if first.name.casefold() in (names | ctes) - {"", table.alias.casefold()}:
            yield table


def _target_tables(tree: exp.Expression) -> Iterator[exp.Table]:
    if isinstance(tree, exp.TruncateTable):
        yield from (table for table in tree.expressions if isinstance(table, exp.Table))
    elif isinstance(tree, exp.Drop):
        yield from dropped(tree)
    elif isinstance(tree, WRITING):
        table = target_of(tree)
        if table is not None:
            yield table
    elif isinstance(tree, exp.Select) and isinstance(tree.args.get("into"), exp.Into):
        into = tree.args["into"].this
        if isinstance(into, exp.Table):
            yield into


def dropped(tree: exp.Drop) -> list[exp.Table]:
    """The tables a DROP names; later versions of sqlglot have them in a list, earlier ones know one."""
    named = [tree.this, *(tree.args.get("tables") or ())]
    return [table for table in named if isinstance(table, exp.Table)]


def target_of(tree: exp.Expression) -> exp.Table | None:
    """The table a statement writes."""
    target = tree.this
    if isinstance(target, exp.Schema):
        target = target.this
    return target if isinstance(target, exp.Table) else None
