"""A write of PySpark as it stands in a program: one statement, from the frame to the call that does it."""

from __future__ import annotations

import ast
from typing import NamedTuple

from tidegate_analyzers.syntax.python import PythonFile
from tidegate_analyzers.text import Span

_NAMES = ("saveAsTable", "toTable")
_PATHS = ("save", "parquet", "orc", "start")


class SparkWrite(NamedTuple):
    """A write.

    Attributes:
        statement: all of it.
        frame: what is written.
        done: the call that writes.
        calls: the calls of the chain by name.
        target: the name of the table, or the path.
        own: the texts that no second query may share: the target, a checkpoint, the name of a query.
        streams: whether it runs on and on.
    """

    statement: ast.Expr | ast.Assign
    frame: ast.expr
    done: ast.Call
    calls: dict[str, ast.Call]
    target: str
    own: tuple[ast.Constant, ...]
    streams: bool

    def given(self, name: str) -> object:
        """The first argument of a call of the chain, if that is a constant."""
        call = self.calls.get(name)
        first = call.args[0] if call is not None and call.args else None
        return first.value if isinstance(first, ast.Constant) else None

    @property
    def finite(self) -> bool:
        """Whether a stream ends when it has read what is there."""
        trigger = self.calls.get("trigger")
        return trigger is not None and any(word.arg in ("once", "availableNow") for word in trigger.keywords)


def write_at(file: PythonFile, at: Span) -> SparkWrite | None:
    """The write around a place, if it is a statement by itself or the value of a name."""
    for statement in ast.walk(file.tree):
        if not isinstance(statement, ast.Expr | ast.Assign) or not file.span(statement).covers(at):
            continue
        calls: list[ast.Call] = []
        node = statement.value
        while isinstance(node, ast.Call | ast.Attribute):
            if isinstance(node, ast.Call):
                calls.append(node)
            elif node.attr in ("write", "writeStream"):
                return _write(statement, node, calls)
            node = node.func if isinstance(node, ast.Call) else node.value
    return None


def _write(statement: ast.Expr | ast.Assign, write: ast.Attribute, calls: list[ast.Call]) -> SparkWrite | None:
    streams = write.attr == "writeStream"
    named = {call.func.attr: call for call in calls if isinstance(call.func, ast.Attribute)}
    done = next((named[name] for name in (*_NAMES, *_PATHS) if name in named), None)
    if done is None or named.keys() & {"foreachBatch", "foreach", "options", "insertInto"}:
        return None
    if calls[0] is not done and (not streams or calls[0] is not named.get("awaitTermination")):
        return None
    given = {}
    for call in calls:
        if isinstance(call.func, ast.Attribute) and call.func.attr == "option" and len(call.args) == 2:
            key = call.args[0]
            if isinstance(key, ast.Constant):
                given[key.value] = call.args[1]
    target = _text(done.args[0] if done.args else given.get("path"))
    checkpoint = _text(given.get("checkpointLocation"))
    query = named.get("queryName")
    label = _text(query.args[0] if query is not None and query.args else None)
    if target is None or (streams and checkpoint is None) or (query is not None and label is None):
        return None
    own = tuple(node for node in (target, checkpoint, label) if node is not None)
    return SparkWrite(statement, write.value, done, named, str(target.value), own, streams)


def _text(node: ast.expr | None) -> ast.Constant | None:
    known = isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.strip("/")
    return node if isinstance(node, ast.Constant) and known else None
