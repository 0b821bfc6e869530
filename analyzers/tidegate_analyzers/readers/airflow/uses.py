"""The names that a DAG file uses in texts: DAGs, tasks, connections, variables, pools and assets."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from tidegate_analyzers.facts import Dag, Name, Sites, Task
from tidegate_analyzers.readers.airflow.shapes import Function, dag_decorator, task_decorator
from tidegate_analyzers.readers.python.names import dotted
from tidegate_analyzers.readers.templates import template_names
from tidegate_analyzers.syntax.python import PythonFile
from tidegate_analyzers.text import Span

_TELLS = re.compile(r"\{[{%]|airflow ")
"""What stands in every text that is looked at."""
_QUOTE = re.compile(r"[A-Za-z]*(\"\"\"|'''|\"|')")
_BRANCH = re.compile(r"(?:^|\.)branch\w*$|Branch\w*Operator$")
_COMMAND = re.compile(
    r"\bairflow\s+(?:dags\s+(?:trigger|test|pause|unpause|state|next-execution|backfill|show|details|delete)|trigger_dag)"
    r"(?:\s+-\w+|\s+--[\w-]+=\S+)*\s+(?P<dag>[A-Za-z_][\w.-]*)"
)
Owner: TypeAlias = Callable[[str], str | None]
"""Given the id of a task: the DAG it belongs to, `None` where that is not known."""

_DAG_ARGUMENTS = frozenset(("external_dag_id", "trigger_dag_id"))
_TASK_ARGUMENTS = frozenset(("follow_task_ids_if_true", "follow_task_ids_if_false"))


def names_used(file: PythonFile, sites: Sites, dags: Sequence[Dag]) -> list[Name]:
    """Every such name whose characters stand in the file as they are."""
    found: dict[tuple[str, Span], Name] = {}
    for name in _Uses(file, sites, dags).read():
        found.setdefault((name.kind, sites.span(name.site)), name)
    return list(found.values())


class _Uses:
    def __init__(self, file: PythonFile, sites: Sites, dags: Sequence[Dag]) -> None:
        self.file = file
        self.sites = sites
        self.dags = dags
        self.branches: set[str] = set()
        self.bags: dict[str, str] = {}
        """The names of variables that hold a DAG out of a bag, with its id."""

    def computed(self) -> Iterator[Name]:
        """What stands for the id of a DAG or task, and is only as long as that."""
        for dag in self.dags:
            made: list[Dag | Task] = [dag, *dag.tasks]
            for item in made:
                span = self.sites.span(item.site)
                text = self.file.text[span.start : span.end]
                if text and len(text) <= len(item.id) and not item.id.endswith(text):
                    yield Name("computed-id", item.id, item.site)

    def read(self) -> Iterator[Name]:
        yield from self.computed()
        nodes = list(ast.walk(self.file.tree))
        may_branch = "ranch" in self.file.text
        inside = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
        for node in nodes:
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                got = self._got_dag(node.value)
                if got:
                    self.bags[node.targets[0].id] = got
            elif may_branch and isinstance(node, ast.Call) and _BRANCH.search(dotted(node.func)):
                chosen = next((k.value for k in node.keywords if k.arg == "python_callable"), None)
                if isinstance(chosen, ast.Name):
                    self.branches.add(chosen.id)
        for node in nodes:
            if isinstance(node, ast.Call):
                yield from self._call(node)
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from self._function(node)
            elif isinstance(node, ast.Constant):
                if isinstance(node.value, str) and _TELLS.search(node.value) and id(node) not in inside:
                    yield from self._text(node)
            elif isinstance(node, ast.JoinedStr):
                yield from self._text(node)

    # -- calls ---------------------------------------------------------------------------------------------------------

    def _call(self, call: ast.Call) -> Iterator[Name]:
        callee = dotted(call.func)
        last = callee.rpartition(".")[2]
        given = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
        first = call.args[0] if call.args else None
        for name, value in given.items():
            if name.endswith("conn_id"):
                yield from self._plain("connection", value)
            elif name in _DAG_ARGUMENTS:
                yield from self._plain("dag", value)
            elif name == "pool" and (last.endswith(("Operator", "Sensor")) or "task" in callee or "task_id" in given):
                yield from self._plain("pool", value)
            elif name in _TASK_ARGUMENTS:
                yield from self._tasks(value, self._own)
        if "external_dag_id" in given:
            of = self._constant(given["external_dag_id"])
            for name in ("external_task_id", "external_task_ids"):
                if name in given and of and "{" not in of:
                    yield from self._tasks(given[name], _always(of))
        if last == "xcom_pull":
            yield from self._pulled(call, given)
        elif last == "get_connection" or callee in ("Connection.get", "Connection.get_connection_from_secrets"):
            yield from self._plain("connection", given.get("conn_id", first))
        elif callee in (
            "Variable.get",
            "Variable.set",
            "Variable.delete",
            "Variable.setdefault",
            "models.Variable.get",
        ):
            yield from self._plain("variable", given.get("key", first), made=last == "set")
        elif last == "get_dag" or callee in ("DagRun.find", "DagModel.get_dagmodel", "trigger_dag"):
            yield from self._plain("dag", given.get("dag_id", first if last != "find" else None))
        elif last == "get_pool":
            yield from self._plain("pool", given.get("pool_name", first))
        elif last in ("Asset", "Dataset"):
            yield from self._plain("asset", given.get("uri", first))
        elif last in ("get_task", "has_task", "set_dependency", "clear_task"):
            yield from self._of_dag(call, last, given)

    def _pulled(self, call: ast.Call, given: dict[str, ast.expr]) -> Iterator[Name]:
        wanted = given.get("task_ids", call.args[0] if call.args else None)
        elsewhere = given.get("dag_id")
        if elsewhere is not None:
            yield from self._plain("dag", elsewhere)
            of = self._constant(elsewhere)
            if of:
                yield from self._tasks(wanted, _always(of))
        else:
            yield from self._tasks(wanted, self._own)

    def _of_dag(self, call: ast.Call, last: str, given: dict[str, ast.expr]) -> Iterator[Name]:
        """`dag.get_task("x")`, where it is known which DAG that is."""
        holder = call.func.value if isinstance(call.func, ast.Attribute) else None
        if holder is None:
            return
        of = self._got_dag(holder) or (self.bags.get(holder.id, "") if isinstance(holder, ast.Name) else "")
        taken = call.args[: 2 if last == "set_dependency" else 1]
        for value in [*taken, *(given[name] for name in ("task_id",) if name in given)]:
            if of:
                yield from self._tasks(value, _always(of))
            elif isinstance(holder, ast.Name) and self.dags:
                yield from self._tasks(value, self._own)

    def _got_dag(self, node: ast.expr) -> str:
        """The DAG that `bag.get_dag("x")` or `bag.dags["x"]` gives."""
        if isinstance(node, ast.Call) and dotted(node.func).endswith(".get_dag"):
            given = next((k.value for k in node.keywords if k.arg == "dag_id"), node.args[0] if node.args else None)
            return self._constant(given)
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute) and node.value.attr == "dags":
            return self._constant(node.slice)
        return ""

    # -- functions -------------------------------------------------------------------------------------------------------

    def _function(self, function: Function) -> Iterator[Name]:
        decorator = task_decorator(function)
        if decorator is not None:
            yield from self._named_by(function)
        elif dag_decorator(function) is not None and any(dag.id == function.name for dag in self.dags):
            yield self._head("dag-function", function, "")
        if function.name in self.branches or (decorator is not None and _BRANCH.search(dotted(decorator))):
            for node in ast.walk(function):
                if isinstance(node, ast.Return) and node.value is not None:
                    for value in _options(node.value):
                        yield from self._tasks(value, self._known)

    def _named_by(self, function: Function) -> Iterator[Name]:
        """The tasks whose id is the name of a decorated function."""
        for dag in self.dags:
            made = {task.id for task in dag.tasks if task.operator == f"@task {function.name}"}
            for name in sorted(made):
                if name.rpartition(".")[2] == function.name:
                    yield self._head("task-function", function, dag.id, name)

    def _head(self, kind: str, function: Function, of: str, name: str = "") -> Name:
        start = self.file.text.index(function.name, self.file.span(function).start + len("def "))
        return Name(kind, name or function.name, self.sites.add((start, start + len(function.name))), True, of)

    # -- texts -----------------------------------------------------------------------------------------------------------

    def _text(self, node: ast.Constant | ast.JoinedStr) -> Iterator[Name]:
        source = self.file.slice(node)
        start = self.file.span(node).start
        if "airflow" in source:
            for match in _COMMAND.finditer(source):
                span = (start + match.start("dag"), start + match.end("dag"))
                yield Name("dag", match["dag"], self.sites.add(span))
        if "{{" in source or "{%" in source:
            for kind, name, span in template_names(source, start, formatted=isinstance(node, ast.JoinedStr)):
                of = self._own(name) if kind == "task" else ""
                if of is not None:
                    yield Name(kind, name, self.sites.add(span), False, of)

    def _plain(self, kind: str, node: ast.expr | None, *, made: bool = False) -> Iterator[Name]:
        """The name that a constant is."""
        text = self._constant(node)
        if node is not None and text and "{" not in text and "\n" not in text:
            start = self._inner(node)
            yield Name(kind, text, self.sites.add((start, start + len(text))), made)

    def _tasks(self, node: ast.expr | None, owner: Owner) -> Iterator[Name]:
        """The tasks that a constant names, or a list of them."""
        for item in node.elts if isinstance(node, ast.List | ast.Tuple | ast.Set) else [node]:
            text = self._constant(item)
            of = owner(text) if text and "{" not in text else None
            if item is not None and of is not None:
                end = self._inner(item) + len(text)
                yield Name("task", text, self.sites.add((end - len(text.rpartition(".")[2]), end)), False, of)

    def _constant(self, node: ast.expr | None) -> str:
        """A text that is written as it is, empty for anything else."""
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            return ""
        source = self.file.slice(node)
        quote = _QUOTE.match(source)
        if quote is None or source[quote.end() : len(source) - len(quote[1])] != node.value:
            return ""
        return node.value

    def _inner(self, node: ast.expr) -> int:
        quote = _QUOTE.match(self.file.slice(node))
        return self.file.span(node).start + (quote.end() if quote is not None else 0)

    def _known(self, task: str) -> str | None:
        """The DAG of this file that has a task; `None` where none or several do."""
        found = {dag.id for dag in self.dags if any(item.id == task for item in dag.tasks)}
        return found.pop() if len(found) == 1 else None

    def _own(self, task: str) -> str | None:
        """The DAG whose task is meant where none is named."""
        return self.dags[0].id if len(self.dags) == 1 else self._known(task)


def _options(node: ast.expr) -> Iterator[ast.expr]:
    """What a branch may return: a task, a list of them, one or another."""
    if isinstance(node, ast.IfExp):
        yield from _options(node.body)
        yield from _options(node.orelse)
    else:
        yield node


def _always(of: str) -> Owner:
    return lambda _: of
