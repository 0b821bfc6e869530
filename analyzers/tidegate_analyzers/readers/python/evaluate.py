"""Partial evaluation: constants, f-strings, dictionaries and names, followed as far as they are certain.

Values are followed through assignments in straight-line code, module constants, merges of dictionaries and
one import.
"""

from __future__ import annotations

import ast
import re
from functools import cached_property

from tidegate_analyzers.readers.python.formatting import fill
from tidegate_analyzers.readers.python.names import Env, dotted
from tidegate_analyzers.readers.python.values import (
    CallOf,
    Choice,
    FileText,
    Imported,
    Items,
    Plain,
    Table,
    Text,
    Unknown,
    Value,
)
from tidegate_analyzers.syntax.fragment import Fragment, constant, hole, literal_fragment
from tidegate_analyzers.syntax.python import PythonFile

MAX_DEPTH = 12
MAX_OPTIONS = 8
_SPARK = re.compile(
    r"\A# Databricks notebook source|\bspark\.(?:read|readStream|table|sql|conf)\b|\.writeStream\b|\.write\s*\\?\s*\.(?:mode|format)\("
)
"""What only Spark's sessions and frames are called by; notebooks have a session without importing anything."""


class Evaluator:
    """Evaluates the expressions of one module."""

    def __init__(self, file: PythonFile) -> None:
        self.file = file

    @cached_property
    def modules(self) -> frozenset[str]:
        """The modules that the file imports anywhere, and the packages these are in."""
        found: set[str] = set()
        for node in ast.walk(self.file.tree):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module)
        if "spark" in self.file.text and _SPARK.search(self.file.text):
            found.add("pyspark")
        return frozenset(found | {name.partition(".")[0] for name in found})

    def value(self, node: ast.expr, env: Env, depth: int = 0) -> Value:
        """What an expression is known to be."""
        if depth > MAX_DEPTH:
            return Unknown()
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            return Unknown(self.file.slice(node)[:200])
        result: Value = method(node, env, depth + 1)
        return result

    # -- literals -------------------------------------------------------------------------------------------------

    def _constant(self, node: ast.Constant, env: Env, depth: int) -> Value:
        if isinstance(node.value, str):
            return Text(literal_fragment(self.file.text, self.file.span(node)))
        if isinstance(node.value, int | float | bool) or node.value is None:
            return Plain(node.value)
        return Unknown(str(node.value))

    def _joinedstr(self, node: ast.JoinedStr, env: Env, depth: int) -> Value:
        names: dict[str, str] = {}
        for part in node.values:
            if isinstance(part, ast.FormattedValue) and isinstance(
                part.value, ast.Name | ast.Attribute | ast.Subscript
            ):
                found = self.value(part.value, env, depth)
                if isinstance(found, Text):
                    names[ast.unparse(part.value)] = found.text
                elif isinstance(found, Plain) and isinstance(found.value, int):
                    names[ast.unparse(part.value)] = str(found.value)
        return Text(literal_fragment(self.file.text, self.file.span(node), names))

    def _list(self, node: ast.List | ast.Tuple | ast.Set, env: Env, depth: int) -> Value:
        items: list[Value] = []
        open_ = False
        for item in node.elts:
            if isinstance(item, ast.Starred):
                inner = self.value(item.value, env, depth)
                if isinstance(inner, Items):
                    items += inner.items
                    open_ = open_ or inner.open
                else:
                    open_ = True
            else:
                items.append(self.value(item, env, depth))
        return Items(tuple(items), open_)

    _tuple = _list
    _set = _list

    def _dict(self, node: ast.Dict, env: Env, depth: int) -> Value:
        entries: list[tuple[str, Value]] = []
        open_ = False
        for key, item in zip(node.keys, node.values, strict=True):
            if key is None:
                merged = self.value(item, env, depth)
                if isinstance(merged, Table):
                    entries += merged.entries
                    open_ = open_ or merged.open
                else:
                    open_ = True
                continue
            name = self.value(key, env, depth)
            if isinstance(name, Text):
                entries.append((name.text, self.value(item, env, depth)))
            else:
                open_ = True
        return Table(tuple(entries), open_)

    # -- names ----------------------------------------------------------------------------------------------------

    def _name(self, node: ast.Name, env: Env, depth: int) -> Value:
        found = env.get(node.id)
        return found if found is not None else Unknown(node.id)

    def _attribute(self, node: ast.Attribute, env: Env, depth: int) -> Value:
        base = self.value(node.value, env, depth)
        if isinstance(base, Imported):
            module = f"{base.module}.{base.name}" if base.name else base.module
            return Imported(module, node.attr)
        return Unknown(self.file.slice(node)[:200])

    def _subscript(self, node: ast.Subscript, env: Env, depth: int) -> Value:
        base = self.value(node.value, env, depth)
        key = self.value(node.slice, env, depth)
        if isinstance(base, Imported) and base.name and isinstance(key, Text) and key.known:
            return Imported(base.module, f"{base.name}.{key.text}")
        if isinstance(base, Table) and isinstance(key, Text) and not base.open:
            return base.get(key.text) or Unknown(self.file.slice(node)[:200])
        if (
            isinstance(base, Items)
            and isinstance(key, Plain)
            and isinstance(key.value, int)
            and -len(base.items) <= key.value < len(base.items)
            and not base.open
        ):
            return base.items[key.value]
        return Unknown(self.file.slice(node)[:200])

    # -- operations ---------------------------------------------------------------------------------------------------

    def _binop(self, node: ast.BinOp, env: Env, depth: int) -> Value:
        left = self.value(node.left, env, depth)
        right = self.value(node.right, env, depth)
        if isinstance(node.op, ast.Add):
            return self._add(node, left, right)
        if isinstance(node.op, ast.Mod) and isinstance(left, Text):
            return Text(
                fill(left.fragment, re.compile(r"%(?:\((?P<name>\w+)\))?[sdrif]"), right, self.file.span(node.right))
            )
        if isinstance(node.op, ast.BitOr) and isinstance(left, Table) and isinstance(right, Table):
            return Table(left.entries + right.entries, left.open or right.open)
        if isinstance(node.op, ast.Div) and isinstance(right, Text):
            return self._join_path([left, right], node)
        return Unknown(self.file.slice(node)[:200])

    def _add(self, node: ast.BinOp, left: Value, right: Value) -> Value:
        if isinstance(left, Choice) and len(left.options) <= MAX_OPTIONS:
            return Choice(tuple(self._add(node, option, right) for option in left.options))
        if isinstance(right, Choice) and len(right.options) <= MAX_OPTIONS:
            return Choice(tuple(self._add(node, left, option) for option in right.options))
        if isinstance(left, Items) and isinstance(right, Items):
            return Items(left.items + right.items, left.open or right.open)
        if isinstance(left, Text) or isinstance(right, Text):
            return Text(self._as_fragment(left, node.left) + self._as_fragment(right, node.right))
        return Unknown(self.file.slice(node)[:200])

    def _as_fragment(self, value: Value, node: ast.expr) -> Fragment:
        if isinstance(value, Text):
            return value.fragment
        if isinstance(value, Plain) and isinstance(value.value, int):
            return constant(str(value.value), self.file.span(node))
        return hole(self.file.slice(node), self.file.span(node))

    def _join_path(self, parts: list[Value], node: ast.expr) -> Value:
        texts = [part.text if isinstance(part, Text) else "{{ folder }}" for part in parts]
        return Text(constant("/".join(text.strip("/") for text in texts), self.file.span(node)))

    def _ifexp(self, node: ast.IfExp, env: Env, depth: int) -> Value:
        return Choice((self.value(node.body, env, depth), self.value(node.orelse, env, depth)))

    def _boolop(self, node: ast.BoolOp, env: Env, depth: int) -> Value:
        return (
            Choice(tuple(self.value(item, env, depth) for item in node.values))
            if isinstance(node.op, ast.Or)
            else Unknown()
        )

    def _unaryop(self, node: ast.UnaryOp, env: Env, depth: int) -> Value:
        inner = self.value(node.operand, env, depth)
        if isinstance(node.op, ast.USub) and isinstance(inner, Plain) and isinstance(inner.value, int | float):
            return Plain(-inner.value)
        return Unknown(self.file.slice(node)[:200])

    def _listcomp(self, node: ast.ListComp, env: Env, depth: int) -> Value:
        inner = env.child()
        for generator in node.generators:
            for name in ast.walk(generator.target):
                if isinstance(name, ast.Name):
                    inner.bind(name.id, Unknown(name.id))
        return Items((self.value(node.elt, inner, depth),), open=True)

    # -- calls ------------------------------------------------------------------------------------------------------------

    def _call(self, node: ast.Call, env: Env, depth: int) -> Value:
        name = dotted(node.func)
        last = name.rpartition(".")[2]
        if last == "dict" and not node.args:
            return self.keywords(node, env, depth)
        if last in ("dedent", "cleandoc", "text", "str", "Path", "PurePath", "Template", "SQL") and len(node.args) == 1:
            inner = self.value(node.args[0], env, depth)
            if isinstance(inner, Text | FileText | Imported):
                return inner
        if last == "join" and name.endswith("path.join"):
            return self._join_path([self.value(argument, env, depth) for argument in node.args], node)
        if isinstance(node.func, ast.Attribute):
            method = self._method(node, node.func, env, depth)
            if method is not None:
                return method
        keywords = self.keywords(node, env, depth)
        arguments = tuple(self.value(argument, env, depth) for argument in node.args)
        return CallOf(name, arguments, keywords.entries, self.file.slice(node)[:300])

    def keywords(self, node: ast.Call, env: Env, depth: int = 0) -> Table:
        """The keyword arguments of a call, `**` merged."""
        entries: list[tuple[str, Value]] = []
        open_ = False
        spread: list[Imported] = []
        for keyword in node.keywords:
            inner = self.value(keyword.value, env, depth)
            if keyword.arg is not None:
                entries.append((keyword.arg, inner))
            elif isinstance(inner, Table):
                entries += inner.entries
                open_ = open_ or inner.open
            elif isinstance(inner, Imported) and inner.name:
                spread.append(inner)
            else:
                open_ = True
        return Table(tuple(entries), open_ or bool(spread), () if open_ else tuple(spread))

    def _filled(self, base: Value, given: Table, node: ast.Call, method: str) -> Value:
        if not isinstance(base, Text):
            return base
        pattern = (
            re.compile(r"(?<!\{)\{(?P<name>\w*)[^{}]*\}(?!\})")
            if method.startswith("format")
            else re.compile(r"\$\{?(?P<name>\w+)\}?")
        )
        return Text(fill(base.fragment, pattern, given, self.file.span(node)))

    def _method(self, node: ast.Call, function: ast.Attribute, env: Env, depth: int) -> Value | None:
        """Methods of strings and files whose result is known."""
        if function.attr in ("read_text", "read") and not node.args:
            opened = self.value(function.value, env, depth)
            if isinstance(opened, CallOf) and opened.function.rpartition(".")[2] == "open" and opened.arguments:
                return FileText(opened.arguments[0])
            return FileText(opened) if function.attr == "read_text" else None
        if function.attr in ("strip", "lstrip", "rstrip", "lower", "upper") and not node.args:
            base = self.value(function.value, env, depth)
            return base if isinstance(base, Text | FileText) else None
        if function.attr in ("format", "format_map", "substitute", "safe_substitute"):
            base = self.value(function.value, env, depth)
            if isinstance(base, FileText | CallOf):
                return base  # a template from elsewhere: what is filled in does not change which it is
            given = self.keywords(node, env, depth)
            if function.attr == "format" and not any(isinstance(item, ast.Starred) for item in node.args):
                ordered = ((str(number), self.value(item, env, depth)) for number, item in enumerate(node.args))
                given = Table((*ordered, *given.entries), given.open)
            if isinstance(base, Choice) and all(isinstance(option, Text) for option in base.options):
                return Choice(tuple(self._filled(option, given, node, function.attr) for option in base.options))
            if isinstance(base, Text):
                return self._filled(base, given, node, function.attr)
        if function.attr in ("joinpath",):
            return self._join_path(
                [self.value(function.value, env, depth), *(self.value(argument, env, depth) for argument in node.args)],
                node,
            )
        return None
