"""How much of its source a dlt resource takes in a run: all of it, or what is new since the last one.

`dlt.sources.incremental` and the state of a resource are kept with what they loaded, so a second run goes on where
the first one ended, and rows at the edge are told by their key or their content. A transformer takes what its parent
gives: it sees a record again whenever the parent does.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from tidegate_analyzers.readers.python.libraries.base import Call, Function
from tidegate_analyzers.readers.python.names import dotted
from tidegate_analyzers.syntax.python import PythonFile

MAX_PARENTS = 4


class Progress(Enum):
    """What a resource knows of the runs before."""

    NONE = "all is taken again"
    KEPT = "what is new is taken"
    STAMPED = "each row carries the time of its run"
    UNKNOWN = "not known"


class Source(NamedTuple):
    """What the rows of a resource come from.

    Attributes:
        function: the function that gives them, or that fills the list they stand in.
        name: its name, as written.
        bound: the call that gives the function its arguments.
        given: whether they are data that stands in the module or is filled there, and no function's.
    """

    function: Function | None
    name: str
    bound: ast.Call | None = None
    given: bool = False


_STATE = re.compile(r"\b(?:resource_state|source_state|current\.state|dlt\.state)\b")
_HINTS = frozenset(("write_disposition", "primary_key", "merge_key", "incremental"))
_NOW = frozenset(("now", "utcnow", "today", "time", "utc_now"))


def progress(call: Call, source: Source) -> Progress:
    """How much of its source a resource takes that a call or decorator makes."""
    own = _own(call.file, call.node, source)
    if own is not Progress.NONE or call.method != "transformer":
        return own
    return _of_parents(call.file, _parents(call.file, call.node), 0)


def _own(file: PythonFile, made: ast.Call, source: Source) -> Progress:
    if _mentions(file, [keyword.value for keyword in made.keywords if keyword.arg == "incremental"], ""):
        return Progress.KEPT
    bound = source.bound
    if bound is not None and _mentions(file, [*bound.args, *(item.value for item in bound.keywords)], "incremental"):
        return Progress.KEPT
    function = source.function
    if function is None:
        return Progress.NONE if source.given else Progress.UNKNOWN
    arguments = function.args
    every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    hints = [argument.annotation for argument in every if argument.annotation is not None]
    defaults = [item for item in (*arguments.defaults, *arguments.kw_defaults) if item is not None]
    if _mentions(file, [*hints, *defaults], "incremental"):
        return Progress.KEPT
    text = file.slice(function)
    if _STATE.search(text) or any(_hints(node) for node in ast.walk(function)):
        return Progress.UNKNOWN
    return Progress.STAMPED if _stamps(function) else Progress.NONE


def _hints(node: ast.AST) -> bool:
    """Whether a call says how rows are written, or goes by a cursor of its own."""
    if not isinstance(node, ast.Call):
        return False
    called = dotted(node.func).rpartition(".")[2]
    if called == "make_hints":
        return len(node.args) > 2 or any(keyword.arg is None or keyword.arg in _HINTS for keyword in node.keywords)
    return called == "incremental"


def _mentions(file: PythonFile, nodes: list[ast.expr], word: str) -> bool:
    return any(word in file.slice(node) for node in nodes)


def _stamps(function: Function) -> bool:
    """Whether the rows that a function gives carry the current time."""
    values: list[ast.expr] = []
    for node in ast.walk(function):
        if isinstance(node, ast.Dict):
            values += node.values
        elif isinstance(node, ast.Assign) and any(isinstance(target, ast.Subscript) for target in node.targets):
            values.append(node.value)
    return any(
        isinstance(inner, ast.Call) and dotted(inner.func).rpartition(".")[2] in _NOW
        for value in values
        for inner in ast.walk(value)
    )


def _parents(file: PythonFile, made: ast.Call) -> list[ast.expr]:
    """What a transformer is fed from: `data_from=` or the left side of a pipe."""
    named = [keyword.value for keyword in made.keywords if keyword.arg == "data_from"]
    if named:
        return named
    return [
        node.left
        for node in ast.walk(file.tree)
        if isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.BitOr)
        and any(i is made for i in ast.walk(node.right))
    ]


def _of_parents(file: PythonFile, parents: list[ast.expr], depth: int) -> Progress:
    if len(parents) != 1 or depth > MAX_PARENTS or not isinstance(parents[0], ast.Name):
        return Progress.UNKNOWN
    function = _function(file, parents[0].id)
    made = _decorator(function) if function is not None else None
    if function is None or made is None:
        return Progress.UNKNOWN
    own = _own(file, made, Source(function, function.name))
    if own is Progress.KEPT:
        # Records that are merged come again when they change; those that are appended never do.
        words = [keyword.value for keyword in made.keywords if keyword.arg == "write_disposition"]
        merged = any(isinstance(word, ast.Constant) and word.value == "merge" for word in words)
        return Progress.NONE if merged else Progress.UNKNOWN
    if own is Progress.NONE and dotted(made.func).endswith("transformer"):
        return _of_parents(file, _parents(file, made), depth + 1)
    return own if own is Progress.NONE else Progress.UNKNOWN


def _function(file: PythonFile, name: str) -> Function | None:
    """The only function of a module that has a name."""
    found = [
        node
        for node in ast.walk(file.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name
    ]
    return found[0] if len(found) == 1 else None


def _decorator(function: Function) -> ast.Call | None:
    """The decorator that makes a resource, as a call."""
    for node in function.decorator_list:
        if dotted(node).rpartition(".")[2] in ("resource", "transformer"):
            return node if isinstance(node, ast.Call) else ast.copy_location(ast.Call(node, [], []), node)
    return None


def makes_resources(function: Function) -> bool:
    """Whether a function gives resources, which write by themselves, and no rows."""
    for node in ast.walk(function):
        if isinstance(node, ast.Return | ast.Yield | ast.YieldFrom) and node.value is not None:
            for inner in ast.walk(node.value):
                if isinstance(inner, ast.Call) and dotted(inner.func) in ("dlt.resource", "dlt.transformer"):
                    return True
    return False


def source_of(call: Call, function: Function | None) -> Source:
    """What a resource is made of: the function below a decorator, or the first argument of a call."""
    if function is not None:
        return Source(function, function.name)
    outer = list(_calls_around(call.file, call.node))
    data = call.argument("data" if call.method == "resource" else "f", 0)
    if data is None and outer:  # dlt.resource(name=…)(function)(arguments)
        data = outer[0].args[0] if outer[0].args else None
        outer = outer[1:]
    if isinstance(data, ast.List | ast.Tuple | ast.ListComp | ast.Dict):
        return Source(None, "", None, given=True)
    bound = outer[0] if outer else None
    if isinstance(data, ast.Call):
        bound, data = data, data.func
    if not isinstance(data, ast.Name):
        return Source(None, "", bound)
    filled = _filled(call, data.id)
    if filled is not None:
        return Source(filled, "", bound, given=True)
    found = _function(call.file, data.id)
    return Source(found if found is None or not found.decorator_list else None, data.id, bound)


def _filled(call: Call, name: str) -> Function | None:
    """The function that makes a resource of a list which it begins empty, or with what is written there."""
    around = [
        node
        for node in ast.walk(call.file.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and any(i is call.node for i in ast.walk(node))
    ]
    if not around:
        return None
    inner = min(around, key=lambda node: call.file.span(node).end - call.file.span(node).start)
    values = [
        node.value
        for node in ast.walk(inner)
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name) and target.id == name
    ]
    return inner if len(values) == 1 and isinstance(values[0], ast.List | ast.ListComp) else None


def _calls_around(file: PythonFile, made: ast.Call) -> Iterator[ast.Call]:
    """The calls of what a call gives, from the innermost on."""
    around = {id(node.func): node for node in ast.walk(file.tree) if isinstance(node, ast.Call)}
    current: ast.Call | None = around.get(id(made))
    while current is not None:
        yield current
        current = around.get(id(current))


def run_plainly(call: Call, name: str) -> bool:
    """Whether the module itself runs a resource, and says nothing of how it is written."""
    runs = [
        node
        for node in ast.walk(call.file.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "run" and node.args
    ]
    if any(keyword.arg in ("write_disposition", None) for run in runs for keyword in run.keywords):
        return False
    return any(isinstance(inner, ast.Name) and inner.id == name for run in runs for inner in ast.walk(run.args[0]))
