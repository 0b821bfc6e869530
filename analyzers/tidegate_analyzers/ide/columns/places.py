"""Where columns, CTEs and aliases are made and mentioned."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tidegate_analyzers.facts import Site
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.columns import (
    ColumnKey,
    Dataset,
    KnownColumn,
    dataset_columns,
    dataset_of,
    downstream,
    mentions_by,
    readers,
)
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.postings import Posting
from tidegate_analyzers.ide.columns.spots import Spot, root_of
from tidegate_analyzers.readers.sql.scopes import Bound, Col, Cte, QueryMap
from tidegate_analyzers.text import Document, Span


class ColumnPlace(NamedTuple):
    """A place of a column; `access` is `made`, `described` or `used`, `certain` whether nothing else can be meant."""

    path: str
    span: Span
    access: str
    certain: bool = True


# -- definitions ------------------------------------------------------------------------------------------------------


def definitions(view: View, document: Document, spot: Spot) -> list[ColumnPlace]:
    """The places where what a spot names is made."""
    return list(dict.fromkeys(_definitions(view, document, spot)))


def _definitions(view: View, document: Document, spot: Spot) -> Iterator[ColumnPlace]:
    if spot.cte is not None and spot.cte.span is not None:
        yield ColumnPlace(document.path, spot.cte.span, "made")
    elif spot.kind == "alias" and spot.bound is not None:
        if spot.bound.alias_span is not None:
            yield ColumnPlace(document.path, spot.bound.alias_span, "made")
        elif spot.bound.span is not None:
            yield ColumnPlace(document.path, spot.bound.span, "made")
    is_label = spot.mention is None and spot.query is not None
    for column in spot.made:
        if column.span is not None and not (is_label and column.parents):
            yield ColumnPlace(document.path, root_of(column).span or column.span, "made")
    if is_label and spot.made:
        # At the name of an output: where what it passes on is made.
        for parent in spot.made[0].parents:
            if parent.span is not None:
                yield ColumnPlace(document.path, root_of(parent).span or parent.span, "made")
        yield from _of_origins(view, document.path, spot)
        return
    for key in spot.keys:
        yield from made_at(view, key)


def _of_origins(view: View, path: str, spot: Spot) -> Iterator[ColumnPlace]:
    if spot.query is None or spot.made[0].parents:
        return
    for number, name in spot.made[0].origins:
        dataset = dataset_of(view, path, spot.query.inputs[number].relation)
        if dataset is not None:
            yield from made_at(view, ColumnKey(dataset, name.casefold()))


def made_at(view: View, key: ColumnKey) -> Iterator[ColumnPlace]:
    """Where a column of a dataset is made: in the select list, header or YAML; else where the dataset itself is."""
    home, column = source_of(view, key)
    if column is not None:
        yield ColumnPlace(column.path, _span(view, column.path, column.site), "made")
    elif isinstance(home.dataset, NodeKey):
        node = dbt.node_of(view, home.dataset)
        yield ColumnPlace(home.dataset.path, _span(view, home.dataset.path, node.site if node else 0), "made")
    elif (table := dbt.source_of(view, home.dataset)) is not None:
        yield ColumnPlace(home.dataset.path, _span(view, home.dataset.path, table.site), "made")


def source_of(view: View, key: ColumnKey) -> tuple[ColumnKey, KnownColumn | None]:
    """The column that a column is before stars passed it on."""
    seen = {key}
    while True:
        column = dataset_columns(view, key.dataset).get(key.name)
        if column is None or not column.starred or not column.origins or column.origins[0] in seen:
            return key, column
        key = column.origins[0]
        seen.add(key)


def _span(view: View, path: str, site: Site) -> Span:
    read = view.graph.files.get(path)
    return read.span(site) if read is not None else Span(0, 0)


# -- references -------------------------------------------------------------------------------------------------------


def references(view: View, document: Document, spot: Spot) -> list[ColumnPlace]:
    """Every place that makes, describes or mentions what a spot names, in order."""
    found: dict[tuple[str, Span], ColumnPlace] = {}
    for place in _references(view, document, spot):
        known = found.get((place.path, place.span))
        if known is None or (place.certain and not known.certain):
            found[place.path, place.span] = place
    return sorted(found.values())


def _references(view: View, document: Document, spot: Spot) -> Iterator[ColumnPlace]:
    query = spot.query
    if query is not None and spot.cte is not None:
        yield from of_cte(query, document.path, spot.cte)
    elif query is not None and spot.kind == "alias" and spot.bound is not None:
        yield from of_alias(query, document.path, spot.bound)
    elif query is not None:
        for column in spot.made:
            yield from of_column(query, document.path, root_of(column))
    if spot.kind == "column":
        for key in spot.keys:
            yield from of_key(view, key)


def of_cte(query: QueryMap, path: str, cte: Cte) -> Iterator[ColumnPlace]:
    """The places of a common table expression, those included that qualify columns by it."""
    if cte.span is not None:
        yield ColumnPlace(path, cte.span, "made")
    for span in cte.uses:
        yield ColumnPlace(path, span, "used")
    for mention in query.mentions:
        bound = mention.found.bound
        if mention.qualifier is not None and bound is not None and bound.cte is cte and bound.alias_span is None:
            yield ColumnPlace(path, mention.qualifier, "used")


def of_alias(query: QueryMap, path: str, bound: Bound) -> Iterator[ColumnPlace]:
    """The places of an alias."""
    if bound.alias_span is not None:
        yield ColumnPlace(path, bound.alias_span, "made")
    for mention in query.mentions:
        if mention.qualifier is not None and mention.found.bound is bound:
            yield ColumnPlace(path, mention.qualifier, "used")


def of_column(query: QueryMap, path: str, column: Col) -> Iterator[ColumnPlace]:
    """The places of a column that the file makes."""
    if column.span is not None:
        yield ColumnPlace(path, column.span, "made")
    for mention in query.mentions:
        if mention.span is not None and any(root_of(item) is column for item in mention.found.columns):
            yield ColumnPlace(path, mention.span, "used", mention.found.certain)


def of_key(view: View, key: ColumnKey) -> Iterator[ColumnPlace]:
    """The places of a column of a dataset, and of whatever passes it on by a star."""
    for current in carriers(view, source_of(view, key)[0]):
        yield from _of_one(view, current)


def carriers(view: View, home: ColumnKey) -> Iterator[ColumnKey]:
    """A column, and those of other datasets that it is behind a star."""
    pending, seen = [home], {home}
    while pending:
        current = pending.pop()
        yield current
        for other in downstream(view, current):
            column = dataset_columns(view, other.dataset).get(other.name)
            if column is None or not column.starred or other in seen:
                continue
            # A union has the names of its first arm.
            if source_of(view, other)[0] == source_of(view, home)[0]:
                seen.add(other)
                pending.append(other)


def _of_one(view: View, key: ColumnKey) -> Iterator[ColumnPlace]:
    column = dataset_columns(view, key.dataset).get(key.name)
    if column is not None:
        if not column.starred and column.is_made:
            yield ColumnPlace(column.path, _span(view, column.path, column.site), "made")
        if column.declared is not None:
            yield ColumnPlace(column.declared_in, _span(view, column.declared_in, column.declared.site), "described")
    for place in (item for reader in _readers(view, key.dataset) for item in mentions_by(view, reader, key)):
        yield ColumnPlace(place.path, _span(view, place.path, place.site), "used", place.certain)
    yield from _in_yaml(view, key)


def _readers(view: View, dataset: Dataset) -> Iterator[NodeKey]:
    """Whose SQL may mention a column of a dataset: its readers, tests and analyses among them, and itself as `this`."""
    yield from readers(view, dataset)
    if isinstance(dataset, NodeKey):
        yield dataset
        for posting, kind in dbt.users(view, dataset):
            if kind in ("test", "analysis") and (facts := view.facts(posting.path)) is not None:
                node = facts.nodes[posting.number]
                yield NodeKey(posting.path, posting.number, node.name, node.kind)


def _table_name(view: View, posting: Posting) -> str:
    table = dbt.source_of(view, posting)
    return table.name if table is not None else ""


def _in_yaml(view: View, key: ColumnKey) -> Iterator[ColumnPlace]:
    """The places in tests, unit tests and semantic models that name the column."""
    name = key.dataset.name if isinstance(key.dataset, NodeKey) else _table_name(view, key.dataset)
    for posting in view.find(f"columns-of:{name}"):
        facts = view.facts(posting.path)
        if facts is None or posting.number >= len(facts.column_names):
            continue
        named = facts.column_names[posting.number]
        if named.name.casefold() != key.name:
            continue
        resolution = dbt.resolve_ref(view, posting.path, named.of)
        if (resolution.node or resolution.source) == key.dataset:
            yield ColumnPlace(posting.path, _span(view, posting.path, named.site), "used", not named.loose)
