"""Columns, CTEs and aliases that can be named at a place in SQL, and the columns of a model by its name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from tidegate_analyzers.facts import NodeRef
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.available import Available, columns_of_shape
from tidegate_analyzers.graph.columns import ColumnKey, Dataset, column_type, dataset_columns
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.ide.completion.asked import Asked
from tidegate_analyzers.ide.completion.items import Item
from tidegate_analyzers.ide.completion.mentioned import CURSOR, mentioned_columns
from tidegate_analyzers.readers.dbt.query import query_in
from tidegate_analyzers.readers.sql.scopes import Bound, QueryMap, Scope
from tidegate_analyzers.syntax.sql_cursor import SqlPlace, end_of_from, find_from

_PLAIN = re.compile(r"[A-Za-z_]\w*")


def of_model(asked: Asked) -> Iterator[Item]:
    """The columns that the file's own model gives."""
    read = asked.snapshot.read(asked.path)
    for number, node in enumerate(read.facts.nodes if read is not None else ()):
        yield from _of_dataset(asked, NodeKey(asked.path, number, node.name, node.kind), node.name)


def of_ref(asked: Asked, ref: NodeRef) -> Iterator[Item]:
    """The columns of what a `ref` or `source` means."""
    resolution = dbt.resolve_ref(asked.view, asked.path, ref)
    dataset = resolution.node or resolution.source
    if dataset is not None:
        yield from _of_dataset(asked, dataset, ".".join(ref.names))


def _of_dataset(asked: Asked, dataset: Dataset, owner: str) -> Iterator[Item]:
    for column in dataset_columns(asked.view, dataset).items:
        type_ = column_type(asked.view, ColumnKey(dataset, column.name.casefold()))
        about = ("column", str(column.declared.description if column.declared is not None else ""), type_, owner)
        yield Item(column.name, "column", column.name, f"{type_} of {owner}".strip(), about=about)


# -- scopes -----------------------------------------------------------------------------------------------------------


def scope_at(asked: Asked, place: SqlPlace) -> tuple[QueryMap, Scope, Bound | None] | None:
    """The query around the cursor as far as it can be understood, its scope there, and the relation before the dot."""
    dialect = asked.dialect or (asked.role.dialect if asked.role is not None else "")
    for text, at in _attempts(asked.text, place):
        query = query_in(text, dialect)
        mention = query.at.get(at) if query is not None else None
        if query is not None and mention is not None:
            return query, mention.scope, mention.found.bound if place.qualifier else None
    return None


def _attempts(text: str, place: SqlPlace) -> Iterator[tuple[str, int]]:
    """Texts in which a name stands at the cursor: the statement, with its brackets closed, and its bare bones."""
    start, end = place.statement, text.find(";", place.span.end)
    before = text[start : place.span.start]
    after = text[place.span.end : end if end >= 0 else len(text)]
    at = place.span.start - start
    yield f"{before}{CURSOR}{after}", at
    query = place.query
    if query is None:
        return
    # What is typed last is least complete: the select list is left out but for the name, the FROM clause is kept.
    from_at = query.from_at if query.from_at >= 0 else find_from(text, place.span.end)
    if from_at < 0:
        return
    stop = end_of_from(text, from_at + 4)
    head = f"{text[start : query.select_at]}select {place.qualifier}{'.' if place.qualifier else ''}"
    depth = place.frames.index(query)
    tail = ")" * depth + (" select 1" if depth and place.frames[0].clause == "with" else "")
    for until in dict.fromkeys((stop, min(stop, _line_start(text, place.span.start)))):
        if until > from_at:
            clause = _without_cursor(text, from_at, until, place)
            yield f"{head}{CURSOR} {clause}{tail}", len(head)


def _without_cursor(text: str, start: int, end: int, place: SqlPlace) -> str:
    """A FROM clause without the condition that is being typed in it."""
    if start <= place.span.start <= end and place.clause in ("on", "using"):
        words = list(re.finditer(r"\b(?:on|using)\b", text[start : place.span.start], re.I))
        if words:
            return text[start : start + words[-1].start()] + "on true " + _later_joins(text, place.span.end, end)
    return text[start:end]


