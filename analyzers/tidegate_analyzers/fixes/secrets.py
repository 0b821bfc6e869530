"""Fixes of secrets that are written out."""

from __future__ import annotations

import ast
import re

from tidegate_analyzers.fixes.base import Workspace, edit, fix
from tidegate_analyzers.syntax.python import parse_python
from tidegate_analyzers.text import Change


@fix("secret.environment")
def from_environment(workspace: Workspace, path: str, site: str, name: str) -> Change | None:
    """Read a secret from a variable of the environment, named as what it is given for."""
    document = workspace.document(path)
    if document is None:
        return None
    variable = re.sub(r"\W+", "_", name).upper()
    edits = [edit(document, workspace.span(path, site), f'os.environ["{variable}"]')]
    body = parse_python(document.text).tree.body
    imported = any(
        isinstance(node, ast.Import) and any(alias.name == "os" and alias.asname is None for alias in node.names)
        for node in body
    )
    if not imported:
        file = parse_python(document.text)
        first = next(
            (
                node
                for node in body
                if isinstance(node, ast.Import | ast.ImportFrom) and getattr(node, "module", "") != "__future__"
            ),
            None,
        )
        if first is None:
            return None
        at = file.span(first).start
        edits.append(edit(document, (at, at), "import os\n"))
    return Change(tuple(edits))
