"""From statements that make and change tables to writes."""

from __future__ import annotations

from sqlglot import exp

from tidegate_analyzers.facts import ColumnFlow, Output, Relation, Site, Write
from tidegate_analyzers.readers.sql.measurements import default_stamps
from tidegate_analyzers.readers.sql.source import SqlSource
from tidegate_analyzers.readers.sql.types.words import GROUPS, spelled
from tidegate_analyzers.syntax.sql import identifier_span


def create_writes(source: SqlSource, tree: exp.Create, relation: Relation, site: Site, order: int) -> list[Write]:
    """What a CREATE does."""
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
    generated = tuple(column.name.casefold() for column in _columns(tree) if _is_generated(column))
    key = _declared_key(tree, generated)
    engine = _engine(source, tree)
    return [
        Write(
            mode,
            relation,
            site,
            order,
            rows=rows,
            temporary=temporary,
            whole=mode == "replace",
            key=key,
            option=engine,
            generated=generated,
            stamps=default_stamps(tree),
        )
    ]


def _columns(tree: exp.Create) -> list[exp.ColumnDef]:
    schema = tree.this
    return (
        [item for item in schema.expressions if isinstance(item, exp.ColumnDef)]
        if isinstance(schema, exp.Schema)
        else []
    )


def declared_columns(source: SqlSource, tree: exp.Create, target: Relation) -> ColumnFlow | None:
    """The columns that a CREATE TABLE lists; `None` where it takes those of something else as well."""
    # Hive's partitions are columns, too.
    parts = tree.find(exp.PartitionedByProperty)
    more = parts.this.expressions if parts is not None and isinstance(parts.this, exp.Schema) else []
    columns = [*_columns(tree), *(column for column in more if isinstance(column, exp.ColumnDef))]
    if (tree.kind or "").upper() != "TABLE" or not _columns(tree):
        return None
    if tree.find(exp.LikeProperty, exp.InheritsProperty, exp.PartitionedOfProperty) is not None:
        return None
    outputs = []
    for column in columns:
        kind = column.args.get("kind")
        group = GROUPS.get(source.dialect, "")
        type_ = spelled(kind, source.dialect, group) if isinstance(kind, exp.DataType) else ""
        outputs.append(Output(column.name, type_, source.site(identifier_span(column.this)), kind="declared"))
    closed = not source.placeholders(tree)
    return ColumnFlow(outputs=tuple(outputs), closed=closed, target=target, way="create")


def inserted_columns(source: SqlSource, tree: exp.Insert, target: Relation) -> ColumnFlow:
    """The columns that an INSERT without a query names."""
    names = tree.this.expressions
    outputs = [Output(item.name, "", source.site(identifier_span(item)), kind="declared") for item in names]
    return ColumnFlow(outputs=tuple(outputs), closed=True, target=target, way="insert")


def changes_columns(tree: exp.Alter) -> bool:
    """Whether an ALTER adds, drops or renames columns; one that is not understood may."""
    kept = (exp.Delete, exp.ReplacePartition, exp.DropPartition, exp.SwapTable, exp.AlterRename, exp.AddConstraint)
    return any(not isinstance(action, kept) for action in tree.args.get("actions") or (tree,))


def _declared_key(tree: exp.Create, generated: tuple[str, ...]) -> tuple[str, ...]:
    """The columns a table declares unique; of several keys one that the database does not fill by itself."""
    keys: list[tuple[str, ...]] = [
        (column.name,)
        for column in _columns(tree)
        if any(
            isinstance(kind, exp.PrimaryKeyColumnConstraint | exp.UniqueColumnConstraint)
            for kind in constraint_kinds(column)
        )
    ]
    if isinstance(tree.this, exp.Schema):
        for part in tree.this.find_all(exp.PrimaryKey, exp.UniqueColumnConstraint):
            keys.append(_names(part))
    keys = [key for key in keys if key]
    given = [key for key in keys if not any(name.casefold() in generated for name in key)]
    return next(iter(given or keys), ())


def _is_generated(column: exp.ColumnDef) -> bool:
    """True for a column whose values the database makes: serial, identity, a default that is computed."""
    kind = column.args.get("kind")
    if isinstance(kind, exp.DataType) and "serial" in kind.sql("postgres").casefold():
        return True
    return any(
        isinstance(kind, exp.GeneratedAsIdentityColumnConstraint | exp.AutoIncrementColumnConstraint)
        or (isinstance(kind, exp.DefaultColumnConstraint) and kind.find(exp.Func) is not None)
        for kind in constraint_kinds(column)
    )


def constraint_kinds(column: exp.ColumnDef) -> list[object]:
    """The constraints of a column. Compiled, sqlglot's own `kind` breaks where a comma is missing before PRIMARY KEY."""
    return [constraint.args.get("kind") for constraint in column.constraints]


def _engine(source: SqlSource, tree: exp.Create) -> str:
    engine = tree.find(exp.EngineProperty)
    return source.written(engine) if engine is not None else ""


def unique_index(source: SqlSource, index: exp.Index, order: int) -> list[Write]:
    """A key that CREATE UNIQUE INDEX gives a table; none where it holds for some rows alone."""
    table, params = index.args.get("table"), index.args.get("params")
    if not isinstance(table, exp.Table) or not isinstance(params, exp.IndexParameters) or params.args.get("where"):
        return []
    relation, span = source.relation(table)
    key = tuple(name for column in params.args.get("columns") or () for name in _names(column))
    return [Write("index", relation, source.site(span), order, key=key)] if key else []


def _names(part: exp.Expression) -> tuple[str, ...]:
    return tuple(identifier.name for identifier in part.find_all(exp.Identifier))


def alter_writes(source: SqlSource, tree: exp.Alter, relation: Relation, site: Site, order: int) -> list[Write]:
    """What an ALTER does."""
    writes: list[Write] = []
    for action in tree.args.get("actions") or ():
        if isinstance(action, exp.Delete):  # ClickHouse: ALTER TABLE ... DELETE WHERE
            where = action.args.get("where")
            spelled = source.written(where.this) if isinstance(where, exp.Where) else ""
            writes.append(Write("delete", relation, site, order, partition=spelled, whole=where is None))
        elif isinstance(action, exp.ReplacePartition):
            writes.append(Write("overwrite_partition", relation, site, order, partition=source.written(action)))
        elif isinstance(action, exp.DropPartition):
            writes.append(Write("delete", relation, site, order, partition=source.written(action) or "partition"))
        elif isinstance(action, exp.AddConstraint):
            keys = action.find_all(exp.PrimaryKey, exp.UniqueColumnConstraint)
            writes += [Write("index", relation, site, order, key=_names(key)) for key in keys if _names(key)]
        elif isinstance(action, exp.SwapTable | exp.AlterRename) and isinstance(action.this, exp.Table):
            other, span = source.relation(action.this)
            writes += [
                Write("swap", relation, site, order, whole=True),
                Write("swap", other, source.site(span), order, whole=True),
            ]
    return writes
