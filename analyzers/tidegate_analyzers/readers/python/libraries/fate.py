"""What becomes of what a call gives, or raises, by the text around it."""

from __future__ import annotations

import ast

from tidegate_analyzers.readers.python.names import dotted
from tidegate_analyzers.syntax.python import PythonFile

_LEAVES = (ast.Raise, ast.Return, ast.Continue, ast.Break, ast.Yield)


def is_unread(file: PythonFile, call: ast.Call) -> bool:
    """Whether nobody looks at what a call gives: it is a statement by itself, or bound to a name that is never read."""
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Expr) and _bare(node.value) is call:
            return True
        if isinstance(node, ast.Assign) and _bare(node.value) is call:
            target = node.targets[0]
            return len(node.targets) == 1 and isinstance(target, ast.Name) and not _reads(file, target.id)
    return False


def _bare(node: ast.expr) -> ast.expr:
    return node.value if isinstance(node, ast.Await) else node


def _reads(file: PythonFile, name: str) -> bool:
    return any(
        isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
        for node in ast.walk(file.tree)
    )


def caught(file: PythonFile, call: ast.Call) -> str:
    """What a program does with what a call raises: `passed` where it goes on as if nothing was, else nothing known."""
    for node in ast.walk(file.tree):
        if not isinstance(node, ast.Try) or not any(inner is call for part in node.body for inner in ast.walk(part)):
            continue
        if len(node.handlers) == 1 and _goes_on(node.handlers[0]):
            return "passed"
    return ""


def _goes_on(handler: ast.ExceptHandler) -> bool:
    """Whether a handler neither leaves nor does anything but log."""
    for part in handler.body:
        for node in ast.walk(part):
            if isinstance(node, _LEAVES):
                return False
            if isinstance(node, ast.Call) and not is_log(node) and dotted(node.func) != "str":
                return False
        if not isinstance(part, ast.Pass | ast.Expr):
            return False
    return True


def is_log(call: ast.Call) -> bool:
    """Whether a call writes a message."""
    first, _, last = dotted(call.func).rpartition(".")
    return last in ("debug", "info", "warning", "warn", "error", "exception", "critical", "log", "print") and (
        last == "print" or "log" in first.casefold()
    )
