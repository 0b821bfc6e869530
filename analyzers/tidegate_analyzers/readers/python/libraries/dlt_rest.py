"""Resources of dlt's REST source, which a dictionary describes.

`rest_api_source({"resource_defaults": {…}, "resources": [{"name": …, "write_disposition": …, "primary_key": …}]})`:
https://dlthub.com/docs/dlt-ecosystem/verified-sources/rest_api/basic.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from tidegate_analyzers.facts import Relation, Write
from tidegate_analyzers.readers.airflow.steps import table_relation
from tidegate_analyzers.readers.python.libraries.base import Call
from tidegate_analyzers.readers.python.names import entry_nodes

_KEYS = ("primary_key", "merge_key")


def described(call: Call) -> bool:
    """What the resources of a configuration write, for those that say how."""
    config = call.argument("config", 0)
    if config is None:
        return False
    parts = _entries(call, config)
    defaults = _entries(call, parts["resource_defaults"]) if "resource_defaults" in parts else {}
    resources = parts.get("resources")
    if isinstance(resources, ast.Name):
        resources = call.env.node(resources.id)
    for node in resources.elts if isinstance(resources, ast.List | ast.Tuple) else ():
        own = _entries(call, node)
        if isinstance(node, ast.Dict) and own and None not in node.keys:
            _resource(call, own, defaults)
    return True


def _resource(call: Call, own: Mapping[str, ast.expr], defaults: Mapping[str, ast.expr]) -> None:
    both = {**defaults, **own}
    word = _word(both.get("write_disposition"))
    if word not in ("append", "merge", "replace"):
        return
    node = both["write_disposition"] if "write_disposition" in own else own.get("name", both["write_disposition"])
    name = _word(own.get("table_name")) or _word(own.get("name"))
    target = table_relation(name) if name else Relation("table", ("{{ name }}",))
    keyed = any(key in both for key in _KEYS)
    option = f'write_disposition="{word}"'
    if word == "replace" or (word == "merge" and keyed):
        call.effects.write(
            Write(word, target, call.add(node), rows="file", whole=word == "replace", option=option, by="resource")
        )
        return
    taken = "incremental" in call.written(both["endpoint"]) if "endpoint" in both else False
    opaque = "it remembers how far it has come, and takes what is new" if taken else ""
    if "endpoint" in both and not isinstance(both["endpoint"], ast.Dict | ast.Constant):
        opaque = "its endpoint is not known"
    if word == "merge":
        option += " without a key"
    call.effects.write(
        Write("append", target, call.add(node), rows="file", opaque=opaque, option=option, by="resource")
    )


def _entries(call: Call, node: ast.expr) -> dict[str, ast.expr]:
    found = {key: value for key, (_, value) in entry_nodes(node, call.env)}
    return {key: value.value if isinstance(value, ast.keyword) else value for key, value in found.items()}


def _word(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
