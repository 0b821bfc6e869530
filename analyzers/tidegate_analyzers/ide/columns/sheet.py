"""What there is to say of a column, a CTE or an alias."""

from __future__ import annotations

from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.available import columns_of_shape, type_in
from tidegate_analyzers.graph.catalog import told_of
from tidegate_analyzers.graph.columns import (
    ColumnKey,
    Dataset,
    column_description,
    column_type,
    dataset_columns,
    downstream,
)
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.ide.columns.spots import Spot, edge_keys
from tidegate_analyzers.ide.dataset import SHOWN, Sheet
from tidegate_analyzers.readers.sql.scopes import Bound, Col, QueryMap, Shape
from tidegate_analyzers.text import Document


def sheet(view: View, document: Document, spot: Spot) -> Sheet | None:
    """The sheet of a spot; `None` where there is nothing to say."""
    if spot.kind == "column":
        if spot.keys and (spot.mention is None or not spot.made):
            return _dataset_column(view, spot.keys)
        return _local_column(view, document.path, spot) if spot.made and spot.query is not None else None
    if spot.query is None:
        return None
    if spot.cte is not None:
        rows = (
            ("columns", _columns(view, document.path, spot.query, spot.cte.shape)),
            ("used", f"{len(spot.cte.uses)} times"),
        )
        return Sheet(spot.cte.name, "common table expression", "", rows)
    return _alias(view, document.path, spot.query, spot.bound) if spot.bound is not None else None


def _alias(view: View, path: str, query: QueryMap, bound: Bound) -> Sheet:
    of = bound.cte.name if bound.cte is not None else str(bound.input.relation) if bound.input is not None else ""
    return Sheet(
        bound.label,
        f"alias of {of}" if of and of.casefold() != bound.name else "relation",
        "",
        (("columns", _columns(view, path, query, bound.shape)),),
    )


def _columns(view: View, path: str, query: QueryMap, shape: Shape) -> str:
    found, complete = columns_of_shape(view, path, query, shape)
    names = [f"`{item.name}`" for item in found]
    shown = ", ".join(names[: 3 * SHOWN])
    more = f" and {len(names) - 3 * SHOWN} more" if len(names) > 3 * SHOWN else ""
    return shown + more + ("" if complete else " …" if shown else "not all known")


def label_of(view: View, dataset: Dataset) -> str:
    """A dataset by name."""
    if isinstance(dataset, NodeKey):
        return dataset.name
    table = dbt.source_of(view, dataset)
    return f"{table.source}.{table.name}" if table is not None else "?"


def _dataset_column(view: View, keys: tuple[ColumnKey, ...]) -> Sheet | None:
    known = next((key for key in keys if dataset_columns(view, key.dataset).get(key.name) is not None), keys[0])
    column = dataset_columns(view, known.dataset).get(known.name)
    owner = label_of(view, known.dataset)
    if column is None:
        return Sheet(known.name, f"column of {owner}", "", (("declared", "nowhere in the workspace"),))
    told = told_of(view, known.dataset) if column.kind == "catalog" else None
    text, told_by = column_description(view, known)
    declared = column.declared
    readers = downstream(view, known)
    checks = [
        name
        for name, holds in (
            ("unique", declared is not None and declared.unique),
            ("not null", declared is not None and declared.not_null),
            ("primary key", declared is not None and declared.primary_key),
        )
        if holds
    ]
    rows = (
        ("type", f"`{type_}`" if (type_ := column_type(view, known)) else ""),
        ("told by", told.name if told is not None else ""),
        ("made from", _listed(view, list(column.origins)) + (f" ({column.kind})" if column.origins else "")),
        ("feeds", _listed(view, readers)),
        ("checked", ", ".join(checks)),
        ("described at", f"`{label_of(view, told_by.dataset)}.{told_by.name}`" if text and told_by != known else ""),
    )
    return Sheet(f"{owner}.{column.name}", "column", text, rows)


def _listed(view: View, keys: list[ColumnKey]) -> str:
    names = [f"`{label_of(view, key.dataset)}.{key.name}`" for key in keys]
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")


def _local_column(view: View, path: str, spot: Spot) -> Sheet | None:
    assert spot.query is not None
    column: Col = spot.made[0]
    keys = list(dict.fromkeys(edge_keys(view, path, spot.query, column.origins)))
    type_ = type_in(view, path, spot.query, column.type)
    text = column_description(view, keys[0])[0] if len(keys) == 1 and column.kind == "identity" else ""
    tree = column.tree
    written = spot.query.source.written(tree) if tree is not None and column.kind != "identity" else ""
    rows = (
        ("type", f"`{type_}`" if type_ else ""),
        ("expression", f"`{written[:200]}`" if written else ""),
        ("made from", _listed(view, keys)),
    )
    return Sheet(column.name, "column", text, rows)
