"""What the usual macros put into a query: columns, relations and values, read from their calls."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from sqlglot import exp

from tidegate_analyzers.facts import Relation
from tidegate_analyzers.readers.dbt.usual_macros.produced import Produced
from tidegate_analyzers.readers.sql.scopes.names import Aliases, Found, Mention, look, relation_named, unqualified
from tidegate_analyzers.readers.sql.scopes.shapes import Bound, Col, Input, Scope, Shape, Star
from tidegate_analyzers.syntax.jinja import Given, macro_call
from tidegate_analyzers.syntax.sql import identifier_span
from tidegate_analyzers.syntax.template import Placeholder
from tidegate_analyzers.text import Span

if TYPE_CHECKING:
    from tidegate_analyzers.readers.sql.scopes.walk import QueryMap

_COLUMN = re.compile(r"(?:(?P<table>\w+)\.)?(?P<name>\w+)\Z")
_IN_EXPRESSION = re.compile(r"""'[^']*'|(?<![\w."])(?P<column>(?:\w+\.)?[A-Za-z_]\w*)(?![\w."]|\s*\()""")
_OPERATOR = re.compile(r"[()+*/<>=|-]")


def placeholder_at(query: QueryMap, span: Span | None) -> Placeholder | None:
    """The placeholder that a span consists of."""
    template = query.source.parsed.template
    if span is None or not template.placeholders:
        return None
    inside = template.within(span.start, span.end)
    return inside[0] if len(inside) == 1 and inside[0].start <= span.start and span.end <= inside[0].end else None


def produced_at(query: QueryMap, span: Span | None) -> tuple[Produced, Placeholder] | None:
    """What the macro gives whose placeholder a span consists of."""
    inside = placeholder_at(query, span)
    made = query.source.makes(query.source.block(inside)) if inside is not None else None
    return (made, inside) if made is not None and inside is not None else None


def produced_by(query: QueryMap, tree: exp.Expression) -> tuple[Produced, Placeholder] | None:
    """What the macro gives whose placeholder an expression consists of: a bare name that begins where one does."""
    name = tree.args.get("this") if isinstance(tree, exp.Column) and tree.args.get("table") is None else None
    if not isinstance(name, exp.Identifier) or name.meta.get("start") not in query.starts:
        return None
    return produced_at(query, identifier_span(name))


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
    text = query.source.text[placeholder.start : placeholder.end]
    named = [(name.strip(), _place(text, name.strip())) for name in made.columns]
    return _arguments(query, scope, named, placeholder, clause)


def argued(query: QueryMap, scope: Scope, placeholder: Placeholder, clause: str) -> Found:
    """What a macro may be given that nobody knows: columns in reach, by name or in the SQL of a text."""
    call = macro_call(query.source.block(placeholder))
    texts = list(_texts([*call.positional, *(given for _, given in call.keywords)])) if call is not None else []
    written = query.source.text[placeholder.start : placeholder.end]
    named: list[tuple[str, int]] = []
    for text in dict.fromkeys(texts):
        at = _place(written, text)
        if _COLUMN.match(text):
            named.append((text, at))
        elif at >= 0 and _OPERATOR.search(text):
            parts = (match for match in _IN_EXPRESSION.finditer(text) if match["column"])
            named += [(match["column"], at + match.start()) for match in parts]
    known = [item for item in named if not _lookup(scope, item[0])[0].missing]
    found = _arguments(query, scope, known, placeholder, clause)
    found.unknown = True
    return found


def _texts(given: Iterable[Given]) -> Iterator[str]:
    for item in given:
        if isinstance(item.value, str):
            yield item.value.strip()
        yield from _texts(item.items or ())


def _lookup(scope: Scope, written: str) -> tuple[Found, re.Match[str] | None]:
    match = _COLUMN.match(written)
    if match is None:
        return Found(), None
    if not match["table"]:
        return unqualified(scope, match["name"].casefold(), Aliases.LAST), match
    bound = relation_named(scope, match["table"].casefold())[0]
    if bound is None:
        return Found(), None
    found = look(bound.shape, match["name"].casefold())
    found.bound = bound
    return found, match


def _arguments(
    query: QueryMap, scope: Scope, names: Iterable[tuple[str, int]], placeholder: Placeholder, clause: str
) -> Found:
    """Mentions of names, each with where it stands in a call; -1 where that is not clear."""
    columns: list[Col] = []
    edges: list[tuple[int, str]] = []
    unknown = False
    for written, at in names:
        found, match = _lookup(scope, written)
        if match is None:
            unknown = True
            continue
        span = qualifier = None
        if at >= 0:
            start = placeholder.start + at
            span = Span(start + match.start("name"), start + match.end("name"))
            qualifier = Span(start, start + match.end("table")) if match["table"] else None
        query.add(Mention(match["name"], span, qualifier, scope, found, maybe=True, clause=clause))
        columns += found.columns
        edges += found.edges
    return Found(tuple(columns), tuple(edges), unknown)


def _place(text: str, written: str) -> int:
    """Where an argument stands in a call; -1 where that is not clear."""
    found = list(re.finditer(rf"""(?<=['"]){re.escape(written)}(?=['"])""", text))
    return found[0].start() if len(found) == 1 else -1
