"""Python sources as `ast`, with character offsets, kept readable while a statement is broken.

Sources are only parsed, never imported or run.
"""

from __future__ import annotations

import ast
import re
import sys
import warnings
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from tidegate_analyzers.syntax.problem import SyntaxProblem
from tidegate_analyzers.text import LINE_END, Span

MAX_REPAIRS = 12
"""How many broken statements are set aside before a file is given up."""

_UNREADABLE = re.compile("[\0\ud800-\udfff]")


class Offsets:
    """Character offsets of syntax nodes; Python itself counts columns in UTF-8 bytes."""

    __slots__ = ("_ascii", "_starts", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._ascii = text.isascii()
        self._starts = [0, *(match.end() for match in LINE_END.finditer(text))]

    def offset(self, line: int, column: int) -> int:
        """The offset of a one-based line and a column in UTF-8 bytes."""
        if line > len(self._starts):
            return len(self._text)
        start = self._starts[line - 1]
        if self._ascii:
            return min(start + column, len(self._text))
        end = self._starts[line] if line < len(self._starts) else len(self._text)
        encoded = self._text[start:end].encode("utf-8", "surrogatepass")
        return start + len(encoded[:column].decode("utf-8", "ignore"))

    def span(self, node: ast.expr | ast.stmt | ast.keyword | ast.arg | ast.excepthandler) -> Span:
        """Where a node stands."""
        start = self.offset(node.lineno, node.col_offset)
        end_line, end_column = node.end_lineno, node.end_col_offset
        if end_line is None or end_column is None:
            return Span(start, start)
        return Span(start, self.offset(end_line, end_column))


@dataclass(frozen=True, slots=True)
class PythonFile:
    """A parsed module; statements that could not be read are absent from `tree`."""

    text: str
    tree: ast.Module
    problems: tuple[SyntaxProblem, ...]
    offsets: Offsets = field(repr=False)

    def span(self, node: ast.expr | ast.stmt | ast.keyword | ast.arg | ast.excepthandler) -> Span:
        """Where a node stands."""
        return self.offsets.span(node)

    def slice(self, node: ast.expr | ast.stmt) -> str:
        """The source of a node."""
        span = self.span(node)
        return self.text[span.start : span.end]


_NEWER = re.compile(r"invalid syntax$|expected '\('|f-string: |multiple exception types ")
"""What Python says of syntax that only its later versions have; the grammar of tree-sitter knows it."""


def parse_python(text: str) -> PythonFile:
    """Parse a module. A fault is reported once; the statements around it are still read."""
    source = _UNREADABLE.sub("\ufffd", text)
    offsets = Offsets(source)
    tree, fault = _parse(source)
    if tree is not None:
        return PythonFile(source, tree, (), offsets)
    problem = _problem(source, offsets, fault)
    repaired = source
    for _ in range(MAX_REPAIRS):
        span = _broken_statement(repaired) or _line_of(repaired, offsets, fault)
        if span is None or not repaired[span.start : span.end].strip():
            span = _line_of(repaired, offsets, fault)
            if span is None or not repaired[span.start : span.end].strip():
                break
        repaired = _set_aside(repaired, span)
        tree, fault = _parse(repaired)
        if tree is not None:
            return PythonFile(source, tree, (problem,), offsets)
    return PythonFile(source, ast.Module(body=[], type_ignores=[]), (problem,), offsets)


def _parse(source: str) -> tuple[ast.Module | None, SyntaxError | None]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd escape in the user's string is not our business
            return ast.parse(source), None
    except SyntaxError as error:
        return None, error
    except (ValueError, RecursionError, MemoryError):
        return None, None


def _problem(source: str, offsets: Offsets, fault: SyntaxError | None) -> SyntaxProblem:
    if fault is None:  # Python's own limits differ from version to version
        return SyntaxProblem(Span(0, 0), "this module nests too deeply to be read", certain=False)
    if fault.lineno is None:
        return SyntaxProblem(Span(0, 0), fault.msg)
    # `SyntaxError` counts columns in characters, from one.
    line_start = offsets.offset(fault.lineno, 0)
    start = min(line_start + max((fault.offset or 1) - 1, 0), len(source))
    end = start + 1
    if fault.end_lineno == fault.lineno and fault.end_offset and fault.end_offset > (fault.offset or 1):
        end = line_start + fault.end_offset - 1
    while start > line_start and source[start - 1 : start] in ("\n", "\r"):
        start -= 1
    span = Span(start, min(max(end, start), len(source)))
    if _NEWER.match(fault.msg) and not _tree_sitter().parse(source.encode("utf-8")).root_node.has_error:
        return SyntaxProblem(
            span, f"Python {sys.version_info.major}.{sys.version_info.minor} can't read it", certain=False
        )
    return SyntaxProblem(span, fault.msg)


def _line_of(source: str, offsets: Offsets, fault: SyntaxError | None) -> Span | None:
    if fault is None or fault.lineno is None:
        return None
    start = offsets.offset(fault.lineno, 0)
    match = LINE_END.search(source, start)
    return Span(start, match.start() if match else len(source))


@lru_cache(maxsize=1)
def _tree_sitter() -> Any:
    # Imported only when a file is broken: most never are.
    import tree_sitter
    import tree_sitter_python

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_python.language()))


def _broken_statement(source: str) -> Span | None:
    """The smallest statement that tree-sitter can't read; the first line of what it gave up on."""
    data = source.encode("utf-8")
    node = _tree_sitter().parse(data).root_node
    if not node.has_error:
        return None
    while True:
        broken = next(
            (child for child in node.children if child.has_error or child.type == "ERROR" or child.is_missing), None
        )
        if broken is None:
            break
        node = broken
        if node.type == "ERROR" or (node.type.endswith("_statement") and not _block_is_broken(node)):
            break
    start = len(data[: node.start_byte].decode("utf-8", "ignore"))
    end = len(data[: node.end_byte].decode("utf-8", "ignore"))
    if node.type == "ERROR":
        match = LINE_END.search(source, start, end)
        end = match.start() if match else end
    return Span(start, end) if end > start else None


def _block_is_broken(node: Any) -> bool:
    return any(child.type == "block" and child.has_error for child in node.children)


def _set_aside(source: str, span: Span) -> str:
    """The source with a statement replaced by `pass` or by nothing, every other offset unchanged."""
    blank = re.sub(r"[^\r\n]", " ", source[span.start : span.end])
    line_start = max(source.rfind("\n", 0, span.start), source.rfind("\r", 0, span.start)) + 1
    first = len(source[line_start : span.start]) - len(source[line_start : span.start].lstrip())
    if not source[line_start : span.start].strip() and re.match(r" {4}", blank):
        blank = "pass" + blank[4:]
    elif source[line_start : span.start].strip() and first >= 0 and re.match(r" {4}", blank):
        blank = "None" + blank[4:]
    return source[: span.start] + blank + source[span.end :]
