"""The regions of Python: expressions, statements, their bodies, imports and comments."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator

from tidegate_analyzers.ide.structure.region import Region, runs
from tidegate_analyzers.syntax.python import PythonFile, parse_python

_BRACKETED = (ast.List, ast.Tuple, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp, ast.GeneratorExp)
_QUOTES = re.compile(r"[rbfuRBFU]{0,2}('''|\"\"\"|'|\")")
_WORD = re.compile(r"\w+")


def python_regions(text: str) -> list[Region]:
    """The regions of a module."""
    module = parse_python(text)
    regions = list(_imports(module))
    for node in ast.walk(module.tree):
        if isinstance(node, ast.stmt | ast.expr | ast.keyword | ast.excepthandler):
            regions += _node(module, node)
    regions += runs(text, _comments(text))
    regions += (Region("word", match.start(), match.end()) for match in _WORD.finditer(text))
    return [region for region in regions if region.start < region.end]


def _node(module: PythonFile, node: ast.stmt | ast.expr | ast.keyword | ast.excepthandler) -> Iterator[Region]:
    start, end = module.span(node)
    if isinstance(node, ast.stmt | ast.excepthandler):
        first = min([start, *(module.span(item).start - 1 for item in getattr(node, "decorator_list", ()))])
        compound = isinstance(getattr(node, "body", None), list) or isinstance(node, ast.Match)
        yield Region("paired" if compound else "statement", first, end)
        for arm in ("body", "orelse", "finalbody"):
            body = getattr(node, arm, None)
            if isinstance(body, list) and body:
                yield Region("inside", module.span(body[0]).start, module.span(body[-1]).end)
    elif isinstance(node, ast.Constant | ast.JoinedStr):
        is_text = isinstance(node, ast.JoinedStr) or isinstance(node.value, str | bytes)
        yield Region("string" if is_text else "word", start, end)
        quotes = _QUOTES.match(module.text, start)
        if is_text and quotes is not None and module.text.endswith(quotes[1], quotes.end(), end):
            yield Region("text", quotes.end(), end - len(quotes[1]))
    elif isinstance(node, _BRACKETED):
        yield Region("bracket", start, end)
    elif isinstance(node, ast.Call):
        yield Region("call", start, end)
        opened = module.text.find("(", module.span(node.func).end, end)
        if opened >= 0:
            yield Region("bracket", opened, end)
    elif isinstance(node, ast.expr | ast.keyword):
        yield Region("item", start, end)


def _imports(module: PythonFile) -> Iterator[Region]:
    """Imports that follow each other."""
    group: list[ast.stmt] = []
    for statement in [*module.tree.body, ast.Pass()]:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            group.append(statement)
        elif group:
            yield Region("imports", module.span(group[0]).start, module.span(group[-1]).end)
            group = []


def _comments(text: str) -> list[tuple[int, int]]:
    """The comments of a module, as far as it can be split into tokens."""
    found: list[tuple[int, int]] = []
    starts = [0]
    for line in io.StringIO(text, newline=""):
        starts.append(starts[-1] + len(line))
    lines = io.StringIO(text, newline="")
    try:
        for token in tokenize.generate_tokens(lines.readline):
            if token.type == tokenize.COMMENT:
                start = starts[token.start[0] - 1] + token.start[1]
                found.append((start, start + len(token.string)))
    except (tokenize.TokenError, SyntaxError, IndexError, ValueError):
        pass  # what was found before the fault is all there is
    return found
