"""The names of columns in an expression, each with what it stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from tidegate_analyzers.readers.sql.scopes.made import argued, placeholder_at, produced_at, value
from tidegate_analyzers.readers.sql.scopes.names import Aliases, Found, Mention, look, relation_named, unqualified
from tidegate_analyzers.readers.sql.scopes.shapes import Bound, Scope
from tidegate_analyzers.syntax.sql import identifier_span
from tidegate_analyzers.syntax.template import Role
from tidegate_analyzers.text import Span

if TYPE_CHECKING:
    from tidegate_analyzers.readers.sql.scopes.walk import QueryMap

_WORDS = frozenset(
    [
        "year",
        "quarter",
        "month",
        "week",
        "day",
        "dow",
        "doy",
        "dayofweek",
        "dayofyear",
        "isoweek",
        "hour",
        "minute",
        "second",
        "millisecond",
        "microsecond",
        "nanosecond",
        "epoch",
        "century",
        "decade",
        "years",
        "months",
        "weeks",
        "days",
        "hours",
        "minutes",
        "seconds",
        "isoyear",
        "week_day",
        "current_date",
        "current_timestamp",
        "current_time",
        "current_user",
        "session_user",
        "sysdate",
        "systimestamp",
        "getdate",
        "localtimestamp",
        "interval",
        "rownum",
        "rowid",
        "ctid",
        "level",
        "sql_tsi_day",
        "date",
        "time",
        "timestamp",
        "datetime",
        "true",
        "false",
        "null",
    ]
)
"""Bare words that a parser may take for columns: units of time, and functions without brackets."""


_COMPARES: frozenset[type] = frozenset(
    (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ, exp.In, exp.Between, exp.Case)
)
"""Of these a CASE compares only where it names what it looks at."""


def mentions_in(
    query: QueryMap, scope: Scope, node: exp.Expression, clause: str, aliases: Aliases, depth: int
) -> list[Found]:
    """Add the mentions of an expression to the query's; subqueries in it become scopes of their own.

    Returns:
        What the expression is made of: the mentioned columns, and the columns its subqueries give.
    """
    made: list[Found] = []
    stack: list[tuple[exp.Expression, frozenset[str]]] = [(node, frozenset())]
    while stack:
        current, bound = stack.pop()
        if isinstance(current, exp.Column):
            mention = _column(query, scope, current, clause, aliases, bound)
            if isinstance(mention, Mention):
                query.add(mention)
            if mention is not None:
                made.append(mention.found if isinstance(mention, Mention) else mention)
            continue
        if isinstance(current, exp.Identifier):
            if clause == "using":
                span = identifier_span(current)
                found = unqualified(scope, current.name.casefold(), aliases)
                query.add(Mention(current.name, span, None, scope, found, clause=clause))
            continue
        if isinstance(current, exp.Query):
            shape = query.query(current, scope.ctes, scope, depth + 1)
            if not isinstance(current.parent, exp.Exists):
                made.append(Found(tuple(shape.columns())))
            continue
        if type(current) in _COMPARES and current.args.get("this") is not None:
            query.compared.append(current)
        if isinstance(current, exp.Lambda):
            bound = bound | {item.name.casefold() for item in current.expressions}
        for part in current.args.values():
            if isinstance(part, exp.Expression):
                stack.append((part, bound))
            elif isinstance(part, list):
                # What comes first is looked at first.
                stack += [(item, bound) for item in reversed(part) if isinstance(item, exp.Expression)]
    return made


def _column(
    query: QueryMap, scope: Scope, column: exp.Column, clause: str, aliases: Aliases, bound: frozenset[str]
) -> Mention | Found | None:
    name = column.args.get("this")
    if not isinstance(name, exp.Identifier):
        return None
    span = identifier_span(name)
    text = name.name
    if text.casefold() in bound or text[:1].isdigit():
        return None
    if _computed(query, span):
        known = produced_at(query, span) if column.args.get("table") is None else None
        found = value(query, scope, *known, clause) if known is not None else None
        placeholder = placeholder_at(query, span) if found is None else None
        if placeholder is not None:
            found = argued(query, scope, placeholder, clause)
        return found if found is not None else Found(unknown=True)
    parts = [part for key in ("catalog", "db", "table") if isinstance(part := column.args.get(key), exp.Identifier)]
    if not parts:
        found = unqualified(scope, text.casefold(), aliases)
        quoted = bool(name.args.get("quoted")) and (not query.dialect or not text.isidentifier())
        maybe = found.missing and (quoted or _may_be_no_column(column, scope, text))
        return Mention(text, span, None, scope, found, maybe, clause)
    return _qualified(query, scope, parts, name, clause, aliases)


def _qualified(
    query: QueryMap, scope: Scope, parts: list[exp.Identifier], name: exp.Identifier, clause: str, aliases: Aliases
) -> Mention | None:
    """`t.c`, `schema.t.c`, or a field of a column: the last part before which a relation's name stands is the column."""
    chain = [*parts, name]
    # Of `a.b.c` the relation is `b` if that is the last part of its name, or `a`, and then `c` is a field.
    for at in range(len(parts) - 1, -1, -1):
        relation = _relation(query, scope, parts[at])
        if relation is None:
            continue
        column = chain[at + 1]
        span = identifier_span(column)
        if _computed(query, span):
            return None
        found = look(relation.shape, column.name.casefold())
        element = relation.shape.column(relation.name) if found.unknown and not (found.columns or found.edges) else None
        if element is not None:  # a field of the element of an array that is unnested
            found = Found((element,))
        found.bound = relation
        return Mention(column.name, span, identifier_span(parts[at]), scope, found, clause=clause)
    first = parts[0]
    span = identifier_span(first)
    if _computed(query, span):
        return None
    found = unqualified(scope, first.name.casefold(), aliases)
    # Neither a relation nor a column: a name of another kind, about which nothing is said.
    return Mention(first.name, span, None, scope, found, maybe=True, clause=clause)


def _relation(query: QueryMap, scope: Scope, part: exp.Identifier) -> Bound | None:
    span = identifier_span(part)
    if span is not None and query.source.parsed.template.placeholders:
        for placeholder in query.source.parsed.template.within(span.start, span.end):
            named = query.source.means(placeholder).relation
            if named is None or not named.parts:
                return None
            return relation_named(scope, named.parts[-1].casefold())[0]
    return relation_named(scope, part.name.casefold())[0]


def _computed(query: QueryMap, span: Span | None) -> bool:
    """Whether a name, or a part of one, is made by Jinja."""
    if span is None:
        return True
    if not query.templated:
        return False
    template = query.source.parsed.template
    return any(placeholder.role is not Role.RELATION for placeholder in template.within(span.start, span.end))


def _may_be_no_column(column: exp.Column, scope: Scope, text: str) -> bool:
    """Whether a bare word that no relation holds may be something else: a unit, a function, a whole row."""
    if text.casefold() in _WORDS or isinstance(column.parent, exp.Kwarg | exp.PropertyEQ):
        return True
    return relation_named(scope, text.casefold())[0] is not None
