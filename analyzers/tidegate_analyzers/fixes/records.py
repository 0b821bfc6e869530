"""Records that a loop leaves out, told of in the log."""

from __future__ import annotations

import ast

from tidegate_analyzers.fixes.base import Workspace, edit, fix, indent_of
from tidegate_analyzers.fixes.python_edit import dotted, dotted_target, innermost
from tidegate_analyzers.syntax.python import PythonFile, parse_python
from tidegate_analyzers.text import Change, Document, Edit


@fix("record.log")
def log_record(workspace: Workspace, path: str, site: str) -> Change | None:
    """Log the record and what it raised, before the loop goes on."""
    document = workspace.document(path)
    if document is None:
        return None
    file = parse_python(document.text)
    span = workspace.span(path, site)
    leaving = innermost(file, span, ast.stmt)
    loops = [
        node
        for node in ast.walk(file.tree)
        if isinstance(node, ast.For | ast.AsyncFor) and file.span(node).covers(span)
    ]
    if not isinstance(leaving, ast.Continue | ast.Pass) or not loops:
        return None
    edits = []
    logger = _logger(file)
    if not logger:
        logger = "logging.getLogger(__name__)"
        edits.append(_import(document, file))
    record = file.slice(loops[-1].target)
    told = f'{logger}.exception("left out: %r", {_alone(record)})'
    if isinstance(leaving, ast.Pass):
        edits.append(edit(document, span, told))
    else:
        edits.append(edit(document, (span.start, span.start), f"{told}\n{indent_of(document, span.start)}"))
    return Change(tuple(edits))


def _alone(record: str) -> str:
    """The target of a loop as one argument."""
    return f"({record})" if "," in record and not record.startswith("(") else record


def _logger(file: PythonFile) -> str:
    """A logger of the module, or the module of loggers."""
    for node in file.tree.body:
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
            continue
        if dotted(node.value.func).rpartition(".")[2] in ("getLogger", "get_logger"):
            return dotted_target(node)
    imports = [node for node in file.tree.body if isinstance(node, ast.Import)]
    known = any(alias.name == "logging" and alias.asname is None for node in imports for alias in node.names)
    return "logging.getLogger(__name__)" if known else ""


def _import(document: Document, file: PythonFile) -> Edit:
    """The line that imports the module: behind those that sort before it, or before all."""
    plain = [node for node in file.tree.body if isinstance(node, ast.Import) and node.names[0].name < "logging"]
    if plain:
        end = file.span(plain[-1]).end
        return edit(document, (end, end), "\nimport logging")
    nodes = [node for node in file.tree.body if not isinstance(node, ast.ImportFrom) or node.module != "__future__"]
    imports = [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
    start = file.span((imports or nodes)[0]).start
    return edit(document, (start, start), "import logging\n")
