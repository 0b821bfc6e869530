"""What stands in FROM and JOIN: tables, CTEs, subqueries, and functions that give rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlglot import exp

from tidegate_analyzers.readers.sql.scopes.made import input_of, produced_at, rows
from tidegate_analyzers.readers.sql.scopes.mentions import mentions_in
from tidegate_analyzers.readers.sql.scopes.names import Aliases, Found
from tidegate_analyzers.readers.sql.scopes.shapes import (
    TRANSFORMATION,
    UNKNOWN,
    Bound,
    Col,
    Scope,
    Shape,
    Star,
)
from tidegate_analyzers.readers.sql.types.words import GROUPS, word
from tidegate_analyzers.syntax.sql import identifier_span
from tidegate_analyzers.syntax.template import Placeholder
from tidegate_analyzers.text import Span

if TYPE_CHECKING:
    from tidegate_analyzers.readers.sql.scopes.walk import QueryMap


def bind(query: QueryMap, scope: Scope, node: exp.Expression, depth: int) -> Bound:
    """A relation of a FROM or JOIN, with its columns."""
    while isinstance(node, exp.Final) and isinstance(node.this, exp.Expression):
        node = node.this  # ClickHouse: `from t final`
    alias = node.args.get("alias")
    label = alias.this if isinstance(alias, exp.TableAlias) and isinstance(alias.this, exp.Expression) else None
    names = [(item.name, identifier_span(item)) for item in alias.columns] if isinstance(alias, exp.TableAlias) else []
    if isinstance(node, exp.Table):
        bound = _table(query, scope, node, depth)
    elif isinstance(node, exp.Subquery):
        inner = node.this
        if isinstance(inner, exp.Table):  # `from (a join b)`
            bound = bind(query, scope, inner, depth + 1)
            if node.args.get("joins") or inner.args.get("joins"):
                bound = Bound("", "", UNKNOWN)
        else:
            ctes = query._with(node.args["with_"], scope.ctes, scope, depth) if node.args.get("with_") else scope.ctes
            bound = Bound("", "", query.query(inner, ctes, scope.parent, depth + 1))
    elif isinstance(node, exp.Lateral | exp.Unnest | exp.Values):
        return _rows(query, scope, node, names, depth)
    else:
        bound = Bound("", "", UNKNOWN)
        mentions_in(query, scope, node, "from", Aliases.NO, depth)
    if label is not None:
        bound = Bound(
            label.name.casefold(), label.name, bound.shape, bound.span, identifier_span(label), bound.cte, bound.input
        )
    for pivot in node.args.get("pivots") or ():
        bound = Bound(bound.name, bound.label, _pivoted(bound.shape, pivot), bound.span, bound.alias_span)
        if isinstance(pivot, exp.Pivot) and pivot.alias:
            bound.name, bound.label = pivot.alias.casefold(), pivot.alias
    if names:
        bound.shape = bound.shape.renamed(names)
    return bound


def _table(query: QueryMap, scope: Scope, node: exp.Table, depth: int) -> Bound:
    source = query.source
    this = node.this
    if not isinstance(this, exp.Identifier):
        # A function that gives rows: `table(flatten(...))`, `generate_series(1, 3)`.
        if isinstance(this, exp.Expression):
            mentions_in(query, scope, this, "from", Aliases.NO, depth)
        return Bound(node.alias_or_name.casefold(), node.alias_or_name, UNKNOWN)
    block = source.whole_placeholder(node)
    if block is not None:
        made = _made(query, block)
        if made is not None:
            return made
    elif node.args.get("db") is None and (cte := scope.ctes.get(node.name.casefold())) is not None:
        span = identifier_span(this)
        if span is not None:
            cte.uses.append(span)
        return Bound(cte.name.casefold(), cte.name, cte.shape, span, cte=cte)
    relation, span = source.relation(node)
    return input_of(query, relation, span)


def _made(query: QueryMap, placeholder: Placeholder) -> Bound | None:
    """What a macro that stands for a relation gives: `from {{ dbt_utils.union_relations(...) }}`."""
    meaning = query.source.means(placeholder)
    if meaning.relation is not None:
        return None
    span = Span(placeholder.start, placeholder.end)
    known = produced_at(query, span)
    shape = rows(query, *known) if known is not None else None
    return Bound("", "", shape or UNKNOWN, span)


def _rows(
    query: QueryMap,
    scope: Scope,
    node: exp.Lateral | exp.Unnest | exp.Values,
    names: list[tuple[str, Span | None]],
    depth: int,
) -> Bound:
    """Rows made of values or of what a column holds: VALUES, UNNEST, LATERAL VIEW, FLATTEN."""
    alias = node.args.get("alias")
    label = alias.this if isinstance(alias, exp.TableAlias) and isinstance(alias.this, exp.Expression) else None
    name, alias_span = (label.name, identifier_span(label)) if label is not None else ("", None)
    if isinstance(node, exp.Lateral) and isinstance(node.this, exp.Subquery):
        shape = query.query(node.this, scope.ctes, scope, depth + 1)
        return Bound(name.casefold(), name, shape.renamed(names) if names else shape, None, alias_span)
    read: list[Found] = []
    if not isinstance(node, exp.Values):
        inner = node.this if isinstance(node, exp.Lateral) else None
        for part in (inner,) if inner is not None else node.expressions:
            read += mentions_in(query, scope, part, "from", Aliases.NO, depth)
    origins = tuple(edge for found in read for edge in found.edges)
    parents = tuple(column for found in read for column in found.columns)
    origins = tuple(dict.fromkeys((*origins, *(edge for column in parents for edge in column.origins))))

    def made(name: str, span: Span | None) -> Col:
        return Col(name, span, origins, TRANSFORMATION if origins or parents else "constant", "", parents)

    items: list[Col | Star] = [made(*item) for item in names]
    offset = node.args.get("offset") or node.args.get("ordinality")
    if isinstance(offset, exp.Identifier):
        type_ = word("bigint", GROUPS.get(query.dialect, ""))
        items.append(Col(offset.name, identifier_span(offset), (), "constant", type_))
    if isinstance(node, exp.Unnest) and query.dialect == "bigquery":
        # The alias is the element, and the fields of one that is a struct are in reach by themselves.
        element = names[0] if names else (name, alias_span)
        if not names and name:
            items.insert(0, made(*element))
        return Bound(element[0].casefold(), element[0], Shape(items, known=False), None, element[1])
    # A generator may give more columns than are named, and which ones is its own affair.
    return Bound(
        name.casefold(), name, Shape(items, known=bool(names) and not isinstance(offset, bool)), None, alias_span
    )


def elements(query: QueryMap, scope: Scope, arrays: Iterable[exp.Expression], depth: int) -> Bound:
    """The columns of an ARRAY JOIN of ClickHouse: the elements of arrays, by the names of these or by aliases."""
    items: list[Col | Star] = []
    for array in arrays:
        tree = array.this if isinstance(array, exp.Alias) else array
        label = array.args.get("alias") if isinstance(array, exp.Alias) else array.this
        read = mentions_in(query, scope, tree, "from", Aliases.NO, depth)
        parents = tuple(column for found in read for column in found.columns)
        edges = [*(edge for found in read for edge in found.edges), *(e for column in parents for e in column.origins)]
        if isinstance(label, exp.Identifier):
            origins = tuple(dict.fromkeys(edges))
            items.append(Col(label.name, identifier_span(label), origins, TRANSFORMATION, "", parents))
    return Bound("", "", Shape(items))


def _pivoted(shape: Shape, pivot: exp.Expression) -> Shape:
    """The columns of a relation that is pivoted: those that are neither spread nor summed up, and the new ones."""
    if not isinstance(pivot, exp.Pivot) or pivot.args.get("unpivot"):
        return UNKNOWN
    new = pivot.args.get("columns") or ()
    if not new or any(not isinstance(item, exp.Identifier) for item in new):
        return UNKNOWN
    used = [column for column in pivot.find_all(exp.Column) if isinstance(column.this, exp.Identifier)]
    gone = frozenset(column.name.casefold() for column in used)
    items: list[Col | Star] = []
    for item in shape.items:
        if isinstance(item, Star):
            items.append(Star(item.inputs, item.without | gone, item.renamed, item.span))
        elif item.name.casefold() not in gone:
            items.append(item)
    parents = tuple(item for item in shape.columns() if item.name.casefold() in gone)
    edges = tuple(edge for item in parents for edge in item.origins) + tuple(
        (number, name) for star in shape.stars() for name in sorted(gone) for number in star.inputs
    )
    items += [Col(item.name, None, tuple(dict.fromkeys(edges)), "aggregation", "", parents) for item in new]
    return Shape(items, shape.known)
