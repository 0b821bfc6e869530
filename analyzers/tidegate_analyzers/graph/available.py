"""The columns of a relation in scope, with those that only the graph knows."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate_analyzers.graph.columns import (
    NOTHING,
    ColumnKey,
    Dataset,
    KnownColumn,
    column_type,
    dataset_columns,
    dataset_of,
)
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.readers.sql.scopes import Col, QueryMap, Shape, Star
from tidegate_analyzers.readers.sql.types import with_variables


@dataclass(frozen=True, slots=True)
class Available:
    """A column that can be named.

    Attributes:
        name: its name.
        type: its SQL type, empty where it is not known.
        owner: the dataset it comes from by a star, empty for one that the file makes.
        known: what the graph knows of it.
        dataset: the dataset it comes from.
        column: what makes it, for one that the file makes.
    """

    name: str
    type: str = ""
    owner: str = ""
    known: KnownColumn | None = None
    dataset: Dataset | None = None
    column: Col | None = None


def columns_of_shape(view: View, path: str, query: QueryMap, shape: Shape) -> tuple[list[Available], bool]:
    """The columns of a shape in order, stars followed, and whether there are no others."""
    found: list[Available] = []
    complete = shape.known
    for item in shape.items:
        if not isinstance(item, Star):
            if item.name:
                found.append(Available(item.name, type_in(view, path, query, item.type), column=item))
            continue
        relation = query.inputs[item.inputs[0]].relation
        dataset = dataset_of(view, path, relation)
        every = dataset_columns(view, dataset) if dataset is not None else NOTHING
        complete = complete and every.complete
        names = {old.casefold(): new for old, new in item.renamed}
        for column in every.items:
            folded = column.name.casefold()
            if folded not in item.without and dataset is not None:
                type_ = column_type(view, ColumnKey(dataset, folded))
                found.append(Available(names.get(folded, column.name), type_, str(relation), column, dataset))
    return found, complete


def type_in(view: View, path: str, query: QueryMap, type_: str) -> str:
    """A type of the query's own, worked out with those of the columns it reads."""

    def variable(written: str) -> str:
        number, _, name = written[1:].partition(".")
        dataset = dataset_of(view, path, query.inputs[int(number)].relation)
        return column_type(view, ColumnKey(dataset, name.casefold())) if dataset is not None else ""

    return with_variables(type_, query.dialect, variable)
