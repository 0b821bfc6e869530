"""Set the rows of a data frame aside that Great Expectations finds invalid, and go on with the others.

With `result_format="COMPLETE"` a result tells the index of each row that fails; checks of a whole table have no rows, and
stop: https://docs.greatexpectations.io/docs/core/trigger_actions_based_on_results/choose_a_result_format/.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tidegate_analyzers.fixes.base import edit, indent_of, line_end
from tidegate_analyzers.fixes.python_edit import argument, dotted, dotted_target, innermost
from tidegate_analyzers.ide.refactor.asked import FIX, Asked, Refactoring
from tidegate_analyzers.syntax.python import PythonFile, parse_python
from tidegate_analyzers.text import Change, Span

_LOOKED_UP = re.compile(r"(?:^|\.)validation_definitions\.(?:get|add|add_or_update)$|(?:^|\.)ValidationDefinition$")
_LINES = """\
if any(not check.success and not check.result.get("unexpected_index_list") for check in {result}.results):
    raise ValueError("a check of the whole table has failed")
reasons = {{
    row: check.expectation_config.type
    for check in {result}.results
    for row in check.result.get("unexpected_index_list") or ()
}}
rejected = {frame}[{frame}.index.isin(list(reasons))]
rejected = rejected.assign(_error_rule=rejected.index.map(reasons))
rejected.to_json("<quarantine>/{frame}.jsonl", orient="records", lines=True, mode="a")
{frame} = {frame}[~{frame}.index.isin(list(reasons))]"""
_NEW = frozenset(("reasons", "rejected", "check"))


def set_rows_aside(asked: Asked) -> Iterator[Refactoring]:
    """On a validation of a data frame whose result nobody reads."""
    if asked.role.kind != "python" or not any(asked.found("TG305")) or "pyspark" in asked.document.text:
        return
    file = parse_python(asked.document.text)
    call = innermost(file, asked.span, ast.Call)
    statement = innermost(file, asked.span, ast.stmt)
    if call is None or not isinstance(statement, ast.Expr | ast.Assign) or statement.value is not call:
        return
    frame = _frame(call)
    names = {node.id for node in ast.walk(file.tree) if isinstance(node, ast.Name)}
    if not frame or not _is_definition(file, call) or names & _NEW:
        return
    span = file.span(statement)
    result = dotted_target(statement) if isinstance(statement, ast.Assign) else ""
    edits = [argument(asked.document, file, call, "result_format", '"COMPLETE"')]
    if not result:
        result = "result" if "result" not in names else "checked"
        edits.append(edit(asked.document, Span(span.start, span.start), f"{result} = "))
    indent = indent_of(asked.document, span.start)
    lines = _LINES.format(result=result, frame=frame).split("\n")
    end = line_end(asked.document, span.end)
    edits.append(edit(asked.document, (end, end), "".join(f"\n{indent}{line}" for line in lines)))
    yield Refactoring(f"Set the rows of '{frame}' aside that fail", FIX, Change(tuple(edits)), "TG305", safe=False)


def _frame(call: ast.Call) -> str:
    """The data frame of `run(batch_parameters={"dataframe": orders})`."""
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    batch = given.get("batch_parameters")
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "run" or {None, "result_format"} & given.keys():
        return ""
    for key, value in zip(batch.keys, batch.values, strict=True) if isinstance(batch, ast.Dict) else ():
        if isinstance(key, ast.Constant) and key.value == "dataframe" and isinstance(value, ast.Name):
            return value.id
    return ""


def _is_definition(file: PythonFile, call: ast.Call) -> bool:
    """Whether what runs is a validation definition, made or looked up in the file."""
    assert isinstance(call.func, ast.Attribute)
    node = call.func.value
    if isinstance(node, ast.Name):
        values = [
            item.value
            for item in ast.walk(file.tree)
            if isinstance(item, ast.Assign) and dotted_target(item) == node.id
        ]
        node = values[0] if len(values) == 1 else node
    return isinstance(node, ast.Call) and bool(_LOOKED_UP.search(dotted(node.func)))
