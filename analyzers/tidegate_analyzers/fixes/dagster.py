"""Assets of Dagster: how their backfills run."""

from __future__ import annotations

import ast

from tidegate_analyzers.fixes.base import Workspace, fix
from tidegate_analyzers.fixes.python_edit import argument, dotted, imported, innermost
from tidegate_analyzers.syntax.python import parse_python
from tidegate_analyzers.text import Change


@fix("dagster.single-run")
def single_run(workspace: Workspace, path: str, site: str) -> Change | None:
    """Give an asset the policy by which one run takes all partitions of a backfill."""
    document = workspace.document(path)
    if document is None:
        return None
    file = parse_python(document.text)
    call = innermost(file, workspace.span(path, site), ast.Call)
    while call is not None and not any(keyword.arg == "partitions_def" for keyword in call.keywords):
        around = [n for n in ast.walk(file.tree) if isinstance(n, ast.Call) and file.span(n).covers(file.span(call))]
        call = around[-2] if len(around) > 1 else None
    if call is None:
        return None
    package = dotted(call.func).rpartition(".")[0]
    if package:
        policy = f"{package}.BackfillPolicy.single_run()"
        return Change((argument(document, file, call, "backfill_policy", policy),))
    new = imported(document, file, "dagster", "BackfillPolicy")
    edit = argument(document, file, call, "backfill_policy", "BackfillPolicy.single_run()")
    return Change((edit, *([new] if new is not None else [])))
