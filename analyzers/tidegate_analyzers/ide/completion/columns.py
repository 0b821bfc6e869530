"""Columns, CTEs and aliases that can be named at a place in SQL, and the columns of a model by its name."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import NodeRef
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.columns import KnownColumn, dataset_columns
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.ide.completion.asked import Asked
from tidegate_analyzers.ide.completion.items import Item


def of_model(asked: Asked) -> Iterator[Item]:
    """The columns that the file's own model gives."""
    read = asked.snapshot.read(asked.path)
    for number, node in enumerate(read.facts.nodes if read is not None else ()):
        key = NodeKey(asked.path, number, node.name, node.kind)
        for column in dataset_columns(asked.view, key).items:
            yield item(column, node.name)


def of_ref(asked: Asked, ref: NodeRef) -> Iterator[Item]:
    """The columns of what a `ref` or `source` means."""
    resolution = dbt.resolve_ref(asked.view, asked.path, ref)
    dataset = resolution.node or resolution.source
    if dataset is not None:
        for column in dataset_columns(asked.view, dataset).items:
            yield item(column, ".".join(ref.names))


def item(column: KnownColumn, owner: str, insert: str = "") -> Item:
    """A column as an item."""
    detail = f"{column.type} of {owner}" if column.type else f"of {owner}"
    about = ("column", column.path, column.name, column.declared_in)
    return Item(column.name, "column", insert or column.name, detail, about=about)
