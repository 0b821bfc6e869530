"""The columns of a dataset, as a contract lists them."""

from __future__ import annotations

import msgspec

from tidegate_analyzers.facts import Column
from tidegate_analyzers.graph.columns import ColumnKey, KnownColumn, column_type, declared_columns, node_columns
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.index import View


def model_columns(view: View, key: NodeKey) -> list[Column]:
    """The columns of a model: all that its SQL gives, with what YAML says of them; else those of YAML."""
    known = node_columns(view, key)
    if not known.complete:
        return list(declared_columns(view, key)[0].values())
    return [_column(view, key, item) for item in known.items]


def _column(view: View, key: NodeKey, item: KnownColumn) -> Column:
    declared = item.declared
    if declared is not None and declared.type:
        return declared
    type_ = column_type(view, ColumnKey(key, item.name.casefold()))
    if declared is None:
        return Column(item.name, 0, type_)
    return msgspec.structs.replace(declared, type=type_)
