"""PyIceberg: rows that are added to a table, or replace those of it.

`Table.append(df)`, `overwrite(df, overwrite_filter)`, `dynamic_partition_overwrite(df)`, `upsert(df)`, `delete(filter)`, on a
table or its transaction: https://py.iceberg.apache.org/api/.
"""

from __future__ import annotations

import ast

from tidegate_analyzers.facts import Relation, Write
from tidegate_analyzers.readers.python.libraries.base import Call, Library
from tidegate_analyzers.readers.python.libraries.frames import is_given, made_by, table_named

_LOADED = frozenset(("load_table",))
_HANDLES = frozenset(("transaction", "refresh"))


def _table(call: Call) -> Relation | None:
    """The table a method is called on, directly or in a transaction of it."""
    node = call.receiver
    for _ in range(3):
        found = made_by(call, _LOADED, node)
        if found is not None:
            return table_named(found)
        bound = call.env.node(node.id) if isinstance(node, ast.Name) else None
        if not (isinstance(bound, ast.Call) and isinstance(bound.func, ast.Attribute) and bound.func.attr in _HANDLES):
            return None
        node = bound.func.value
    return None


def _write(call: Call, mode: str, *, whole: bool = False) -> bool:
    target = _table(call)
    if target is None:
        return False
    site = call.add(call.node.func)
    call.effects.write(Write(mode, target, site, rows="file", whole=whole, option=f"{call.method}()", by="dataframe"))
    return True


def _append(call: Call) -> bool:
    return _write(call, "append")


def _overwrite(call: Call) -> bool:
    part = is_given(call.given("overwrite_filter", 1))
    return _write(call, "overwrite_partition" if part else "replace", whole=not part)


def _partitions(call: Call) -> bool:
    return _write(call, "overwrite_partition")


def _upsert(call: Call) -> bool:
    return _write(call, "merge")


def _delete(call: Call) -> bool:
    target = _table(call)
    if target is None:
        return False
    node = call.argument("delete_filter", 0)
    partition = call.written(node) if node is not None else ""
    call.effects.write(Write("delete", target, call.add(call.node), whole=node is None, partition=partition))
    return True


LIBRARY = Library(
    "pyiceberg",
    ("pyiceberg",),
    {
        "append": _append,
        "overwrite": _overwrite,
        "dynamic_partition_overwrite": _partitions,
        "upsert": _upsert,
        "delete": _delete,
    },
)
