"""Entries that a program puts into a dictionary after it has made it: `d["a"] = 1`, `d.update(a=1)`, `d |= {"a": 1}`."""

from __future__ import annotations

import ast

from tidegate_analyzers.readers.python.evaluate import Evaluator
from tidegate_analyzers.readers.python.names import Env
from tidegate_analyzers.readers.python.values import Table, Text, Unknown


def put(target: ast.expr, node: ast.expr, env: Env, evaluator: Evaluator, *, certain: bool) -> None:
    """Follow `target = node` where the target is an entry of a dictionary."""
    if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
        key = evaluator.value(target.slice, env)
        known = isinstance(key, Text) and key.known
        entries = ((key.text, evaluator.value(node, env)),) if isinstance(key, Text) and known else ()
        written = ast.copy_location(ast.Dict([target.slice], [node]), node)
        _merge(target.value.id, Table(entries, open=not known), written, env, certain=certain)


def put_call(call: ast.Call, env: Env, evaluator: Evaluator, *, certain: bool) -> None:
    """Follow `d.update(...)` and `d.setdefault("a", 1)`."""
    if not isinstance(call.func, ast.Attribute) or not isinstance(call.func.value, ast.Name):
        return
    name = call.func.value.id
    if call.func.attr == "setdefault" and call.args:
        key = evaluator.value(call.args[0], env)
        held = env.get(name)
        if isinstance(key, Text) and isinstance(held, Table) and held.get(key.text) is None:
            given = evaluator.value(call.args[1], env) if len(call.args) > 1 else Unknown()
            put_in = ast.copy_location(ast.Dict([call.args[0]], call.args[1:2]), call) if len(call.args) > 1 else None
            _merge(name, Table(((key.text, given),)), put_in, env, certain=certain)
    elif call.func.attr == "update":
        given = evaluator.keywords(call, env)
        named = ast.copy_location(ast.Call(ast.Name("dict", ast.Load()), [], call.keywords), call)
        written: ast.expr | None = named if call.keywords else None
        for argument in call.args:
            written = argument if written is None else _both(argument, written)
            merged = evaluator.value(argument, env)
            given = (
                Table((*merged.entries, *given.entries), merged.open) if isinstance(merged, Table) else Table((), True)
            )
        _merge(name, given, written, env, certain=certain)


def keys_of(name: str, table: Table, tree: ast.Module) -> tuple[str, ...]:
    """Every key that a dictionary of a module may ever hold, as far as the module puts them in; empty if that isn't known."""
    keys = {key: None for key, _ in table.entries}
    bound = 0
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store):
            bound += 1
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store) and _is(node.value, name):
            if not (isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str)):
                return ()
            keys[node.slice.value] = None
        elif isinstance(node, ast.Attribute) and node.attr in ("update", "setdefault") and _is(node.value, name):
            return ()
    return tuple(keys) if bound == 1 else ()


def _is(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def grown(statement: ast.AugAssign) -> ast.expr:
    """What `a += b` binds the name to: `a + b`."""
    return ast.copy_location(ast.BinOp(statement.target, statement.op, statement.value), statement)


def _both(first: ast.expr, second: ast.expr) -> ast.expr:
    return ast.copy_location(ast.BinOp(first, ast.BitOr(), second), second)


def _merge(name: str, added: Table, written: ast.expr | None, env: Env, *, certain: bool) -> None:
    """Bind a dictionary to what it holds with the entries that are put in, which `written` stands for."""
    held, node = env.get(name), env.node(name)
    both = node if written is None else written if node is None else _both(node, written)
    if isinstance(held, Table):
        entries = added.entries if certain else tuple((key, Unknown()) for key, _ in added.entries)
        kept = tuple(entry for entry in held.entries if added.get(entry[0]) is None)
        env.bind(name, Table(kept + entries, held.open or added.open), both)
    elif isinstance(held, Unknown) and node is None and both is not None:
        env.bind(name, held, both)
