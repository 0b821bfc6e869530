"""Lineage of columns: what each is made of, and what is made of it."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.columns import ColumnKey, Dataset, column_type, dataset_columns, downstream, upstream
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.postings import Posting
from tidegate_analyzers.ide.columns import spot_at
from tidegate_analyzers.ide.lineage.nodes import node_named
from tidegate_analyzers.ide.lineage.point import Edge, Point
from tidegate_analyzers.text import Document, Span


def columns_at(view: View, document: Document, offset: int) -> Iterator[Point]:
    """The columns of datasets that a name in SQL or YAML stands for."""
    spot = spot_at(view, document, offset)
    for key in spot.keys if spot is not None and spot.kind == "column" else ():
        point = column_point(view, key)
        if point is not None:
            yield point


def column_point(view: View, key: ColumnKey) -> Point | None:
    """A column of a dataset; one that nothing declares stands where its dataset does."""
    column = dataset_columns(view, key.dataset).get(key.name)
    home = key.dataset.path
    path, site = (column.path, column.site) if column is not None else (home, _site(view, key.dataset))
    read = view.graph.files.get(path)
    if read is None:
        return None
    type_ = column_type(view, key)
    kind = column.kind if column is not None else ""
    detail = ", ".join(
        part for part in (type_, kind if kind not in ("declared", "catalog", "constant") else "") if part
    )
    span = read.span(site)
    name = f"{_label(view, key.dataset)}.{column.name if column is not None else key.name}"
    # What a source does not list has its place in the source's file, and so has what a star brings in its model's.
    return Point("column", name, path if path == home else home, detail or "column", span, span)


def _site(view: View, dataset: Dataset) -> int:
    if isinstance(dataset, NodeKey):
        node = dbt.node_of(view, dataset)
        return node.site if node is not None else 0
    table = dbt.source_of(view, dataset)
    return table.site if table is not None else 0


def _label(view: View, dataset: Dataset) -> str:
    if isinstance(dataset, NodeKey):
        return dataset.name
    table = dbt.source_of(view, dataset)
    return f"{table.source}.{table.name}" if table is not None else ""


def key_named(view: View, path: str, name: str) -> ColumnKey | None:
    """The column of a name in a file: `model.column`, or `source.table.column`."""
    owner, _, column = name.rpartition(".")
    node = node_named(view, path, owner)
    if node is not None:
        return ColumnKey(node[0], column.casefold())
    facts = view.facts(path)
    for number, table in enumerate(facts.sources if facts is not None else ()):
        if f"{table.source}.{table.name}" == owner:
            return ColumnKey(Posting(path, "source", number), column.casefold())
    return None


def reads_of_column(view: View, path: str, name: str) -> Iterator[Edge]:
    """The columns that a column is made of, each with the place where it is made of them."""
    key = key_named(view, path, name)
    here = column_point(view, key) if key is not None else None
    for origin in upstream(view, key) if key is not None else ():
        point = column_point(view, origin)
        if point is not None and here is not None:
            yield Edge(point, (here.name_span,))


def readers_of_column(view: View, path: str, name: str) -> Iterator[Edge]:
    """The columns that are made of a column, each with the place where it is."""
    key = key_named(view, path, name)
    for reader in downstream(view, key) if key is not None else ():
        point = column_point(view, reader)
        if point is not None:
            yield Edge(point, (point.name_span,) if point.name_span != Span(0, 0) else ())
