"""Keeping what a reader leaves out, with what was wrong about it.

These change what runs, so they are offered, shown and confirmed, never applied by themselves.
"""

from __future__ import annotations

import ast
import re

from tidegate_analyzers.fixes.base import Workspace, edit, fix, indent_of, line_end
from tidegate_analyzers.fixes.python_edit import argument, dotted, innermost
from tidegate_analyzers.syntax.python import parse_python
from tidegate_analyzers.text import Change, Edit

_QUIET = re.compile(r"'(?:''|[^'])*'|\"[^\"]*\"|--[^\n]*|/\*.*?\*/", re.S)
_TARGET = re.compile(r"\bcopy\s+into\s+(?P<name>[A-Za-z_][\w$]*(?:\.[A-Za-z_][\w$]*){0,2})(?=[\s(])", re.I)
_VALIDATED = """\
{indent}-- What was left out, with the reason.
{indent}CREATE TABLE IF NOT EXISTS {name}_rejected AS
{indent}SELECT *, CURRENT_TIMESTAMP() AS _quarantined_at FROM TABLE(VALIDATE({name}, JOB_ID => '_last')) WHERE FALSE;
{indent}INSERT INTO {name}_rejected
{indent}SELECT *, CURRENT_TIMESTAMP() FROM TABLE(VALIDATE({name}, JOB_ID => '_last'));"""


@fix("reject.validate")
def validate(workspace: Workspace, path: str, site: str) -> Change | None:
    """Ask Snowflake behind a COPY what it has left out, and keep that."""
    document = workspace.document(path)
    if document is None:
        return None
    at = workspace.span(path, site).start
    plain = _QUIET.sub(lambda match: " " * len(match[0]), document.text)
    targets = [match for match in _TARGET.finditer(plain, 0, at) if ";" not in plain[match.start() : at]]
    if not targets:
        return None
    name = document.text[slice(*targets[-1].span("name"))]
    end = plain.find(";", at)
    text = "\n" + _VALIDATED.format(name=name, indent=indent_of(document, targets[-1].start()))
    if end < 0:
        last = len(document.text.rstrip())
        return Change((edit(document, (last, last), f";{text}"),))
    stop = line_end(document, end)
    stop = stop if not plain[end + 1 : stop].strip() else end + 1
    return Change((edit(document, (stop, stop), text),))


@fix("reject.lines")
def lines(workspace: Workspace, path: str, site: str) -> Change | None:
    """Let pandas hand over the lines that it can't read, and keep them."""
    document = workspace.document(path)
    if document is None:
        return None
    file = parse_python(document.text)
    span = workspace.span(path, site)
    call, statement = innermost(file, span, ast.Call), innermost(file, span, ast.stmt)
    names = {node.id for node in ast.walk(file.tree) if isinstance(node, ast.Name)}
    given = {keyword.arg: keyword.value for keyword in call.keywords} if call is not None else {}
    pandas = dotted(call.func).partition(".")[0] if call is not None else ""
    if call is None or not isinstance(statement, ast.Assign | ast.Return | ast.Expr) or not pandas:
        return None
    if "rejects" in names or given.keys() & {"chunksize", "iterator"}:  # lines are read later, then
        return None
    start = file.span(statement).start
    indent = indent_of(document, start)
    engine = given.get("engine")
    edits: list[Edit] = [
        edit(document, (start, start), f"rejects = []\n{indent}"),
        edit(document, span, "rejects.append"),
        edit(document, file.span(engine), '"python"')
        if engine is not None
        else argument(document, file, call, "engine", '"python"'),
    ]
    keep = f'{pandas}.DataFrame(rejects).to_csv("<quarantine>/rejects.csv", mode="a", header=False)'
    if isinstance(statement, ast.Return):
        place = file.span(statement)
        value = file.span(statement.value) if statement.value is not None else place
        edits.append(edit(document, (place.start, value.start), "frame = "))
        tail = f"\n{indent}{keep}\n{indent}return frame"
    else:
        tail = f"\n{indent}{keep}"
    end = line_end(document, file.span(statement).end)
    return Change((*edits, edit(document, (end, end), tail)))
