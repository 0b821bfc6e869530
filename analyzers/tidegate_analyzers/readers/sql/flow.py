"""What a query does with columns, as facts: taken from the scopes of its tree."""

from __future__ import annotations

import re

from sqlglot import exp

from tidegate_analyzers.facts import ColumnFlow, Origin, Output, Relation, Use
from tidegate_analyzers.facts.columns import EVERY
from tidegate_analyzers.readers.sql.comparisons import comparisons
from tidegate_analyzers.readers.sql.scopes import Col, Mention, Scope, Shape, Star, query_map
from tidegate_analyzers.readers.sql.source import SqlSource
from tidegate_analyzers.text import Span

_NEAR = 75
"""How alike two names are, of 100, that one may be a slip of the pen for the other."""


def column_flow(source: SqlSource, tree: exp.Expression, dialect: str, target: Relation | None = None) -> ColumnFlow:
    """What a query does with columns.

    Args:
        source: the text it stands in.
        tree: a query, or a statement that writes what a query gives.
        dialect: its SQL dialect.
        target: what the statement writes.
    """
    query = query_map(source, tree, dialect)
    columns = _written(tree) if target is not None else ()
    shape = query.shape.renamed([(name, span) for name, span in columns]) if columns else query.shape
    uses: list[Use] = []
    mentions = resolved = 0
    for mention in query.mentions:
        mentions += 1
        known = not mention.found.unknown and not mention.found.missing
        resolved += known
        use = _use(source, mention, dialect)
        if use is not None:
            uses.append(use)
    return ColumnFlow(
        tuple(item.relation for item in query.inputs),
        tuple(_outputs(source, shape)),
        tuple(uses),
        shape.known and bool(shape.items),
        target,
        mentions,
        resolved,
        compared=tuple(comparisons(query)),
    )


def _written(tree: exp.Expression) -> list[tuple[str, Span | None]]:
    """The columns an INSERT lists behind its target."""
    schema = tree.this if isinstance(tree, exp.Insert) else None
    if not isinstance(schema, exp.Schema):
        return []
    return [(item.name, None) for item in schema.expressions]


def _outputs(source: SqlSource, shape: Shape) -> list[Output]:
    found = []
    for item in shape.items:
        if isinstance(item, Star):
            origins = tuple(Origin(number, EVERY) for number in item.inputs)
            found.append(
                Output(
                    EVERY,
                    "",
                    source.site(item.span),
                    origins,
                    "identity",
                    without=tuple(sorted(item.without)),
                    renamed=item.renamed,
                )
            )
            continue
        if not item.name:
            continue
        like, type_, term = _type(item)
        origins = tuple(Origin(number, name) for number, name in item.origins)
        found.append(Output(item.name, type_, source.site(item.span), origins, item.kind, like, term=term))
    return found


_VARIABLE = re.compile(r"\?(\d+)\.([^{}|]+)")


def _type(column: Col) -> tuple[int, str, str]:
    """The number of the origin whose type a column has, its own type, and how it comes of those of its origins."""
    if not column.type.startswith("?"):
        return -1, column.type, ""
    known = {edge: number for number, edge in enumerate(column.origins)}
    edges = [(int(match[1]), match[2]) for match in _VARIABLE.finditer(column.type)]
    if not all(edge in known for edge in edges):
        return -1, "", ""
    if not column.type.startswith("?="):
        return known[edges[0]], "", ""
    return -1, "", _VARIABLE.sub(lambda match: f"?{known[int(match[1]), match[2]]}.{match[2]}", column.type)


def _use(source: SqlSource, mention: Mention, dialect: str) -> Use | None:
    """A mention as a fact; `None` for one that the file itself explains."""
    found = mention.found
    if mention.span is None:
        return None
    inputs = tuple(dict.fromkeys(number for number, _ in found.edges))
    if found.ambiguous and dialect != "clickhouse":  # which takes the leftmost
        where = _names(mention.scope)
        return Use(mention.name, source.site(mention.span), inputs, "ambiguous", where=where)
    if found.missing:
        # Of a SELECT without FROM the rest is still to be typed.
        if mention.maybe or not mention.scope.relations:
            return None
        near, where = _nearest(mention)
        return Use(mention.name, source.site(mention.span), (), "missing", near, where)
    if not inputs:
        return None
    bare = mention.qualifier is None
    maybe = mention.maybe or found.unknown or bool(found.columns) or (bare and _around(mention.scope))
    either = bare and len(found.firsts) > 1 and found.bound is None
    if either:
        inputs = tuple(dict.fromkeys(number for number, _ in found.firsts))
    # What an input calls it: a star on the way may have given it another name.
    names = {name for _, name in found.edges}
    name = names.pop() if len(names) == 1 else mention.name
    return Use(name, source.site(mention.span), inputs, "maybe" if maybe else "either" if either else "")


def _around(scope: Scope) -> bool:
    """Whether a bare name may be of a query around its own."""
    return scope.parent is not None and bool(scope.parent.relations)


def _names(scope: Scope) -> str:
    return ", ".join(bound.label for bound in scope.relations if bound.label)


def _nearest(mention: Mention) -> tuple[str, str]:
    """The column in reach whose name is most like a missing one, and the relations that were looked through."""
    from rapidfuzz import fuzz, process  # loaded when the first name is not found

    bound = mention.found.bound
    relations = [bound] if bound is not None else mention.scope.relations
    names = [column.name for item in relations for column in item.shape.columns() if column.name]
    best = process.extractOne(mention.name, names, scorer=fuzz.ratio, score_cutoff=_NEAR)
    return (best[0] if best is not None else ""), ", ".join(item.label for item in relations if item.label)
