"""Fixes that replace or remove a word."""

from __future__ import annotations

from tidegate_analyzers.fixes.base import Workspace, edit, fix
from tidegate_analyzers.text import Change


@fix("text.replace")
def replace(workspace: Workspace, path: str, site: str, text: str) -> Change | None:
    """Put another word in the place of one."""
    document = workspace.document(path)
    return None if document is None else Change((edit(document, workspace.span(path, site), text),))


@fix("text.remove-comment")
def remove_comment(workspace: Workspace, path: str, site: str) -> Change | None:
    """Take a comment away, with the space before it, and its line if nothing else stands there."""
    document = workspace.document(path)
    if document is None:
        return None
    span = workspace.span(path, site)
    line = document.lines.line_span(document.lines.position(span.start).line)
    start = span.start
    while start > line.start and document.text[start - 1] in " \t":
        start -= 1
    end = line.end
    if start == line.start:
        end += len(document.newline) if document.text[end : end + len(document.newline)] == document.newline else 0
    return Change((edit(document, (start, end), ""),))
