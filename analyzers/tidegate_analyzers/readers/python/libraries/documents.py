"""MongoDB and Elasticsearch clients: documents that are added without a key of their own.

`insert_one` and `insert_many` make an `_id` where there is none, as `index` does without `id`:
https://pymongo.readthedocs.io, https://elasticsearch-py.readthedocs.io.
"""

from __future__ import annotations

import ast

from tidegate_analyzers.facts import Relation, Write
from tidegate_analyzers.readers.python.libraries.base import Call, Library, dotted
from tidegate_analyzers.readers.python.values import Text, Value


def _insert(call: Call) -> bool:
    if call.receiver is None or _has_id(call):
        return False
    _write(call, _collection(call))
    return False


def _has_id(call: Call) -> bool:
    """Whether documents are written out, with an `_id`."""
    return any(
        isinstance(item, ast.Constant) and item.value == "_id"
        for argument in call.node.args
        for item in ast.walk(argument)
    )


def _collection(call: Call) -> str:
    """The name of a collection: the last part of `client.db.orders` or `db["orders"]`."""
    node = call.receiver
    if isinstance(node, ast.Name):
        node = call.env.node(node.id) or node
    if isinstance(node, ast.Subscript):
        key: Value = call.value(node.slice)
        return key.text if isinstance(key, Text) else ""
    return dotted(node).rpartition(".")[2] if node is not None else ""


def _index(call: Call) -> bool:
    name = call.text("index", 0)
    if name and call.given("id", 2) is None and (call.argument("document") or call.argument("body", 1)) is not None:
        _write(call, name)
    return False


def _write(call: Call, name: str) -> None:
    if name:
        target = Relation("table", (name,))
        site = call.add(call.node.func)
        call.effects.write(Write("append", target, site, rows="file", option=f"{call.method}()", by="document"))


LIBRARY = Library(
    "documents",
    ("pymongo", "motor", "elasticsearch", "opensearchpy"),
    {"insert_one": _insert, "insert_many": _insert, "index": _index},
)
