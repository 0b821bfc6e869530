"""Comments that silence a finding."""

from __future__ import annotations

import ast
import re

from tidegate_analyzers.fixes.base import Workspace, edit, fix, indent_of
from tidegate_analyzers.syntax.python import parse_python
from tidegate_analyzers.syntax.yaml import Mapping, Node, Sequence, parse_yaml
from tidegate_analyzers.text import Change, Document, Edit

_ALREADY = re.compile(r"tidegate:[ \t]*ignore\[(?P<codes>[^\]]*)\]")


@fix("suppress")
def suppress(workspace: Workspace, path: str, site: str, code: str) -> Change | None:
    """A comment on the line above the statement; a code is added to one that is there already."""
    document = workspace.document(path)
    if document is None:
        return None
    found = comment(document, workspace.span(path, site).start, code)
    return Change((found,)) if found is not None else None


def comment(document: Document, at: int, code: str) -> Edit | None:
    """The edit that silences `code` at an offset; `None` where the language has no comments."""
    suffix = document.path.rpartition(".")[2].lower()
    if suffix == "py":
        start, sign = _python_statement(document, at), "#"
    elif suffix == "sql":
        start, sign = _sql_statement(document, at), "--"
    elif suffix in ("yml", "yaml"):
        start, sign = _yaml_entry(document, at), "#"
    else:
        return None
    line = document.lines.position(start).line
    begin = document.lines.line_span(line).start
    if line > 0 and (existing := _ALREADY.search(document.lines.line_text(line - 1))):
        if code in existing.group("codes"):
            return None
        above = document.lines.line_span(line - 1).start
        place = above + existing.end("codes")
        return edit(document, (place, place), f", {code}")
    return edit(document, (begin, begin), f"{indent_of(document, start)}{sign} tidegate: ignore[{code}]\n")


def _python_statement(document: Document, at: int) -> int:
    """The start of the innermost statement around an offset, decorators included."""
    file = parse_python(document.text)
    best = at
    size = len(document.text) + 1
    for node in ast.walk(file.tree):
        if isinstance(node, ast.stmt):
            span = file.span(node)
            decorators = getattr(node, "decorator_list", None) or ()
            start = min([span.start, *(file.span(d).start - 1 for d in decorators)])
            if start <= at <= span.end and span.end - start < size:
                best, size = start, span.end - start
    return best


def _sql_statement(document: Document, at: int) -> int:
    """The start of the statement; a comment on top of a model speaks of the whole file."""
    before = document.text[:at]
    cut = before.rfind(";")
    if cut < 0 or "{{" in document.text:
        return 0
    rest = document.text[cut + 1 :]
    return cut + 1 + len(rest) - len(rest.lstrip())


def _yaml_entry(document: Document, at: int) -> int:
    """The start of the innermost entry or item that begins on its own line."""
    best = at
    todo: list[Node] = list(parse_yaml(document.text).documents)
    while todo:
        node = todo.pop()
        if isinstance(node, Mapping):
            for key, value in node.entries:
                if key.start <= at <= max(value.end, key.end):
                    best = key.start if not node.flow else best
                    todo.append(value)
        elif isinstance(node, Sequence):
            for item in node.entries:
                if item.start <= at <= item.end:
                    best = item.start if not node.flow else best
                    todo.append(item)
    return best
