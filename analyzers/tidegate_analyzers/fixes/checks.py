"""Fixes of checks whose failure is lost."""

from __future__ import annotations

import ast
import re

from tidegate_analyzers.fixes.base import Workspace, edit, fix, indent_of, line_end
from tidegate_analyzers.fixes.python_edit import argument, call_at, dotted, dotted_target, innermost
from tidegate_analyzers.graph.quality_tasks import CHECK_COMMAND
from tidegate_analyzers.syntax.python import PythonFile, parse_python
from tidegate_analyzers.text import Change, Document, Span

_SWALLOWED = re.compile(r"\s*\|\|\s*(?:true|:|exit\s+0|/bin/true)(?=\s*(?:[\n;)#}\"']|\\n|&&|$))")
_OPENING = re.compile(r"[A-Za-z]{0,2}(?:\"\"\"|'''|\"|')")
_SETTING = {"pipefail": "set -o pipefail; ", "errexit": "set -e; "}


@fix("check.command")
def check_command(workspace: Workspace, path: str, site: str, remedy: str) -> Change | None:
    """Let a command line fail where its check does."""
    document = workspace.document(path)
    if document is None:
        return None
    span = workspace.span(path, site)
    text = document.slice(span)
    if remedy == "swallowed":
        check = CHECK_COMMAND.search(text)
        found = _SWALLOWED.search(text, check.end()) if check is not None else None
        if found is None:
            return None
        return Change((edit(document, (span.start + found.start(), span.start + found.end()), ""),))
    opening = _OPENING.match(text)
    if opening is None or not CHECK_COMMAND.search(text):
        return None
    at = span.start + opening.end()
    return Change((edit(document, (at, at), _SETTING[remedy]),))


@fix("check.raise")
def check_raise(workspace: Workspace, path: str, site: str) -> Change | None:
    """Look at the result of a check, and fail if it says so."""
    document = workspace.document(path)
    if document is None:
        return None
    file = parse_python(document.text)
    call = call_at(file, workspace.span(path, site))
    if call is None:
        return None
    if dotted(call.func).startswith(("subprocess.", "os.")):
        return _by_status(document, file, call)
    handler = _handler_around(file, call)
    if handler is not None:
        return _raised_again(document, file, handler)
    return _looked_at(document, file, call)


def _looked_at(document: Document, file: PythonFile, call: ast.Call) -> Change | None:
    """Ask the result of a check what it has found."""
    span = file.span(call)
    node = innermost(file, span, ast.stmt)
    if not isinstance(node, ast.Expr | ast.Assign) or span not in (file.span(node.value), _awaited(file, node.value)):
        return None
    start, end = file.span(node).start, line_end(document, file.span(node).end)
    indent = indent_of(document, start)
    if dotted(call.func).endswith(".execute"):
        scan = dotted(call.func).removesuffix(".execute")
        return Change((edit(document, (end, end), f"\n{indent}{scan}.assert_no_checks_fail()"),))
    names = {item.id for item in ast.walk(file.tree) if isinstance(item, ast.Name)}
    name = "result" if "result" not in names else "checked"
    edits = []
    if isinstance(node, ast.Assign) and dotted_target(node):
        name = dotted_target(node)
    else:
        edits.append(edit(document, (start, start), f"{name} = "))
    raising = f'\n{indent}if not {name}.success:\n{indent}    raise ValueError("a check of the data has failed")'
    return Change((*edits, edit(document, (end, end), raising)))


def _awaited(file: PythonFile, node: ast.expr) -> Span | None:
    return file.span(node.value) if isinstance(node, ast.Await) else None


def _by_status(document: Document, file: PythonFile, call: ast.Call) -> Change | None:
    """Let a command raise where its status says that it failed."""
    name = dotted(call.func)
    if name == "subprocess.call":
        return Change((edit(document, file.span(call.func), "subprocess.check_call"),))
    if name == "subprocess.run":
        given = next((keyword.value for keyword in call.keywords if keyword.arg == "check"), None)
        if given is not None:
            return Change((edit(document, file.span(given), "True"),))
        return Change((argument(document, file, call, "check", "True"),))
    node = innermost(file, file.span(call), ast.stmt)
    if name != "os.system" or not isinstance(node, ast.Expr):
        return None
    place = file.span(node)
    indent = indent_of(document, place.start)
    raising = f'if {document.slice(place)} != 0:\n{indent}    raise RuntimeError("a check of the data has failed")'
    return Change((edit(document, place, raising),))


def _handler_around(file: PythonFile, call: ast.Call) -> ast.ExceptHandler | None:
    """The one handler of what a call raises."""
    span = file.span(call)
    for node in reversed(list(ast.walk(file.tree))):
        if isinstance(node, ast.Try) and any(file.span(part).covers(span) for part in node.body):
            return node.handlers[0] if len(node.handlers) == 1 else None
    return None


def _raised_again(document: Document, file: PythonFile, handler: ast.ExceptHandler) -> Change:
    """Raise what a handler has caught, behind what it does."""
    last = handler.body[-1]
    place = file.span(last)
    if isinstance(last, ast.Pass):
        return Change((edit(document, place, "raise"),))
    end = line_end(document, place.end)
    return Change((edit(document, (end, end), f"\n{indent_of(document, place.start)}raise"),))
