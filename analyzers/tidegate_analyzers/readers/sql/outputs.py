"""The columns a query gives, as far as its own text tells."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from tidegate_analyzers.facts import Output, Relation
from tidegate_analyzers.readers.sql.source import SqlSource


@dataclass(slots=True)
class Shape:
    """Named output columns in order, and the relations whose columns pass through by `*`."""

    columns: list[Output] = field(default_factory=list)
    open: list[Relation] = field(default_factory=list)
    known: bool = True
    """Whether every column is either named or passes through a known relation."""


@dataclass(slots=True)
class _Cte:
    """A common table expression; its shape is found when somebody selects all of it."""

    source: SqlSource
    node: exp.CTE
    scope: dict[str, _Cte]
    depth: int
    _shape: Shape | None = None

    def shape(self) -> Shape:
        if self._shape is None:
            inner = shape(self.source, self.node.this, self.scope, self.depth)
            alias = self.node.args.get("alias")
            if isinstance(alias, exp.TableAlias) and alias.columns and inner.known and not inner.open:
                types = [column.type for column in inner.columns]
                inner = Shape(
                    [Output(name.name, types[i] if i < len(types) else "") for i, name in enumerate(alias.columns)]
                )
            self._shape = inner
        return self._shape


def shape(source: SqlSource, query: exp.Expression, ctes: dict[str, _Cte] | None = None, depth: int = 0) -> Shape:
    """The output columns of a query, stars resolved through its CTEs and subqueries."""
    scope = ctes or {}
    if depth > 40:
        return Shape(known=False)
    with_ = query.args.get("with_")
    if isinstance(with_, exp.With):
        for node in with_.expressions:
            if isinstance(node, exp.CTE):
                scope = {**scope, node.alias.casefold(): _Cte(source, node, scope, depth + 1)}
    if isinstance(query, exp.Subquery | exp.Paren):
        return shape(source, query.this, scope, depth + 1)
    if isinstance(query, exp.SetOperation):
        return shape(source, query.this, scope, depth + 1)
    if not isinstance(query, exp.Select):
        return Shape(known=False)
    result = Shape()
    relations: dict[str, Shape] | None = None
    for projection in query.expressions:
        star = (
            projection.this
            if isinstance(projection, exp.Column) and isinstance(projection.this, exp.Star)
            else projection
        )
        if isinstance(star, exp.Star):
            if relations is None:
                relations = _relations(source, query, scope, depth)
            table = projection.table.casefold() if isinstance(projection, exp.Column) else ""
            _add_all(source, star, table, relations, result)
        else:
            _add(source, projection, result)
    return result


def _relations(source: SqlSource, select: exp.Select, scope: dict[str, _Cte], depth: int) -> dict[str, Shape]:
    found: dict[str, Shape] = {}
    from_ = select.args.get("from_")
    nodes = [from_.this] if isinstance(from_, exp.From) else []
    nodes += [join.this for join in select.args.get("joins") or ()]
    for node in nodes:
        name = node.alias_or_name.casefold() or str(len(found))
        if isinstance(node, exp.Table):
            if not node.args.get("db") and node.name.casefold() in scope and not source.placeholders(node):
                found[name] = scope[node.name.casefold()].shape()
            else:
                relation, _ = source.relation(node)
                found[name] = Shape([], [relation])
        elif isinstance(node, exp.Subquery):
            found[name] = shape(source, node.this, scope, depth + 1)
        else:
            found[name] = Shape(known=False)
    if select.args.get("laterals"):
        found["lateral"] = Shape(known=False)
    return found


def _add_all(source: SqlSource, star: exp.Star, table: str, relations: dict[str, Shape], result: Shape) -> None:
    if source.placeholders(star) or (table and table not in relations):
        result.known = False
        return
    _spread(star, [relations[table]] if table else list(relations.values()), result)


def _add(source: SqlSource, projection: exp.Expression, result: Shape) -> None:
    name = projection.alias_or_name
    label = (
        projection.args.get("alias")
        if isinstance(projection, exp.Alias)
        else projection.this
        if isinstance(projection, exp.Column)
        else None
    )
    at = label.meta.get("start", -1) if isinstance(label, exp.Identifier) else -1
    if not name or (at >= 0 and source.computed(at, at + 1)):
        result.known = False
        return
    result.columns.append(Output(name, _type(projection)))


def _spread(star: exp.Star, relations: list[Shape], result: Shape) -> None:
    left_out = {item.name.casefold() for item in star.args.get("except_") or star.args.get("except") or ()}
    renamed = {
        item.this.name.casefold(): item.alias for item in star.args.get("rename") or () if isinstance(item, exp.Alias)
    }
    present = {column.name.casefold() for column in result.columns}
    for relation in relations:
        result.known = result.known and relation.known
        result.open += relation.open if not left_out and not renamed else []
        result.known = result.known and not (relation.open and (left_out or renamed))
        for column in relation.columns:
            folded = column.name.casefold()
            if folded in left_out or folded in present:
                continue
            present.add(folded)
            result.columns.append(Output(renamed.get(folded, column.name), column.type))


def _type(projection: exp.Expression) -> str:
    """The type that a cast at the top of a projection gives, as written in SQL."""
    inner = projection.this if isinstance(projection, exp.Alias) else projection
    if isinstance(inner, exp.Cast | exp.TryCast) and isinstance(inner.to, exp.DataType):
        kind = inner.to.this
        if inner.to.expressions or not isinstance(kind, exp.DType):
            return inner.to.sql().lower()
        return str(kind.value).lower()
    return ""