def _later_joins(text: str, start: int, end: int) -> str:
    join = re.compile(r"\b(?:(?:left|right|full|inner|cross)\s+(?:outer\s+)?)?join\b", re.I).search(text, start, end)
    return text[join.start() : end] if join is not None else ""


def _line_start(text: str, offset: int) -> int:
    return text.rfind("\n", 0, offset) + 1


# -- columns ------------------------------------------------------------------------------------------------------------


def members(asked: Asked, query: QueryMap, bound: Bound) -> Iterator[Item]:
    """The columns of one relation."""
    for column in _columns(asked, query, bound):
        yield _item(asked, column, bound.label)


def _columns(asked: Asked, query: QueryMap, bound: Bound) -> list[Available]:
    """The columns of a relation; where not all are known, those too that queries ask of it."""
    known, complete = columns_of_shape(asked.view, asked.path, query, bound.shape)
    if complete:
        return known
    have = {column.name.casefold() for column in known}
    asked_of = mentioned_columns(asked, query, bound)
    return [*known, *(Available(name) for name in asked_of if name.casefold() not in have)]


def in_scope(asked: Asked, place: SqlPlace, query: QueryMap, scope: Scope) -> Iterator[Item]:
    """The columns of all relations in scope; one that several have is written with its relation."""
    relations = [bound for bound in scope.relations if not bound.hidden and bound.label]
    listed = [(bound, _columns(asked, query, bound)) for bound in relations]
    merged = {name for bound in relations for name in bound.using}
    times = Counter(name for _, columns in listed for name in {column.name.casefold() for column in columns})
    shared = {name for name, count in times.items() if count > 1} - merged
    if place.clause == "on":
        yield from _conditions(place, listed, shared)
    if place.clause == "using":
        listed = [(bound, [c for c in columns if times[c.name.casefold()] > 1]) for bound, columns in listed]
        shared = set()
    elif place.clause == "on":
        listed = [
            (b, sorted(columns, key=lambda column: column.name.casefold() not in shared)) for b, columns in listed
        ]
    if place.clause in ("order", "group", "qualify", "having"):
        for made in scope.shape.columns():
            if made.name and made.name != CURSOR:
                yield Item(made.name, "column", made.name, "of this select")
    for bound, columns in listed:
        for column in columns:
            name = column.name.casefold()
            qualified = name in shared or (place.clause == "on" and len(relations) > 1)
            yield _item(asked, column, bound.label, qualified=qualified)
    for bound in relations:
        yield Item(bound.label, "cte" if bound.cte is not None else "reference", bound.label, "relation")


def _conditions(place: SqlPlace, listed: list[tuple[Bound, list[Available]]], shared: set[str]) -> Iterator[Item]:
    """`a.id = b.id` for each column that the joined relation shares with one before it."""
    if place.before not in ("on", "and", "(") or len(listed) < 2:
        return
    joined, columns = listed[-1]
    for column in columns:
        for other, theirs in listed[:-1]:
            same = next((c for c in theirs if c.name.casefold() == column.name.casefold()), None)
            if same is not None and column.name.casefold() in shared:
                text = f"{other.label}.{same.name} = {joined.label}.{column.name}"
                yield Item(text, "value", text, "same name")


def _item(asked: Asked, column: Available, label: str, *, qualified: bool = False) -> Item:
    known = column.known
    owner = column.owner or label
    text = known.declared.description if known is not None and known.declared is not None else ""
    name = _written(asked, column.name)
    shown = f"{label}.{column.name}" if qualified else column.name
    insert = f"{label}.{name}" if qualified else name
    detail = f"{column.type} of {owner}".strip()
    return Item(shown, "column", insert, detail, about=("column", text, column.type, owner))


def _written(asked: Asked, name: str) -> str:
    if _PLAIN.fullmatch(name):
        return name
    quote = "`" if asked.adapter in ("bigquery", "databricks", "spark", "clickhouse", "hive", "mysql") else '"'
    return f"{quote}{name}{quote}"
