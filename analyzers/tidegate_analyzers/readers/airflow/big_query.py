"""Tables as programs name them for the client of BigQuery: by a text, or by objects made one from the other.

https://cloud.google.com/python/docs/reference/bigquery/latest: `client.dataset("d").table("t")`,
`TableReference(DatasetReference("p", "d"), "t")`, `Table("p.d.t")`.
"""

from __future__ import annotations

import ast

from tidegate_analyzers.readers.python.evaluate import Evaluator
from tidegate_analyzers.readers.python.names import Env, dotted
from tidegate_analyzers.readers.python.values import Text

_MAX_DEPTH = 6
_DATASETS = frozenset(("dataset", "Dataset", "DatasetReference", "get_dataset", "create_dataset"))
_TABLES = frozenset(("Table", "TableReference", "from_string", "get_table", "create_table"))


def table_name(node: ast.expr, env: Env, evaluator: Evaluator, depth: int = 0) -> str:
    """The dotted name of a table, with holes for what is not known of it; empty where it is no such object."""
    value = evaluator.value(node, env)
    if isinstance(value, Text):
        return value.text
    if depth > _MAX_DEPTH:
        return ""
    if isinstance(node, ast.Name):
        bound = env.node(node.id)
        return table_name(bound, env, evaluator, depth + 1) if isinstance(bound, ast.Call | ast.Name) else ""
    if not isinstance(node, ast.Call):
        return ""
    last = dotted(node.func).rpartition(".")[2]
    if last == "table" and isinstance(node.func, ast.Attribute):
        of, name = node.func.value, _argument(node, "table_id", 0)
        return _joined(_dataset(of, env, evaluator, depth + 1), _part(name, env, evaluator))
    if last in _TABLES and node.args:
        if len(node.args) > 1 and last == "TableReference":
            return _joined(_dataset(node.args[0], env, evaluator, depth + 1), _part(node.args[1], env, evaluator))
        return table_name(node.args[0], env, evaluator, depth + 1)
    return ""


def _dataset(node: ast.expr, env: Env, evaluator: Evaluator, depth: int) -> str:
    """The name of a dataset, with that of its project where it is told."""
    value = evaluator.value(node, env)
    if isinstance(value, Text):
        return value.text
    if isinstance(node, ast.Name) and depth <= _MAX_DEPTH:
        bound = env.node(node.id)
        return _dataset(bound, env, evaluator, depth + 1) if isinstance(bound, ast.Call | ast.Name) else ""
    if not isinstance(node, ast.Call) or dotted(node.func).rpartition(".")[2] not in _DATASETS:
        return ""
    if dotted(node.func).endswith("DatasetReference"):
        project, name = _argument(node, "project", 0), _argument(node, "dataset_id", 1)
    else:
        name, project = _argument(node, "dataset_id", 0), _argument(node, "project", 1)
    return _joined(_part(project, env, evaluator), _part(name, env, evaluator))


def _argument(call: ast.Call, name: str, position: int) -> ast.expr | None:
    given = next((keyword.value for keyword in call.keywords if keyword.arg == name), None)
    return given or (call.args[position] if len(call.args) > position else None)


def _part(node: ast.expr | None, env: Env, evaluator: Evaluator) -> str:
    """A part of a name; a hole where it isn't known."""
    if node is None:
        return ""
    value = evaluator.value(node, env)
    return value.text if isinstance(value, Text) else "{{ " + evaluator.file.slice(node) + " }}"


def _joined(*parts: str) -> str:
    return ".".join(part for part in parts if part)
