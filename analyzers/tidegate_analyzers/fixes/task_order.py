"""Fixes of the order of tasks."""

from __future__ import annotations

import ast

from tidegate_analyzers.fixes.base import Workspace, edit, fix
from tidegate_analyzers.syntax.python import PythonFile, parse_python
from tidegate_analyzers.text import Change, Span


@fix("order.check-first")
def check_first(workspace: Workspace, path: str, check: str, publish: str) -> Change | None:
    """Let a check come before what publishes: both names change places, or a list of both becomes a chain."""
    document = workspace.document(path)
    if document is None:
        return None
    file = parse_python(document.text)
    gate, task = _name(file, workspace.span(path, check)), _name(file, workspace.span(path, publish))
    if not (gate and task):
        return None
    for node in ast.walk(file.tree):
        if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.BinOp)):
            continue
        parts = _chain(node.value)
        if any(isinstance(part, ast.List | ast.Tuple) for part in parts):
            last = parts[-1]
            if isinstance(last, ast.List | ast.Tuple) and sorted(_words(last.elts)) == sorted((gate, task)):
                return Change((edit(document, file.span(last), f"{gate} >> {task}"),))
            continue
        words = _words(parts)
        if gate in words and task in words and words.index(task) < words.index(gate):
            first, second = parts[words.index(task)], parts[words.index(gate)]
            return Change((edit(document, file.span(first), gate), edit(document, file.span(second), task)))
    return None


def _name(file: PythonFile, whole: Span) -> str:
    """The name a call is bound to."""
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Assign) and file.span(node.value) == whole and isinstance(node.targets[0], ast.Name):
            return node.targets[0].id
    return ""


def _chain(node: ast.expr) -> list[ast.expr]:
    """The parts of `a >> b >> c`."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.RShift):
        return [*_chain(node.left), node.right]
    return [node]


def _words(nodes: list[ast.expr]) -> list[str]:
    return [node.id if isinstance(node, ast.Name) else "" for node in nodes]
