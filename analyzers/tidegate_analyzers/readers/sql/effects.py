"""From SQL statements to reads and writes.

Every statement is described by what it does to data, never by whether that is good: the verdict is made by
`safety` from these facts and from what stands elsewhere in the workspace.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp

from tidegate_analyzers.facts import Read, Relation, Restriction, Site, SqlText, Write, same_name
from tidegate_analyzers.readers.sql.restrictions import Restrictions
from tidegate_analyzers.readers.sql.source import SqlSource
from tidegate_analyzers.syntax.sql import Statement
from tidegate_analyzers.syntax.template import Role

_STREAMING = re.compile(
    r"'connector'\s*=|\bcreate\s+(?:or\s+replace\s+)?(?:stream|source\s+connector|sink\s+connector)\b|\bemit\s+changes\b|\bwatermark\s+for\b",
    re.I,
)
_WRITES = (exp.Insert, exp.Merge, exp.Delete, exp.TruncateTable, exp.Create, exp.Drop, exp.Update, exp.Copy, exp.Alter)


def sql_text(source: SqlSource, name: str, site: Site) -> SqlText:
    """The facts of one SQL text."""
    reads: list[Read] = []
    writes: list[Write] = []
    opaque_tail = ""
    for statement in source.parsed.statements:
        if statement.tree is None:
            opaque_tail = opaque_tail or _unread(source, statement)
            continue
        writes += statement_writes(source, statement, len(writes))
        reads += statement_reads(source, statement.tree)
    streaming = _STREAMING.search(source.text)
    if opaque_tail:
        # A statement that can't be read may clear or merge any target around it.
        writes.append(Write("call", Relation("table", (opaque_tail,)), site, len(writes), opaque=opaque_tail))
    return SqlText(
        name,
        site,
        tuple(reads),
        tuple(writes),
        (),
        streaming.group() if streaming else "",
        any(source.meaning(block).kind == "window" for block in source.scan.code()),
    )


def _unread(source: SqlSource, statement: Statement) -> str:
    words = source.text[statement.span.start : statement.span.end].split()
    return "a statement that is not understood: " + " ".join(words)[:200]


# -- reads ---------------------------------------------------------------------------------------------------------


def statement_reads(source: SqlSource, tree: exp.Expression, *, literal: bool = False) -> Iterator[Read]:
    """The tables a statement reads: all but its CTEs and its target; with `literal`, just those named in SQL."""
    found = list(tree.find_all(exp.Table, exp.CTE))
    ctes = {cte.alias.casefold() for cte in found if isinstance(cte, exp.CTE)}
    targets = {id(table) for table in _target_tables(tree)}
    for table in found:
        if not isinstance(table, exp.Table) or id(table) in targets or not isinstance(table.this, exp.Identifier):
            continue
        if not table.args.get("db") and table.name.casefold() in ctes and not source.placeholders(table):
            continue
        if literal and source.whole_placeholder(table) is not None:
            continue
        relation, span = source.relation(table)
        if relation.parts or relation.kind != "table":
            yield Read(relation, source.site(span))


def _target_tables(tree: exp.Expression) -> Iterator[exp.Table]:
    if isinstance(tree, exp.TruncateTable):
        yield from (table for table in tree.expressions if isinstance(table, exp.Table))
    elif isinstance(tree, _WRITES):
        table = _target(tree)
        if table is not None:
            yield table
    elif isinstance(tree, exp.Select) and isinstance(tree.args.get("into"), exp.Into):
        into = tree.args["into"].this
        if isinstance(into, exp.Table):
            yield into


def _target(tree: exp.Expression) -> exp.Table | None:
    target = tree.this
    if isinstance(target, exp.Schema):
        target = target.this
    return target if isinstance(target, exp.Table) else None


# -- writes ----------------------------------------------------------------------------------------------------------


def statement_writes(source: SqlSource, statement: Statement, order: int) -> list[Write]:
    """The writes of one statement."""
    tree = statement.tree
    if tree is None:
        return []
    if isinstance(tree, exp.Command):
        return _command(source, statement, tree, order)
    if isinstance(tree, exp.TruncateTable):
        return [
            Write("truncate", relation, source.site(span), order, whole=True)
            for relation, span in (source.relation(table) for table in tree.expressions if isinstance(table, exp.Table))
        ]
    if isinstance(tree, exp.Select) and isinstance(tree.args.get("into"), exp.Into):
        into = tree.args["into"]
        relation, span = source.relation(into.this)
        temporary = bool(into.args.get("temporary")) or relation.name.startswith("#")
        return [Write("create", relation, source.site(span), order, rows="query", temporary=temporary)]
    table = _target(tree) if isinstance(tree, _WRITES) else None
    if table is None:
        return []
    relation, span = source.relation(table)
    site = source.site(span or statement.span)
    if isinstance(tree, exp.Insert):
        return [_insert(source, statement, tree, table, relation, site, order)]
    if isinstance(tree, exp.Merge):
        return [Write("merge", relation, site, order, rows="query", key=_merge_key(source, tree))]
    if isinstance(tree, exp.Delete):
        where = tree.args.get("where")
        whole = where is None or (isinstance(where.this, exp.Boolean) and bool(where.this.this))
        return [
            Write(
                "delete",
                relation,
                site,
                order,
                whole=whole,
                partition="" if where is None else source.written(where.this),
                windowed=_windowed(source, statement),
            )
        ]
    if isinstance(tree, exp.Create):
        return _create(source, tree, relation, site, order)
    if isinstance(tree, exp.Drop):
        return [Write("drop", relation, site, order, whole=True)]
    if isinstance(tree, exp.Update):
        return [Write("update", relation, site, order)]
    if isinstance(tree, exp.Copy):
        return [_copy(source, statement, tree, relation, site, order)]
    if isinstance(tree, exp.Alter):
        return _alter(source, tree, relation, site, order)
    return []


def _insert(
    source: SqlSource,
    statement: Statement,
    tree: exp.Insert,
    table: exp.Table,
    relation: Relation,
    site: Site,
    order: int,
) -> Write:
    query = tree.expression
    partition = table.args.get("partition") or tree.args.get("partition")
    conflict = tree.args.get("conflict")
    alternative = str(tree.args.get("alternative") or "").lower()
    windowed = _windowed(source, statement)
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
        restrictions = Restrictions(source, lambda candidate: same_table(source, candidate, relation))
        arms = tuple(tuple(arm) for arm in _insert_arms(restrictions, tree, query))
    reads_target = isinstance(query, exp.Expression) and any(
        same_table(source, t, relation) for t in tree.find_all(exp.Table) if t is not table
    )
    return Write(
        "insert",
        relation,
        site,
        order,
        rows="query",
        arms=arms,
        opaque=opaque or hidden_clause(source, statement),
        reads_target=reads_target,
        windowed=windowed,
        listed=bool(inserted_columns(tree)),
    )


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


def _merge_key(source: SqlSource, tree: exp.Merge) -> tuple[str, ...]:
    on = tree.args.get("on")
    if not isinstance(on, exp.Expression):
        return ()
    target = tree.this
    names = {target.alias_or_name.casefold(), target.name.casefold()} if isinstance(target, exp.Table) else set()
    return tuple(dict.fromkeys(column.name for column in on.find_all(exp.Column) if column.table.casefold() in names))


def _create(source: SqlSource, tree: exp.Create, relation: Relation, site: Site, order: int) -> list[Write]:
    kind = (tree.kind or "").upper()
    if kind not in ("TABLE", "VIEW"):
        return []
    properties = tree.args.get("properties")
    temporary = kind == "VIEW" or (
        isinstance(properties, exp.Properties)
        and any(isinstance(p, exp.TemporaryProperty) for p in properties.expressions)
    )
    if kind == "VIEW":
        return [Write("replace", relation, site, order, rows="query", temporary=False, option="view")]
    rows = "query" if isinstance(tree.expression, exp.Query) else ""
    mode = "replace" if tree.args.get("replace") else "create"
    key = _declared_key(tree)
    engine = _engine(source, tree)
    return [
        Write(
            mode, relation, site, order, rows=rows, temporary=temporary, whole=mode == "replace", key=key, option=engine
        )
    ]


def _declared_key(tree: exp.Create) -> tuple[str, ...]:
    """The columns a table declares unique."""
    schema = tree.this
    if not isinstance(schema, exp.Schema):
        return ()
    for item in schema.expressions:
        if isinstance(item, exp.ColumnDef):
            kinds = [constraint.kind for constraint in item.constraints]
            if any(isinstance(kind, exp.PrimaryKeyColumnConstraint | exp.UniqueColumnConstraint) for kind in kinds):
                return (item.name,)
    for part in schema.find_all(exp.PrimaryKey, exp.UniqueColumnConstraint):
        names = tuple(identifier.name for identifier in part.find_all(exp.Identifier))
        if names:
            return names
    return ()


def _engine(source: SqlSource, tree: exp.Create) -> str:
    engine = tree.find(exp.EngineProperty)
    return source.written(engine) if engine is not None else ""


def _copy(source: SqlSource, statement: Statement, tree: exp.Copy, relation: Relation, site: Site, order: int) -> Write:
    force = any(
        param.name.casefold() == "force" and isinstance(param.expression, exp.Boolean) and param.expression.this
        for param in tree.args.get("params") or ()
        if isinstance(param, exp.CopyParameter)
    )
    from_files = bool(tree.args.get("kind"))  # false for COPY ... TO, an unload
    words = (
        "copy into"
        if re.match(r"copy\s+into\b", source.text[statement.span.start : statement.span.end], re.I)
        else "copy"
    )
    if not from_files:
        return Write("call", relation, site, order, opaque="an unload writes files")
    return Write(
        "append",
        relation,
        site,
        order,
        rows="file",
        option=f"{words} force" if force else words,
        windowed=_windowed(source, statement),
    )


def _alter(source: SqlSource, tree: exp.Alter, relation: Relation, site: Site, order: int) -> list[Write]:
    writes: list[Write] = []
    for action in tree.args.get("actions") or ():
        if isinstance(action, exp.DropPartition):
            writes.append(Write("delete", relation, site, order, partition=source.written(action) or "partition"))
        elif isinstance(action, exp.SwapTable | exp.AlterRename) and isinstance(action.this, exp.Table):
            other, span = source.relation(action.this)
            writes += [
                Write("swap", relation, site, order, whole=True),
                Write("swap", other, source.site(span), order, whole=True),
            ]
    return writes


_REPLACE_INTO = re.compile(r"replace\s+into\s+(?P<name>[\w.`\"{} ]+?)\s*(?:\(|select|values|set|with)\b", re.I)
_EXCHANGE = re.compile(r"\b(?:exchange|swap|rename)\b", re.I)


def _command(source: SqlSource, statement: Statement, tree: exp.Command, order: int) -> list[Write]:
    text = source.text[statement.span.start : statement.span.end]
    word = tree.name.upper()
    if word == "REPLACE" and (match := _REPLACE_INTO.match(text)):
        parts = tuple(part.strip('`" ') for part in match.group("name").split("."))
        return [
            Write(
                "merge",
                Relation("table", parts),
                source.site(statement.span),
                order,
                rows="query",
                option="replace into",
            )
        ]
    if word in (
        "SET",
        "USE",
        "SHOW",
        "DESCRIBE",
        "EXPLAIN",
        "GRANT",
        "REVOKE",
        "ANALYZE",
        "COMMENT",
        "VACUUM",
        "OPTIMIZE",
        "REFRESH",
        "MSCK",
        "DECLARE",
        "BEGIN",
        "END",
        "COMMIT",
    ):
        return []
    words = " ".join(text.split())
    return [
        Write(
            "call",
            Relation("table", (words[:400],)),
            source.site(statement.span),
            order,
            opaque=f"'{words[:60]}' is not understood",
        )
    ]


def _windowed(source: SqlSource, statement: Statement) -> bool:
    inside = source.parsed.template.within(statement.span.start, statement.span.end)
    return any(source.means(placeholder).kind == "window" for placeholder in inside)


def hidden_clause(source: SqlSource, statement: Statement) -> str:
    """Why part of a statement is not known: an expression that may render to a whole clause, else empty.

    The parser's statement ends with its last word; an expression behind it may still add to it.
    """
    following = (other.span.start for other in source.parsed.statements if other.span.start >= statement.span.end)
    for placeholder in source.parsed.template.within(statement.span.start, next(following, len(source.text))):
        if placeholder.role not in (Role.NOTHING, Role.QUERY):
            continue
        block = source.block(placeholder)
        written = " ".join(source.text[block.start : block.end].split())
        if placeholder.role is Role.QUERY:
            return f"'{written}' is a query that a macro makes"
        if source.means(placeholder).kind == "unknown":
            return f"'{written}' may add a clause"
    return ""


def same_table(source: SqlSource, table: exp.Table, relation: Relation) -> bool:
    """True when a table in a statement is the given relation, as far as names can tell."""
    other, _ = source.relation(table)
    return same_name(other, relation)
