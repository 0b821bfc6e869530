"""Fixes of tasks: templates for dates, partitions for load jobs."""

from __future__ import annotations

import ast
import re

from tidegate_analyzers.fixes.base import Workspace, edit, fix
from tidegate_analyzers.fixes.statement import literal_at
from tidegate_analyzers.syntax.python import PythonFile, parse_python
from tidegate_analyzers.syntax.yaml import Mapping, Scalar, node_at, parse_yaml
from tidegate_analyzers.text import Change, Document, Span


@fix("append.replace-partition")
def replace_partition(workspace: Workspace, path: str, site: str) -> Change | None:
    """Let the load job replace the partition of its run."""
    document = workspace.document(path)
    if document is None:
        return None
    span = workspace.span(path, site)
    if path.endswith((".yml", ".yaml")):
        return _replace_in_yaml(document, span)
    file = parse_python(document.text)
    call = _call_with(file, span)
    table = (
        next(
            (
                k.value
                for k in call.keywords
                if k.arg in ("destination_project_dataset_table", "destination_dataset_table")
            ),
            None,
        )
        if call is not None
        else None
    )
    word = document.slice(span)
    if table is None or not isinstance(table, ast.Constant | ast.JoinedStr) or "WRITE_APPEND" not in word:
        return None
    place = file.span(table)
    literal = document.slice(place)
    decorator = "${{{{ ds_nodash }}}}" if literal[:1].lower() == "f" else "${{ ds_nodash }}"
    if "$" in literal or not literal.endswith(("'", '"')) or literal.endswith(('"""', "'''")):
        return None
    return Change(
        (
            edit(document, (place.end - 1, place.end - 1), decorator),
            edit(document, span, word.replace("WRITE_APPEND", "WRITE_TRUNCATE")),
        )
    )


def _replace_in_yaml(document: Document, span: Span) -> Change | None:
    for root in parse_yaml(document.text).documents:
        for _, node in reversed([("", root), *node_at(root, span.start)]):
            table = node.get("destination_project_dataset_table") if isinstance(node, Mapping) else None
            if isinstance(node, Mapping) and isinstance(table, Scalar):
                inner = table.inner
                if node.flow or table.style not in ("", "'", '"'):
                    return None
                if "$" in table.value or document.slice(span) != "WRITE_APPEND":
                    return None
                decorator = edit(document, (inner.end, inner.end), "${{ ds_nodash }}")
                return Change((decorator, edit(document, span, "WRITE_TRUNCATE")))
    return None


def _call_with(file: PythonFile, span: Span) -> ast.Call | None:
    """The innermost call that has an argument at a span."""
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Call) and any(file.span(k.value) == span for k in node.keywords):
            return node
    return None


@fix("airflow.template-date")
def template_date(workspace: Workspace, path: str, site: str) -> Change | None:
    """Put the run's own date in the place of today's."""
    document = workspace.document(path)
    if document is None:
        return None
    file = parse_python(document.text)
    span = workspace.span(path, site)
    node = _chain_around(file, span)
    if node is None:
        return None
    place, template = file.span(node), _template_for(file, node)
    inside = literal_at(file, span.start)
    if isinstance(inside, ast.JoinedStr):
        text = document.text
        start, end = text.rfind("{", 0, place.start), text.find("}", place.end)
        return Change((edit(document, (start, end + 1), "{{" + template + "}}"),)) if start >= 0 <= end else None
    return Change((edit(document, place, f'"{template}"'),))


def _chain_around(file: PythonFile, span: Span) -> ast.expr | None:
    """The longest chain of calls that begins with the call at a span: `datetime.now().strftime(...)`."""
    best: ast.expr | None = None
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Call | ast.Attribute):
            place = file.span(node)
            if (
                place.start == span.start
                and place.end >= span.end
                and (best is None or place.end > file.span(best).end)
            ):
                best = node
    while isinstance(best, ast.Attribute):
        best = best.value
    return best


def _template_for(file: PythonFile, node: ast.expr) -> str:
    written = file.slice(node)
    match = re.search(r"strftime\(\s*['\"]([^'\"]+)['\"]", written)
    if match is None:
        if "isoformat(" in written and not re.match(r"(?:datetime\.)?date\b", written):
            return "{{ data_interval_start.isoformat() }}"
        return "{{ ds }}" if "date" in written else "{{ data_interval_start }}"
    return {"%Y-%m-%d": "{{ ds }}", "%Y%m%d": "{{ ds_nodash }}"}.get(
        match.group(1), "{{ data_interval_start.strftime('" + match.group(1) + "') }}"
    )
