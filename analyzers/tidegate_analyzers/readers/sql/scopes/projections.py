"""The select list: what each of its items gives, and of which columns that is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from tidegate_analyzers.readers.sql.scopes.made import listed, produced_at, produced_by, rows
from tidegate_analyzers.readers.sql.scopes.mentions import mentions_in
from tidegate_analyzers.readers.sql.scopes.names import Aliases, Found, relation_named
from tidegate_analyzers.readers.sql.scopes.shapes import (
    AGGREGATION,
    CONSTANT,
    IDENTITY,
    TRANSFORMATION,
    UNKNOWN,
    Bound,
    Col,
    Edge,
    Scope,
    Shape,
    Star,
    kind_of,
)
from tidegate_analyzers.readers.sql.types import type_of
from tidegate_analyzers.syntax.sql import identifier_span
from tidegate_analyzers.syntax.template import Role
from tidegate_analyzers.text import Span

if TYPE_CHECKING:
    from tidegate_analyzers.readers.sql.scopes.walk import QueryMap


MAX_COLUMNS = 4_000
"""A relation with more columns than this is not understood; warehouses have limits of the same size."""


def project(query: QueryMap, scope: Scope, select: exp.Select, aliases: Aliases, depth: int) -> Shape:
    """The shape of a SELECT. Its columns are added to `scope.done` as they are made."""
    shape = Shape()
    if select.args.get("kind") is not None or select.args.get("operation_modifiers"):
        shape.known = False  # `select as struct`
    for projection in select.expressions:
        table = ""
        node: exp.Expression = projection
        if isinstance(projection, exp.Column) and isinstance(projection.this, exp.Star):
            table, node = projection.table, projection.this
        if _is_query(query, node):
            # A macro made the SELECT itself: of what follows nothing is known.
            scope.relations.append(Bound("", "", UNKNOWN))
        if isinstance(node, exp.Star):
            _star(query, scope, node, projection, table, shape, aliases, depth)
        else:
            _item(query, scope, projection, shape, aliases, depth)
    shape.placed = shape.known
    if any(not column.name for column in shape.columns()):
        shape.known = False  # a column all the same, by a name that the database makes up
    return shape


def _is_query(query: QueryMap, node: exp.Expression) -> bool:
    template = query.source.parsed.template
    if not isinstance(node, exp.Column) or not template.hides_query:
        return False
    span = identifier_span(node)
    return span is not None and any(item.role is Role.QUERY for item in template.within(span.start, span.end))


def _item(
    query: QueryMap, scope: Scope, projection: exp.Expression, shape: Shape, aliases: Aliases, depth: int
) -> None:
    tree = projection.this if isinstance(projection, exp.Alias) else projection
    read = mentions_in(query, scope, tree, "select", aliases, depth)
    known = produced_by(query, projection)
    if known is not None:
        given = listed(query, scope, *known) if known[0].kind != "query" else rows(query, *known)
        shape.items += given.items if given is not None else ()
        shape.known = shape.known and (known[0].kind == "clause" or (given is not None and given.known))
        return
    if isinstance(projection, exp.Aliases) or isinstance(tree, exp.Columns):
        shape.known = False
        return
    label: exp.Expression | None = None
    if isinstance(projection, exp.Alias):
        label = projection.args.get("alias")
    elif isinstance(projection, exp.Column):
        label = projection.this
    elif isinstance(projection, exp.Dot):
        label = projection.expression
    name = (
        ""
        if _is_named_by_database(projection)
        else projection.alias_or_name or (label.name if label is not None else "")
    )
    span = identifier_span(label) if isinstance(label, exp.Identifier) else None
    if span is not None and _templated(query, span):
        shape.known = False
        return
    column = _column(query, name, span, tree, read)
    shape.items.append(column)
    if name:
        scope.done.setdefault(name.casefold(), column)


def _is_named_by_database(projection: exp.Expression) -> bool:
    """Whether a database makes up the name of a column, such as `count(*)` or `count`."""
    return isinstance(projection, exp.Func) and not isinstance(projection, exp.Cast)


def _templated(query: QueryMap, span: Span) -> bool:
    return query.templated and bool(query.source.parsed.template.within(span.start, span.end))


def _column(query: QueryMap, name: str, span: Span | None, tree: exp.Expression, read: list[Found]) -> Col:
    edges: dict[Edge, None] = {}
    parents: dict[Col, None] = {}
    kinds: list[str] = []
    for found in read:
        for column in found.columns:
            parents[column] = None
            kinds.append(column.kind)
            edges.update(dict.fromkeys(column.origins))
        edges.update(dict.fromkeys(found.edges))
    inner: exp.Expression = tree
    while isinstance(inner, exp.Paren):
        inner = inner.this
    if isinstance(inner, exp.Column) and isinstance(inner.this, exp.Identifier):
        # What a macro makes of a column is not that column.
        written = identifier_span(inner.this)
        own = TRANSFORMATION if written is not None and _templated(query, written) else IDENTITY
    elif isinstance(inner, exp.AggFunc) or (edges and _aggregates(inner)):
        own = AGGREGATION
    else:
        own = TRANSFORMATION if read else CONSTANT
    kind = kind_of(own, *kinds)

    def known(column: exp.Column) -> str:
        return type_of_column(column, query)

    made = produced_by(query, inner)
    type_ = made[0].type if made is not None else type_of(inner, query.dialect, known)
    return Col(name, span, tuple(edges), kind, type_, tuple(parents), tree)


def _aggregates(tree: exp.Expression) -> bool:
    return any(not isinstance(item.parent, exp.Window) for item in tree.find_all(exp.AggFunc))


def type_of_column(column: exp.Column, query: QueryMap) -> str:
    """The type of a mentioned column, `?input.name` where the graph has to say."""
    mention = query.at.get(column.this.meta.get("start", -1))
    if mention is None or mention.found.unknown or mention.found.ambiguous:
        return ""
    found = mention.found
    if len(found.columns) == 1 and not found.edges:
        return found.columns[0].type
    if not found.columns and len(found.edges) == 1:
        number, name = found.edges[0]
        return f"?{number}.{name}"
    return ""


def _star(
    query: QueryMap,
    scope: Scope,
    star: exp.Star,
    projection: exp.Expression,
    table: str,
    shape: Shape,
    aliases: Aliases,
    depth: int,
) -> None:
    span = identifier_span(projection)
    place = identifier_span(star)
    if place is not None and query.source.parsed.template.within(place.start, place.end):
        known = produced_at(query, place)
        given = listed(query, scope, *known) if known is not None and not table else None
        shape.items += given.items if given is not None else ()
        shape.known = shape.known and given is not None and given.known
        return
    bounds = [bound for bound in scope.relations if not bound.hidden]
    if table:
        named = _qualifier(query, scope, projection)
        if named is None:
            shape.known = False
            return
        bounds = [named]
    if star.args.get("ilike") is not None:
        shape.known = False
        return
    replaced: dict[str, Col] = {}
    for item in star.args.get("replace") or ():
        if isinstance(item, exp.Alias):
            read = mentions_in(query, scope, item.this, "select", aliases, depth)
            label = item.args.get("alias")
            column = _column(
                query,
                item.alias,
                identifier_span(label) if isinstance(label, exp.Expression) else None,
                item.this,
                read,
            )
            replaced[item.alias.casefold()] = column
    left_out = _names(star, "except_")
    reach = Scope(scope.node, None, bounds)
    for item in star.args.get("except_") or ():
        mentions_in(query, reach, item, "star", Aliases.NO, depth)
    renamed = {
        item.this.name.casefold(): (item.this.name, item.alias)
        for item in star.args.get("rename") or ()
        if isinstance(item, exp.Alias)
    }
    merged: set[str] = set()
    for bound in bounds:
        _spread(bound, left_out, renamed, replaced, merged, span, shape)
        merged |= bound.using


def _qualifier(query: QueryMap, scope: Scope, projection: exp.Expression) -> Bound | None:
    part = projection.args.get("table")
    span = identifier_span(part)
    if isinstance(part, exp.Identifier) and span is not None:
        for placeholder in query.source.parsed.template.within(span.start, span.end):
            named = query.source.means(placeholder).relation
            return relation_named(scope, named.parts[-1].casefold())[0] if named and named.parts else None
        return relation_named(scope, part.name.casefold())[0]
    return None


def _names(star: exp.Star, argument: str) -> frozenset[str]:
    return frozenset(item.name.casefold() for item in star.args.get(argument) or ())


def _spread(
    bound: Bound,
    left_out: frozenset[str],
    renamed: dict[str, tuple[str, str]],
    replaced: dict[str, Col],
    merged: set[str],
    span: Span | None,
    shape: Shape,
) -> None:
    """Add the columns of a relation to a shape."""
    gone = left_out | replaced.keys()
    skip = merged | bound.using if bound.using else merged
    shape.known = shape.known and bound.shape.known
    if len(shape.items) + len(bound.shape.items) > MAX_COLUMNS:
        shape.known = False  # a chain of `select a.*, b.*` doubles them each time
        return
    for item in bound.shape.items:
        if isinstance(item, Star):
            names = tuple(pair for pair in renamed.values() if item.source_name(pair[0].casefold()) is not None)
            shape.items.append(
                Star(
                    item.inputs,
                    item.without | gone | (skip if bound.using else frozenset()),
                    item.renamed + names,
                    item.span or span,
                )
            )
            continue
        folded = item.name.casefold()
        if folded in left_out or (bound.using and folded in bound.using):
            continue
        if folded in replaced:
            shape.items.append(replaced[folded])
        elif folded in renamed:
            shape.items.append(Col(renamed[folded][1], item.span, item.origins, item.kind, item.type, (item,)))
        else:
            shape.items.append(Col(item.name, item.span, item.origins, item.kind, item.type, (item,)))
    if any(isinstance(item, Star) for item in bound.shape.items):
        # What replaces a column of an input that is not listed here comes in its place; which one is not known.
        have = {item.name.casefold() for item in shape.columns()}
        shape.items += [column for folded, column in replaced.items() if folded not in have]
    for folded, columns in bound.shape.extra.items():
        known = shape.extra.get(folded, [])
        shape.extra[folded] = [*known, *(column for column in columns if column not in known)]
