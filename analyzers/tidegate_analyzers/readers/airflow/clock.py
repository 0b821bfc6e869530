"""The current time on its way into a task's arguments."""

from __future__ import annotations

import ast
import re

from tidegate_analyzers.readers.python.names import Env, dotted

_CLOCK = re.compile(
    r"(?:^|\.)(?:datetime\.(?:now|utcnow|today)|date\.today|pendulum\.(?:now|today|yesterday|tomorrow)|timezone\.utcnow|time\.time|Timestamp\.(?:now|today|utcnow))$"
)
_NOT_ABOUT_DATA = re.compile(
    r"(?:load|insert|ingest|extract|create|update|run|batch|process|report|start|end|finish|submit|execut)(?:e?d|ing)?_?(?:at|ts|time|timestamp|on)$|(?:start|end)(?:ed)?(?:_?(?:at|time|ts))?$|(?:^|_)etl_|_at$|uuid|unique|suffix|job_?name|job_?id|session|tmp|temp|log|now_str$",
    re.I,
)
"""Names for a moment of the run itself, which is not the window it processes."""


def clock_use(node: ast.expr, env: Env, depth: int = 0) -> tuple[ast.expr, ast.expr] | None:
    """The call that reads the clock within an expression, and where it is used; names are followed back.

    Returns the use (the part of `node` that depends on the clock) and the origin (the call itself), or `None`.
    """
    if depth > 6:
        return None
    for part, name in _parts(node):
        if _NOT_ABOUT_DATA.search(name):
            continue
        if isinstance(part, ast.Call):
            if _CLOCK.search(dotted(part.func)):
                return part, part
            continue
        if isinstance(part, ast.Subscript):
            entry = _entry(part, env)
            found = clock_use(entry, env, depth + 1) if entry is not None else None
            if found is not None:
                return part, found[1]
            continue
        if isinstance(part, ast.Name):
            if _NOT_ABOUT_DATA.search(part.id):
                continue
            bound = env.node(part.id)
            if bound is not None and bound is not node:
                found = clock_use(bound, env, depth + 1)
                if found is not None:
                    return part, found[1]
    return None


def _entry(node: ast.Subscript, env: Env) -> ast.expr | None:
    """What a dictionary that is written out holds under a key; of anything else that is subscripted, all of it."""
    held = env.node(node.value.id) if isinstance(node.value, ast.Name) else None
    entries = _entries(held) if held is not None else None
    if entries is None:
        return node.value
    return entries.get(node.slice.value) if isinstance(node.slice, ast.Constant) else None


def _entries(node: ast.expr) -> dict[object, ast.expr] | None:
    """What a dictionary holds in the end that is written out, or put together of such; by the node where no key is told."""
    if isinstance(node, ast.Dict):
        keyed = zip(node.keys, node.values, strict=True)
        return {key.value if isinstance(key, ast.Constant) else value: value for key, value in keyed}
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        first, second = _entries(node.left), _entries(node.right)
        return {**first, **second} if first is not None and second is not None else None
    if isinstance(node, ast.Call) and dotted(node.func) == "dict" and not node.args:
        return {keyword.arg or keyword.value: keyword.value for keyword in node.keywords}
    return None


def _parts(node: ast.expr) -> list[tuple[ast.expr, str]]:
    """The names and calls of an expression, each with the key or keyword it is given for.

    What other functions make of their arguments is not followed, nor are durations (a difference of two moments).
    """
    found: list[tuple[ast.expr, str]] = []
    todo: list[tuple[ast.expr, str]] = [(node, "")]
    while todo:
        item, name = todo.pop()
        if isinstance(item, ast.Name):
            found.append((item, name))
        elif isinstance(item, ast.Call):
            found.append((item, name))
            called = dotted(item.func).rpartition(".")[2]
            if isinstance(item.func, ast.Attribute):
                todo.append((item.func.value, name))
            if called in (
                "strftime",
                "isoformat",
                "format",
                "str",
                "int",
                "date",
                "replace",
                "subtract",
                "add",
                "to_date_string",
                "dict",
                "join",
                "f",
                "timestamp",
            ):
                todo += [(argument, name) for argument in item.args]
                todo += [(keyword.value, keyword.arg or "") for keyword in item.keywords]
        elif isinstance(item, ast.Dict | ast.BinOp) and (entries := _entries(item)) is not None:
            todo += [(value, key if isinstance(key, str) else "") for key, value in entries.items()]
        elif isinstance(item, ast.JoinedStr):
            todo += [(part.value, name) for part in item.values if isinstance(part, ast.FormattedValue)]
        elif isinstance(item, ast.BinOp):
            if isinstance(item.op, ast.Sub) and _is_clock(item.left) and _is_moment(item.right):
                continue
            todo += [(item.left, name), (item.right, name)]
        elif isinstance(item, ast.List | ast.Tuple | ast.Set):
            todo += [(element, name) for element in item.elts]
        elif isinstance(item, ast.IfExp):
            todo += [(item.body, name), (item.orelse, name)]
        elif isinstance(item, ast.Subscript):
            found.append((item, name))
        elif isinstance(item, ast.Attribute | ast.Starred):
            todo.append((item.value, name))
    return found


def _is_clock(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and bool(_CLOCK.search(dotted(node.func)))


def _is_moment(node: ast.expr) -> bool:
    """True for something that is a point in time rather than a duration: then the difference is a duration."""
    return isinstance(node, ast.Name) and bool(re.search(r"start|begin|before|t0", node.id, re.I))
