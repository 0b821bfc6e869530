"""Fixes of checks whose failure is lost."""

from __future__ import annotations

import ast
import re

from tidegate_analyzers.fixes.base import Workspace, edit, fix, indent_of
from tidegate_analyzers.graph.quality_tasks import CHECK_COMMAND
from tidegate_analyzers.syntax.python import parse_python
from tidegate_analyzers.text import Change

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
    span = workspace.span(path, site)
    file = parse_python(document.text)
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Expr | ast.Assign) and file.span(node.value) == span:
            break
    else:
        return None
    call = document.slice(span)
    indent = indent_of(document, span.start)
    place = file.span(node)
    if call.partition("(")[0].endswith(".execute"):
        scan = call.partition("(")[0].removesuffix(".execute")
        return Change((edit(document, (place.end, place.end), f"\n{indent}{scan}.assert_no_checks_fail()"),))
    name = "result"
    edits = []
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        name = node.targets[0].id
    else:
        edits.append(edit(document, (span.start, span.start), f"{name} = "))
    raising = f'\n{indent}if not {name}.success:\n{indent}    raise ValueError("a check of the data has failed")'
    return Change((*edits, edit(document, (place.end, place.end), raising)))
