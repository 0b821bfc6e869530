"""Fixes of what a DAG says of itself: its arguments, and what its tasks inherit by default_args."""

from __future__ import annotations

import ast

from tidegate_analyzers.fixes.base import Workspace, edit, fix
from tidegate_analyzers.fixes.python_edit import argument, dict_of, entry, imported
from tidegate_analyzers.syntax.python import PythonFile, parse_python
from tidegate_analyzers.text import Change, Document

_ASSETS = {"2": ("airflow.datasets", "Dataset"), "3": ("airflow.sdk", "Asset")}
"""What assets are called, and where, by the major version of Airflow."""


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
        given = dict_of(file, given.id)
    if isinstance(given, ast.Dict):
        return Change((entry(document, file, given, name, value),))
    if given is not None:
        return None
    return Change((argument(document, file, call, "default_args", f'{{"{name}": {value}}}'),))


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
    return Change((argument(document, file, call, name, value),))


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


@fix("task.outlets")
def task_outlets(workspace: Workspace, path: str, number: str, index: str, major: str) -> Change | None:
    """Name an asset that a task writes, to be filled in."""
    module, name = _ASSETS[major]
    change = task_argument(workspace, path, number, index, "outlets", f'[{name}("<dataset>")]')
    document = workspace.document(path)
    if change is None or document is None:
        return None
    new = imported(document, parse_python(document.text), module, name)
    return Change((*change.edits, *([new] if new is not None else [])))


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
    return Change((argument(document, file, call, name, value),))
