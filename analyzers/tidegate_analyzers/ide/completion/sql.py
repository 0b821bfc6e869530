"""What is offered in SQL: relations, columns, functions and the words that can follow."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.ide.completion import columns, config, names
from tidegate_analyzers.ide.completion.asked import Asked
from tidegate_analyzers.ide.completion.items import Completion, Item, Offer, escaped
from tidegate_analyzers.ide.completion.words import sql_functions
from tidegate_analyzers.syntax.sql_cursor import SqlPlace, sql_place

_OPERATORS = {
    "select": "as from over and or",
    "on": "and or join|left join|inner join|where|group by|order by",
    "where": "and or in not|between|like|is null|is not null|group by|order by|qualify|limit",
    "group": "having|order by|qualify|limit",
    "order": "asc|desc|nulls first|nulls last|limit",
    "having": "and or|order by|qualify|limit",
    "qualify": "and or|order by|limit",
    "using": "",
    "limit": "offset",
}
_STATEMENTS = ("select", "with", "insert into", "delete from", "merge into", "create table")
_JOINING = ("as", "join", "left join", "inner join", "full join", "cross join", "on", "using", "where", "group by", "order by", "qualify", "limit", "union all")  # fmt: skip
_VALUE_WORDS = ("case", "distinct", "null", "true", "false", "not", "exists", "interval")


def complete_sql(asked: Asked) -> Completion | None:
    """What is offered at a cursor in SQL."""
    place = sql_place(asked.text, asked.offset)
    if place is None or place.expects == "name":
        return None
    offer = Offer(place.typed)
    if place.expects == "relation":
        _relations(asked, place, offer)
    elif place.expects == "type":
        offer.extend(config.types(asked))
    elif place.expects == "member":
        found = columns.scope_at(asked, place)
        if found is None or found[2] is None:
            return None
        offer.extend(columns.members(asked, found[0], found[2]))
    elif place.expects == "value":
        offer.extend(_values(asked, place))
    elif place.expects == "joining":
        offer.extend(_words(_JOINING, place))
    elif place.expects == "operator":
        offer.extend(_words(_operators(place.clause), place))
    else:
        offer.extend(
            _words(_STATEMENTS[:2] if asked.role is None or asked.role.kind == "dbt_sql" else _STATEMENTS, place)
        )
    return Completion(tuple(offer.items), place.span, asked.offset, (), offer.cut) if offer.items else None


def _operators(clause: str) -> list[str]:
    given = _OPERATORS.get(clause, "")
    return [
        word
        for group in given.split("|")
        for word in ([group] if " " in group and group.split()[0] in _PHRASES else group.split())
    ]


_PHRASES = frozenset(("group", "order", "left", "inner", "is", "nulls"))


def _words(words: list[str] | tuple[str, ...], place: SqlPlace) -> Iterator[Item]:
    for word in words:
        text = word.upper() if place.upper else word
        yield Item(text, "keyword", text)


def _relations(asked: Asked, place: SqlPlace, offer: Offer) -> None:
    """CTEs, then what can be referred to."""
    ctes = dict.fromkeys(name for frame in reversed(place.frames) for name in reversed(frame.ctes))
    open_ = _own_cte(place)
    offer.extend(Item(name, "cte", name, "common table expression") for name in ctes if name != open_)
    if asked.role is not None and asked.role.kind == "dbt_sql":
        if asked.snippets:
            offer.extend(
                [
                    Item("ref", "function", "{{ ref('$1') }}", "a model", True, ("word", "name", "ref")),
                    Item(
                        "source", "function", "{{ source('$1', '$2') }}", "a source", True, ("word", "name", "source")
                    ),
                ]
            )
        names.nodes(asked, offer, write="{{{{ ref('{}') }}}}")
        names.every_table(asked, offer, "{{{{ source('{}', '{}') }}}}")
    else:
        known = dict.fromkeys(names.datasets(asked))
        known.pop(place.typed, None)  # the name that is being typed
        offer.extend(names.values(known, "table", "dataset"))


def _own_cte(place: SqlPlace) -> str:
    """The common table expression that the cursor is in: it can't read itself."""
    for outer, inner in zip(place.frames, place.frames[1:], strict=False):
        if outer.clause == "with" and inner.select_at >= 0 and outer.ctes:
            return outer.ctes[-1]
    return ""


def _values(asked: Asked, place: SqlPlace) -> Iterator[Item]:
    found = columns.scope_at(asked, place)
    if found is not None:
        yield from columns.in_scope(asked, place, found[0], found[1])
        if place.clause == "using":
            return
    if place.clause == "select" and place.before == "select":
        yield Item("*", "keyword", "*", "all columns")
    yield from _functions(asked, place)
    yield from _words(_VALUE_WORDS, place)


def _functions(asked: Asked, place: SqlPlace) -> Iterator[Item]:
    called = asked.text[place.span.end : place.span.end + 1] == "("
    dialect = asked.adapter
    for word in sql_functions(dialect):
        name = word.name.upper() if place.upper and word.name.islower() else word.name
        about = ("function", dialect, word.name)
        if called or not word.called:
            yield Item(name, "function", name, word.text, about=about)
        elif not word.parameters or not asked.snippets:
            yield Item(name, "function", f"{name}()", word.text, about=about)
        else:
            yield Item(name, "function", f"{escaped(name)}($1)", word.text, True, about)
