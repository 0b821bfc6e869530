"""Making Spark jobs safe to run again: options of writes and queries, put into the chains as they are written.

These change what runs, so they are offered, shown and confirmed, never applied by themselves.
"""

from __future__ import annotations

import ast
import re

from tidegate_analyzers.fixes.base import Workspace, edit, fix
from tidegate_analyzers.fixes.chain import before_call
from tidegate_analyzers.syntax.python import parse_python
from tidegate_analyzers.text import Change, Document, Span

_APPEND = re.compile(r"mode\(\s*(?:saveMode\s*=\s*)?([\"'])append\1\s*\)")
_WINDOW = re.compile(r"window\(\s*(?:\w+\.)?(?:col\(\s*)?[\"'](?:\w+\.)*(\w+)[\"']|window\(\s*(?:\w+\.)+(\w+)\s*,")
_EVENT_TIME = "<event_time>"


@fix("spark.replace-where")
def replace_where(workspace: Workspace, path: str, site: str) -> Change | None:
    """Overwrite the rows of the run instead of adding them."""
    found = _append(workspace, path, site)
    if found is None:
        return None
    document, span, quote = found
    condition = f"<column> = {_other(quote)}<value of the run>{_other(quote)}"
    text = f"mode({quote}overwrite{quote}).option({quote}replaceWhere{quote}, {quote}{condition}{quote})"
    return Change((edit(document, span, text),))


@fix("spark.partitions")
def partitions(workspace: Workspace, path: str, site: str) -> Change | None:
    """Overwrite the partitions there are rows for, and no others."""
    found = _append(workspace, path, site)
    if found is None:
        return None
    document, span, quote = found
    text = f"mode({quote}overwrite{quote}).option({quote}partitionOverwriteMode{quote}, {quote}dynamic{quote})"
    return Change((edit(document, span, text),))


@fix("spark.token")
def token(workspace: Workspace, path: str, site: str) -> Change | None:
    """Give a write the options by which Delta knows it again, or the one that is missing."""
    found = _append(workspace, path, site)
    if found is None:
        return None
    document, span, quote = found
    statement = _statement(document, span)
    added = ""
    if "txnAppId" not in statement:
        added += f".option({quote}txnAppId{quote}, {quote}<name of the job>{quote})"
    if "txnVersion" not in statement:
        number = _batch_parameter(document, span) or f"{quote}<number of the run>{quote}"
        added += f".option({quote}txnVersion{quote}, {number})"
    return Change((edit(document, (span.end, span.end), added),)) if added else None


@fix("spark.checkpoint")
def checkpoint(workspace: Workspace, path: str, site: str) -> Change | None:
    """Give a query a checkpoint."""
    document = workspace.document(path)
    if document is None:
        return None
    return before_call(document, workspace.span(path, site), 'option("checkpointLocation", "<checkpoints>/<query>")')


@fix("spark.watermark")
def watermark(workspace: Workspace, path: str, site: str) -> Change | None:
    """Put a watermark before an operation that keeps state."""
    document = workspace.document(path)
    if document is None:
        return None
    span = workspace.span(path, site)
    named = _WINDOW.search(document.text, span.start, span.end)
    column = (named[1] or named[2]) if named is not None else _EVENT_TIME
    return before_call(document, span, f'withWatermark("{column}", "10 minutes")')


@fix("spark.within-watermark")
def within_watermark(workspace: Workspace, path: str, site: str) -> Change | None:
    """Forget duplicates behind a watermark (Spark 3.5)."""
    document = workspace.document(path)
    if document is None:
        return None
    span = workspace.span(path, site)
    name = re.compile(r"dropDuplicates|drop_duplicates").match(document.text, span.start, span.end)
    if name is None:
        return None
    renamed = edit(document, name.span(), "dropDuplicatesWithinWatermark")
    before = _statement(document, span).partition(document.text[span.start : span.end])[0]
    if "withWatermark" in before:
        return Change((renamed,))
    marked = before_call(document, span, f'withWatermark("{_EVENT_TIME}", "1 day")')
    return Change((*marked.edits, renamed)) if marked is not None else None


def _append(workspace: Workspace, path: str, site: str) -> tuple[Document, Span, str] | None:
    """The call that says `append`, as it is now, with the quotes it has."""
    document = workspace.document(path)
    if document is None:
        return None
    span = workspace.span(path, site)
    found = _APPEND.fullmatch(document.text, span.start, span.end)
    return (document, span, found[1]) if found is not None else None


def _other(quote: str) -> str:
    return '"' if quote == "'" else "'"


def _enclosing(document: Document, span: Span, kinds: tuple[type[ast.AST], ...]) -> ast.AST | None:
    """The innermost node of some kinds around a place."""
    file = parse_python(document.text)
    best: ast.AST | None = None
    for node in ast.walk(file.tree):
        if isinstance(node, kinds):
            whole = file.span(node)  # type: ignore[arg-type]  # nodes with a place
            if whole.start <= span.start and span.end <= whole.end:
                best = node
    return best


def _statement(document: Document, span: Span) -> str:
    """The statement around a place."""
    node = _enclosing(document, span, (ast.Expr, ast.Assign, ast.Return, ast.AnnAssign))
    return parse_python(document.text).slice(node) if isinstance(node, ast.stmt) else ""


def _batch_parameter(document: Document, span: Span) -> str:
    """The second parameter of the function around a place, if that looks like the number of a batch."""
    node = _enclosing(document, span, (ast.FunctionDef, ast.Lambda))
    if not isinstance(node, ast.FunctionDef | ast.Lambda):
        return ""
    names = [argument.arg for argument in node.args.args if argument.arg not in ("self", "cls")]
    return names[1] if len(names) == 2 and re.search(r"(?:batch|epoch|id)", names[1], re.I) else ""


@fix("vacuum.keep")
def keep(workspace: Workspace, path: str, site: str) -> Change | None:
    """Let a vacuum keep the files of seven days."""
    document = workspace.document(path)
    if document is None:
        return None
    span = workspace.span(path, site)
    found = re.compile(
        r"\bRETAIN\s+([\d.]+)\s+HOURS?\b|\bvacuum\(\s*(?:retentionHours\s*=\s*)?([\d.]+)\s*\)", re.I
    ).search(document.text, span.start, span.end)
    if found is None:
        return None
    return Change((edit(document, found.span(1 if found[1] else 2), "168"),))
