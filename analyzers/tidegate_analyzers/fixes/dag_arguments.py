"""Fixes of what a DAG says of itself: its arguments, and what its tasks inherit by default_args."""

from __future__ import annotations

import ast

from tidegate_analyzers.fixes.base import Workspace, edit, fix, indent_of
from tidegate_analyzers.syntax.python import PythonFile, parse_python
from tidegate_analyzers.text import Change, Document, Edit


@fix("dag.owner")
def dag_owner(workspace: Workspace, path: str, number: str) -> Change | None:
    """Name an owner in default_args."""
    owners = workspace.graph.layout.owners_of(path)
    who = owners[0].rpartition("/")[2].lstrip("@") if owners else "<team>"
    return dag_default(workspace, path, number, "owner", f'"{who}"')


@fix("dag.default")
def dag_default(workspace: Workspace, path: str, number: str, name: str, value: str) -> Change | None:
    """Set an entry of default_args."""
    found = _dag_call(workspace, path, number)
    if found is None:
        return None
    document, file, call = found
    given = next((k.value for k in call.keywords if k.arg == "default_args"), None)
    if isinstance(given, ast.Name):
        given = _dict_of(file, given.id)
    if isinstance(given, ast.Dict):
        return Change((_entry(document, file, given, name, value),))
    if given is not None:
        return None
    return Change((_argument(document, file, call, "default_args", f'{{"{name}": {value}}}'),))


@fix("dag.argument")
def dag_argument(workspace: Workspace, path: str, number: str, name: str, value: str) -> Change | None:
    """Set an argument of the call that makes a DAG."""
    found = _dag_call(workspace, path, number)
    if found is None:
        return None
    document, file, call = found
    given = next((k.value for k in call.keywords if k.arg == name), None)
    if given is not None:
        return Change((edit(document, file.span(given), value),))
    return Change((_argument(document, file, call, name, value),))


def _dag_call(workspace: Workspace, path: str, number: str) -> tuple[Document, PythonFile, ast.Call] | None:
    document = workspace.document(path)
    facts = workspace.view.facts(path)
    read = workspace.graph.files.get(path)
    if document is None or facts is None or read is None or int(number) >= len(facts.dags):
        return None
    file = parse_python(document.text)
    whole = read.span(facts.dags[int(number)].whole)
    call = next((n for n in ast.walk(file.tree) if isinstance(n, ast.Call) and file.span(n) == whole), None)
    return (document, file, call) if call is not None else None


def _argument(document: Document, file: PythonFile, call: ast.Call, name: str, value: str) -> Edit:
    """A further argument behind the last, on a line of its own if that one has one."""
    whole = file.span(call)
    end = whole.end - 1
    spans = [file.span(item) for item in (*call.args, *(keyword.value for keyword in call.keywords))]
    last = max(spans, default=None)
    if last is None:
        return edit(document, (end, end), f"{name}={value}")
    own_line = document.lines.position(last.start).line != document.lines.position(whole.start).line
    separator = ",\n" + indent_of(document, last.start) if own_line else ", "
    return edit(document, (last.end, last.end), f"{separator}{name}={value}")


def _dict_of(file: PythonFile, name: str) -> ast.Dict | None:
    for node in ast.walk(file.tree):
        if (
            isinstance(node, ast.Assign)
            and any(isinstance(t, ast.Name) and t.id == name for t in node.targets)
            and isinstance(node.value, ast.Dict)
        ):
            return node.value
    return None


def _entry(document: Document, file: PythonFile, given: ast.Dict, name: str, value: str) -> Edit:
    """An entry of a dictionary: the one there is with another value, or a further one before the first."""
    for key, old in zip(given.keys, given.values, strict=True):
        if isinstance(key, ast.Constant) and key.value == name:
            return edit(document, file.span(old), value)
    at = file.span(given).start + 1
    if not given.keys:
        return edit(document, (at, at), f'"{name}": {value}')
    first = next((key for key in given.keys if key is not None), None)
    if first is None:
        return edit(document, (at, at), f'"{name}": {value}, ')
    start = file.span(first).start
    own_line = document.lines.position(start).line != document.lines.position(file.span(given).start).line
    separator = ",\n" + indent_of(document, start) if own_line else ", "
    return edit(document, (start, start), f'"{name}": {value}{separator}')


@fix("task.argument")
def task_argument(workspace: Workspace, path: str, number: str, index: str, name: str, value: str) -> Change | None:
    """Set an argument of the call that makes a task."""
    document = workspace.document(path)
    facts = workspace.view.facts(path)
    read = workspace.graph.files.get(path)
    if document is None or facts is None or read is None or int(number) >= len(facts.dags):
        return None
    tasks = facts.dags[int(number)].tasks
    if int(index) >= len(tasks) or tasks[int(index)].operator.startswith("@"):
        return None
    file = parse_python(document.text)
    whole = read.span(tasks[int(index)].whole)
    call = next((n for n in ast.walk(file.tree) if isinstance(n, ast.Call) and file.span(n) == whole), None)
    if call is None:
        return None
    given = next((k.value for k in call.keywords if k.arg == name), None)
    if given is not None:
        return Change((edit(document, file.span(given), value),))
    return Change((_argument(document, file, call, name, value),))
