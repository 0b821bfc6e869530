"""The dbt models that a DAG file selects: in commands, in their lists of words, in arguments of dbt's operators."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tidegate_analyzers.facts import Name, Sites
from tidegate_analyzers.readers.dbt.selection import flagged, in_command, selected
from tidegate_analyzers.syntax.python import PythonFile

_CALLEE = re.compile(r"dbt|RenderConfig", re.I)
_ARGUMENTS = frozenset(("select", "models", "exclude"))
_FLAGS = frozenset(("--select", "--models", "--model", "--exclude", "--selector", "-s", "-m"))
_QUOTE = re.compile(r"[A-Za-z]*(\"\"\"|'''|\"|')")


def selections(file: PythonFile, sites: Sites) -> Iterator[Name]:
    """Every such name; read from the source, since a name is spelled alike in it and in the text it stands for."""
    if "dbt" not in file.text.lower() and "RenderConfig" not in file.text:
        return
    inside: set[int] = set()
    for node in ast.walk(file.tree):
        if isinstance(node, ast.JoinedStr):
            inside.update(id(part) for part in node.values)
        if isinstance(node, ast.JoinedStr) or (
            isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside
        ):
            source = file.slice(node)
            if "dbt" in source:
                yield from in_command(source, file.span(node).start, sites)
        elif isinstance(node, ast.List | ast.Tuple):
            yield from _words(node, file, sites)
        elif isinstance(node, ast.Call) and _CALLEE.search(ast.unparse(node.func)):
            for keyword in node.keywords:
                if keyword.arg in _ARGUMENTS:
                    for item in _items(keyword.value):
                        yield from _selected("--select", item, file, sites)
                elif keyword.arg == "selector":
                    yield from _selected("--selector", keyword.value, file, sites)


def _words(node: ast.List | ast.Tuple, file: PythonFile, sites: Sites) -> Iterator[Name]:
    """`["dbt", "run", "--select", "orders", "customers", "--threads", "4"]`."""
    words = [item.value if isinstance(item, ast.Constant) else None for item in node.elts]
    if not any(isinstance(word, str) and word in _FLAGS for word in words):
        return
    if "dbt" not in words and not {"run", "build", "test"} & {word for word in words if isinstance(word, str)}:
        return
    flag = ""
    for item, word in zip(node.elts, words, strict=True):
        if isinstance(word, str) and word.startswith("-"):
            flag = word if word in _FLAGS else ""
        elif flag:
            yield from _selected(flag, item, file, sites)


def _items(node: ast.expr) -> list[ast.expr]:
    return list(node.elts) if isinstance(node, ast.List | ast.Tuple | ast.Set) else [node]


def _selected(flag: str, node: ast.expr, file: PythonFile, sites: Sites) -> Iterator[Name]:
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return
    source = file.slice(node)
    quote = _QUOTE.match(source)
    if quote is None or "\\" in source or source[quote.end() : -len(quote[1])] != node.value:
        return
    start = file.span(node).start + quote.end()
    yield from flagged(flag, node.value, start, sites) if flag == "--selector" else selected(node.value, start, sites)
