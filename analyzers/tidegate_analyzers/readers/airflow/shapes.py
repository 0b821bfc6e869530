"""The shapes of calls and definitions in DAG files: which of them make DAGs, groups and tasks."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from tidegate_analyzers.readers.airflow.operators import NOT_A_TASK
from tidegate_analyzers.readers.python.names import dotted

_OPERATOR_ENDS = ("Operator", "Sensor", "OperatorAsync", "SensorAsync", "Transfer")
_ARGUMENTS_OF_WORK = frozenset(("op_args", "op_kwargs", "arguments", "params", "templates_dict", "env_vars", "conf"))
Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
Functions: TypeAlias = Callable[[str], Function | None]
"""A module's functions by name."""


def last_name(node: ast.expr) -> str:
    """The last part of a dotted name."""
    return dotted(node).rpartition(".")[2]


def dag_decorator(function: Function) -> ast.expr | None:
    """The `@dag` of a function."""
    return next((decorator for decorator in function.decorator_list if last_name(decorator) == "dag"), None)


def task_decorator(function: Function) -> ast.expr | None:
    """The `@task`, `@task.kind` or `@task_group` of a function."""
    return next((decorator for decorator in function.decorator_list if _is_task_decorator(decorator)), None)


def _is_task_decorator(node: ast.expr) -> bool:
    name = dotted(node)
    return name in ("task", "task_group") or name.startswith("task.") or name.endswith((".task", ".task_group"))


def makes_tasks(function: Function) -> bool:
    """Whether a function's body makes DAGs or tasks by classic operators."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            last = last_name(node.func)
            if (
                last == "DAG"
                or (last.endswith(_OPERATOR_ENDS) and last not in NOT_A_TASK)
                or any(keyword.arg == "task_id" for keyword in node.keywords)
            ):
                return True
    return False


@dataclass(frozen=True, slots=True)
class TaskflowCall:
    """`fn(...)`, `fn.expand(...)`, `fn.partial(...).expand(...)`, `fn.override(...)(...)`.

    Attributes:
        function: the name that is called.
        options: the call of `override`.
        calls: every call of the chain, the last first.
    """

    function: str
    options: ast.Call | None
    calls: tuple[ast.Call, ...]

    def arguments(self) -> Iterator[ast.expr]:
        """Every argument of the chain."""
        for call in self.calls:
            yield from call.args
            yield from (keyword.value for keyword in call.keywords)


def taskflow_call(call: ast.Call) -> TaskflowCall | None:
    """The call as that of a decorated function, if a plain name is called."""
    options: ast.Call | None = None
    node: ast.expr = call.func
    calls = [call]
    while True:
        if isinstance(node, ast.Attribute) and node.attr in ("expand", "expand_kwargs", "partial", "override"):
            node = node.value
        elif isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute) and node.func.attr == "override":
                options = node
            calls.append(node)
            node = node.func
        else:
            break
    return TaskflowCall(node.id, options, tuple(calls)) if isinstance(node, ast.Name) else None


def operator_call(call: ast.Call) -> tuple[ast.Call, str] | None:
    """A call that makes a task, as one call of the operator, with the operator's name."""
    last = last_name(call.func)
    if (
        last in ("expand", "expand_kwargs")
        and isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Call)
    ):
        base = call.func.value  # Operator.partial(...).expand(...)
        last = dotted(base.func).removesuffix(".partial").rpartition(".")[2]
        call = ast.copy_location(
            ast.Call(func=base.func, args=base.args, keywords=[*base.keywords, *call.keywords]), call
        )
    has_id = any(keyword.arg == "task_id" for keyword in call.keywords)
    if last in NOT_A_TASK or not (last.endswith(_OPERATOR_ENDS) or has_id) or (last[:1].islower() and not has_id):
        return None
    return call, last


def outputs_taken(call: ast.Call) -> Iterator[ast.expr]:
    """The tasks whose `.output` an operator takes in its arguments."""
    for keyword in call.keywords:
        if keyword.arg in _ARGUMENTS_OF_WORK:
            for node in ast.walk(keyword.value):
                if isinstance(node, ast.Attribute) and node.attr == "output":
                    yield node.value
