"""New arguments, entries and imports in Python, in the layout of what stands there."""

from __future__ import annotations

import ast
import re
from typing import TypeVar

from tidegate_analyzers.fixes.base import edit, indent_of, line_end
from tidegate_analyzers.syntax.python import PythonFile
from tidegate_analyzers.text import Document, Edit, Span

_COMMA_AND_REST = re.compile(r"\s*,\s*(?:#.*)?")
Node = TypeVar("Node", ast.Call, ast.stmt)


def call_at(file: PythonFile, span: Span) -> ast.Call | None:
    """The call that stands at a span, or whose function does."""
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Call) and span in (file.span(node), file.span(node.func)):
            return node
    return None


def argument(document: Document, file: PythonFile, call: ast.Call, name: str, value: str) -> Edit:
    """A further argument behind the last, on a line of its own if that one has one."""
    whole = file.span(call)
    end = whole.end - 1
    spans = [file.span(item) for item in (*call.args, *(keyword.value for keyword in call.keywords))]
    last = max(spans, default=None)
    if last is None:
        return edit(document, (end, end), f"{name}={value}")
    own_line = document.lines.position(last.start).line != document.lines.position(whole.start).line
    indent = indent_of(document, last.start)
    stop = line_end(document, last.end)
    if own_line and _COMMA_AND_REST.fullmatch(document.text, last.end, stop):
        return edit(document, (stop, stop), f"\n{indent}{name}={value},")
    separator = f",\n{indent}" if own_line else ", "
    return edit(document, (last.end, last.end), f"{separator}{name}={value}")


def dict_of(file: PythonFile, name: str) -> ast.Dict | None:
    """The dictionary that a name is given."""
    for node in ast.walk(file.tree):
        if (
            isinstance(node, ast.Assign)
            and any(isinstance(t, ast.Name) and t.id == name for t in node.targets)
            and isinstance(node.value, ast.Dict)
        ):
            return node.value
    return None


def entry(document: Document, file: PythonFile, given: ast.Dict, name: str, value: str) -> Edit:
    """An entry of a dictionary: the one there is with another value, or a further one before the first."""
    for key, old in zip(given.keys, given.values, strict=True):
        if isinstance(key, ast.Constant) and key.value == name:
            return edit(document, file.span(old), value)
    at = file.span(given).start + 1
    if not given.keys:
        return edit(document, (at, at), f'"{name}": {value}')
    first = next((key for key in given.keys if key is not None), None)
    if first is None:
        return edit(document, (at, at), f'"{name}": {value}, ')
    start = file.span(first).start
    own_line = document.lines.position(start).line != document.lines.position(file.span(given).start).line
    separator = ",\n" + indent_of(document, start) if own_line else ", "
    return edit(document, (start, start), f'"{name}": {value}{separator}')


def imported(document: Document, file: PythonFile, module: str, name: str) -> Edit | None:
    """What imports a name: with others of its module, behind the package's, or behind all; `None` if it is there."""
    imports = [node for node in file.tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    for node in imports:
        if any(alias.asname is None and alias.name == name for alias in node.names):
            return None
    for node in imports:
        if isinstance(node, ast.ImportFrom) and node.module == module and not node.level:
            last = node.names[-1]
            end = file.offsets.offset(last.end_lineno or last.lineno, last.end_col_offset or 0)
            return edit(document, (end, end), f", {name}")
    package = module.partition(".")[0]
    akin = [node for node in imports if isinstance(node, ast.ImportFrom) and _module(node).startswith(package)]
    line = f"from {module} import {name}"
    before = next((node for node in akin if _module(node) > module), None)
    if before is not None and before is akin[0]:
        start = file.span(before).start
        return edit(document, (start, start), f"{line}\n")
    behind = [node for node in akin if _module(node) <= module] or akin or imports
    if behind:
        end = file.span(behind[-1]).end
        return edit(document, (end, end), f"\n{line}")
    first = file.tree.body[0] if file.tree.body else None
    start = file.span(first).start if first is not None else 0
    return edit(document, (start, start), f"{line}\n\n")


def _module(node: ast.ImportFrom) -> str:
    return node.module or ""


def innermost(file: PythonFile, span: Span, kind: type[Node]) -> Node | None:
    """The innermost node of a kind around a place."""
    around = [item for item in ast.walk(file.tree) if isinstance(item, kind) and file.span(item).covers(span)]
    return around[-1] if around else None  # inner ones come later


def dotted_target(node: ast.Assign) -> str:
    """The name that a value is given, if it is given one."""
    target = node.targets[0]
    return dotted(target) if len(node.targets) == 1 else ""


def dotted(node: ast.expr) -> str:
    """A name with its dots; empty for what is none."""
    if isinstance(node, ast.Attribute):
        head = dotted(node.value)
        return f"{head}.{node.attr}" if head else ""
    return node.id if isinstance(node, ast.Name) else ""
