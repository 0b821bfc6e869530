"""From INSERT statements to writes."""

from __future__ import annotations

from sqlglot import exp

from tidegate_analyzers.facts import Relation, Restriction, Site, Write, same_name
from tidegate_analyzers.readers.sql.hidden import hidden_clause, is_windowed
from tidegate_analyzers.readers.sql.measurements import stamps, sums_up
from tidegate_analyzers.readers.sql.restrictions import Restrictions
from tidegate_analyzers.readers.sql.source import SqlSource
from tidegate_analyzers.syntax.sql import Statement


def insert_write(
    source: SqlSource,
    statement: Statement,
    tree: exp.Insert,
    table: exp.Table,
    relation: Relation,
    site: Site,
    order: int,
) -> Write:
    """What an INSERT does to its target."""
    query = tree.expression
    partition = table.args.get("partition") or tree.args.get("partition")
    conflict = tree.args.get("conflict")
    alternative = str(tree.args.get("alternative") or "").lower()
    windowed = is_windowed(source, statement)
    if tree.args.get("overwrite"):
        spelled = source.written(partition) if isinstance(partition, exp.Expression) else ""
        return Write("overwrite_partition", relation, site, order, rows="query", partition=spelled)
    if isinstance(tree.args.get("where"), exp.Expression):
        return Write(
            "overwrite_partition", relation, site, order, rows="query", partition=source.written(tree.args["where"])
        )
    if conflict is not None or tree.args.get("ignore") or alternative in ("ignore", "replace"):
        keys = (
            tuple(column.name for column in (conflict.args.get("conflict_keys") or ()))
            if isinstance(conflict, exp.OnConflict)
            else ()
        )
        return Write(
            "merge",
            relation,
            site,
            order,
            rows="query",
            key=tuple(k for k in keys if k),
            option="on conflict" if conflict is not None else f"insert {alternative or 'ignore'}",
        )
    if _is_values(query):
        return Write("insert", relation, site, order, rows="literals", windowed=windowed)
    opaque = "its rows come from something that is not a query"
    arms: tuple[tuple[Restriction, ...], ...] = ()
    if isinstance(query, exp.Expression) and isinstance(query, exp.Query):
        opaque = ""
        restrictions = Restrictions(
            source,
            lambda candidate: same_table(source, candidate, relation),
            lambda candidate: _is_other(source, candidate, relation),
        )
        arms = tuple(tuple(arm) for arm in _insert_arms(restrictions, tree, query))
    columns = inserted_columns(tree)
    return Write(
        "insert",
        relation,
        site,
        order,
        rows="query",
        arms=arms,
        opaque=opaque or hidden_clause(source, statement),
        reads_target=isinstance(query, exp.Expression) and _reads(source, tree, table, relation),
        windowed=windowed,
        listed=bool(columns),
        columns=_given_columns(tree),
        stamps=stamps(columns, query),
        sums_up=sums_up(tree),
    )


def _reads(source: SqlSource, tree: exp.Insert, table: exp.Table, relation: Relation) -> bool:
    """True when the query of an INSERT reads what it writes; a CTE of the target's name is something else."""
    ctes = {cte.alias.casefold() for cte in tree.find_all(exp.CTE)}
    return any(
        same_table(source, other, relation)
        for other in tree.find_all(exp.Table)
        if other is not table and (other.args.get("db") or other.name.casefold() not in ctes)
    )


def _given_columns(tree: exp.Insert) -> tuple[str, ...]:
    if not isinstance(tree.this, exp.Schema):
        return ()
    return tuple(column.name.casefold() for column in tree.this.expressions if column.name)


def inserted_columns(tree: exp.Insert) -> list[str]:
    """The columns an INSERT writes, if they are all named there."""
    if isinstance(tree.this, exp.Schema):
        return [column.name for column in tree.this.expressions if column.name]
    query = tree.expression
    while isinstance(query, exp.Subquery | exp.SetOperation):
        query = query.this
    if not isinstance(query, exp.Select):
        return []
    names = [projection.alias_or_name for projection in query.expressions]
    return names if all(names) and not any(projection.is_star for projection in query.expressions) else []


def _insert_arms(restrictions: Restrictions, tree: exp.Insert, query: exp.Expression) -> list[list[Restriction]]:
    """The arms of an INSERT's query; `WITH ... INSERT` hangs its CTEs on the INSERT."""
    with_ = tree.args.get("with_")
    if isinstance(with_, exp.With) and not query.args.get("with_"):
        query = query.copy()
        query.set("with_", with_.copy())
    return restrictions.arms(query)


def _is_values(query: exp.Expression | None) -> bool:
    if isinstance(query, exp.Values):
        return True
    if isinstance(query, exp.Subquery | exp.Paren):
        return _is_values(query.this)
    if isinstance(query, exp.Union):
        return _is_values(query.this) and _is_values(query.expression)
    return isinstance(query, exp.Select) and query.args.get("from_") is None and not query.args.get("with_")


def _is_other(source: SqlSource, table: exp.Table, relation: Relation) -> bool:
    """True when the last parts of two names are written out and differ."""
    other, _ = source.relation(table)
    return bool(
        other.kind == relation.kind
        and other.parts
        and relation.parts
        and "{" not in other.parts[-1] + relation.parts[-1]
        and other.name != relation.name
    )


def same_table(source: SqlSource, table: exp.Table, relation: Relation) -> bool:
    """True when a table in a statement is the given relation, as far as names can tell."""
    other, _ = source.relation(table)
    return same_name(other, relation)
