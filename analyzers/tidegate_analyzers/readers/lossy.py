"""What SQL does with records it can't read, in scripts and in the texts of programs, whoever sends them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tidegate_analyzers.facts import BadRecords, Sites
from tidegate_analyzers.readers.python.evaluate import Evaluator
from tidegate_analyzers.readers.python.names import Env
from tidegate_analyzers.readers.python.values import Text
from tidegate_analyzers.readers.sql.lossy import Lossy, kept, lossy, may_be_lossy
from tidegate_analyzers.syntax.python import PythonFile
from tidegate_analyzers.text import Span


def bad_records_of_script(text: str, sites: Sites) -> Iterator[BadRecords]:
    """Those of a SQL file."""
    found = [_fact(item, item.span, sites) for item in lossy(text)]
    yield from found
    yield from _kept(text, found, sites)


def bad_records_of_module(file: PythonFile, evaluator: Evaluator, env: Env, sites: Sites) -> Iterator[BadRecords]:
    """Those of the SQL among the strings of a module, which it sends or hands on."""
    if not may_be_lossy(file.text):
        return
    found: list[BadRecords] = []
    for node in _strings(file.tree):
        value = evaluator.value(node, env)
        if isinstance(value, Text):
            places = ((item, value.fragment.source_span(item.span)) for item in lossy(value.text))
            found += [_fact(item, place, sites) for item, place in places]
    yield from found
    yield from _kept(file.text, found, sites)


def _fact(item: Lossy, span: Span, sites: Sites) -> BadRecords:
    return BadRecords(item.outcome, item.engine, item.by, sites.add(span), outside=True, note=item.note)


def _kept(text: str, found: list[BadRecords], sites: Sites) -> Iterator[BadRecords]:
    match = kept(text) if found else None
    if match is not None:
        for engine in dict.fromkeys(item.engine for item in found):
            by = " ".join(match.group().split())
            yield BadRecords("set_aside", engine, by, sites.add(match.span()), outside=True)


def _strings(node: ast.AST) -> Iterator[ast.expr]:
    """The strings of a module, put together ones as a whole; those that are statements by themselves document it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue
        text = isinstance(child, ast.JoinedStr) or (isinstance(child, ast.Constant) and isinstance(child.value, str))
        if text or (isinstance(child, ast.BinOp) and isinstance(child.op, ast.Add | ast.Mod) and _joins(child)):
            assert isinstance(child, ast.expr)
            yield child
        else:
            yield from _strings(child)


def _joins(node: ast.expr) -> bool:
    """Whether an expression puts texts together."""
    if isinstance(node, ast.BinOp):
        return _joins(node.left) or _joins(node.right)
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))
