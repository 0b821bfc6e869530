"""From statements that make and change tables to writes."""

from __future__ import annotations

from sqlglot import exp

from tidegate_analyzers.facts import Relation, Site, Write
from tidegate_analyzers.readers.sql.source import SqlSource


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


def alter_writes(source: SqlSource, tree: exp.Alter, relation: Relation, site: Site, order: int) -> list[Write]:
    """What an ALTER does."""
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
