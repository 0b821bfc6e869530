"""What the usual macros put into a query: columns, relations and values, read from their calls."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tidegate_analyzers.facts import Relation
from tidegate_analyzers.readers.dbt.usual_macros.produced import Produced
from tidegate_analyzers.readers.sql.scopes.names import Aliases, Found, Mention, look, relation_named, unqualified
from tidegate_analyzers.readers.sql.scopes.shapes import Bound, Col, Input, Scope, Shape, Star
from tidegate_analyzers.syntax.template import Placeholder
from tidegate_analyzers.text import Span

if TYPE_CHECKING:
    from tidegate_analyzers.readers.sql.scopes.walk import QueryMap

_COLUMN = re.compile(r"(?:(?P<table>\w+)\.)?(?P<name>\w+)\Z")


def produced_at(query: QueryMap, span: Span | None) -> tuple[Produced, Placeholder] | None:
    """What the macro gives whose placeholder a span consists of."""
    template = query.source.parsed.template
    if span is None or not template.placeholders:
        return None
    inside = template.within(span.start, span.end)
    if len(inside) != 1 or span.start < inside[0].start or span.end > inside[0].end:
        return None
    made = query.source.makes(query.source.block(inside[0]))
    return (made, inside[0]) if made is not None else None


def input_of(query: QueryMap, relation: Relation, span: Span | None) -> Bound:
    """A relation from outside of the file; one whose name is not known holds nobody knows what."""
    entry = Input(len(query.inputs), relation, span)
    query.inputs.append(entry)
    name = relation.parts[-1] if relation.parts else ""
    return Bound(name.casefold(), name, Shape([Star((entry.number,))], known=not relation.dynamic), span, input=entry)


def listed(query: QueryMap, scope: Scope, made: Produced, placeholder: Placeholder) -> Shape | None:
    """The columns that a macro puts into a select list; `None` where they can't be told."""
    span = Span(placeholder.start, placeholder.end)
    if made.kind == "columns":
        return Shape([Col(name, None, kind="transformation") for name in made.columns])
    if made.kind != "star" or made.prefix or made.suffix or len(made.relations) != 1:
        return None
    relation = made.relations[0]
    bound = next((item for item in scope.relations if item.input and item.input.relation == relation), None)
    if bound is None and made.alias:
        bound = relation_named(scope, made.alias.casefold())[0]
    if bound is None:
        bound = input_of(query, relation, span)
    without = frozenset(name.casefold() for name in made.without)
    items: list[Col | Star] = []
    names = {old.casefold(): new for old, new in made.renamed}
    for item in bound.shape.items:
        if isinstance(item, Star):
            items.append(Star(item.inputs, item.without | without, item.renamed + made.renamed, span))
        elif item.name.casefold() not in without:
            name = names.get(item.name.casefold(), item.name)
            items.append(Col(name, item.span, item.origins, item.kind, item.type, (item,)))
    return Shape(items, bound.shape.known)


def rows(query: QueryMap, made: Produced, placeholder: Placeholder) -> Shape | None:
    """The shape of a query that a macro makes; `None` where it can't be told."""
    if made.kind != "query":
        return None
    span = Span(placeholder.start, placeholder.end)
    items: list[Col | Star] = [Col(name, None) for name in made.columns]
    if made.through:
        if not made.relations or made.prefix or made.suffix:
            return None
        bounds = [input_of(query, relation, span) for relation in made.relations]
        numbers = tuple(bound.input.number for bound in bounds if bound.input is not None)
        without = frozenset(name.casefold() for name in made.without)
        items.append(Star(numbers, without, made.renamed, span))
        # A union takes the columns of all; the later relations may have some that the first has not.
        return Shape(items, known=len(numbers) == 1 and all(bound.shape.known for bound in bounds))
    return Shape(items, known=bool(items))


def value(query: QueryMap, scope: Scope, made: Produced, placeholder: Placeholder, clause: str) -> Found | None:
    """What a value is made of that a macro gives; its arguments become mentions. `None` where it can't be told."""
    if made.kind != "expression":
        return None
    columns: list[Col] = []
    edges: list[tuple[int, str]] = []
    text = query.source.text[placeholder.start : placeholder.end]
    unknown = False
    for written in made.columns:
        match = _COLUMN.match(written.strip())
        if match is None:
            unknown = True
            continue
        bound = relation_named(scope, match["table"].casefold())[0] if match["table"] else None
        folded = match["name"].casefold()
        if match["table"] and bound is None:
            unknown = True
            continue
        found = look(bound.shape, folded) if bound is not None else unqualified(scope, folded, Aliases.LAST)
        found.bound = bound
        at = _place(text, written.strip())
        span = (
            Span(placeholder.start + at + match.start("name"), placeholder.start + at + match.end("name"))
            if at >= 0
            else None
        )
        query.add(Mention(match["name"], span, None, scope, found, maybe=True, clause=clause))
        columns += found.columns
        edges += found.edges
    return Found(tuple(columns), tuple(edges), unknown)


def _place(text: str, written: str) -> int:
    """Where an argument stands in a call; -1 where that is not clear."""
    found = list(re.finditer(rf"""(?<=['"]){re.escape(written)}(?=['"])""", text))
    return found[0].start() if len(found) == 1 else -1
