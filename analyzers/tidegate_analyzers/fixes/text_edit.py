"""Fixes that replace or remove a word."""

from __future__ import annotations

from tidegate_analyzers.fixes.base import Workspace, edit, fix
from tidegate_analyzers.syntax.yaml import Mapping, Scalar, node_at, parse_yaml
from tidegate_analyzers.text import Change


@fix("text.replace")
def replace(workspace: Workspace, path: str, site: str, text: str) -> Change | None:
    """Put another word in the place of one."""
    document = workspace.document(path)
    return None if document is None else Change((edit(document, workspace.span(path, site), text),))


@fix("text.value")
def value(workspace: Workspace, path: str, site: str, text: str) -> Change | None:
    """Put another value in the place of one, in the quotes it has."""
    document = workspace.document(path)
    if document is None:
        return None
    span = workspace.span(path, site)
    quote = document.text[span.start : span.start + 1]
    quote = quote if quote in ("'", '"') else ""
    return Change((edit(document, span, f"{quote}{text}{quote}"),))


@fix("yaml.value")
def yaml_value(workspace: Workspace, path: str, site: str, key: str, text: str) -> Change | None:
    """Put another value in the place of an entry's, of the mapping at a place."""
    document = workspace.document(path)
    if document is None:
        return None
    span = workspace.span(path, site)
    for root in parse_yaml(document.text).documents:
        for _, node in node_at(root, span.start):
            given = node.get(key) if isinstance(node, Mapping) and node.span == span else None
            if isinstance(given, Scalar) and given.style in ("", "'", '"'):
                return Change((edit(document, given.inner, text),))
    return None


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
