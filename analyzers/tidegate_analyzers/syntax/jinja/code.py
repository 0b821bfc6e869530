"""What is wrong with the code inside a Jinja block: its strings, its brackets, its first word."""

from __future__ import annotations

import re

from tidegate_analyzers.syntax.problem import SyntaxProblem
from tidegate_analyzers.text import Span

STRING = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
_TOKEN = re.compile(rf"{STRING}|['\"()\[\]{{}}]", re.S)
_CLOSERS = {"(": ")", "[": "]", "{": "}"}
PAIRED = frozenset(
    (
        "if",
        "for",
        "macro",
        "call",
        "filter",
        "snapshot",
        "test",
        "materialization",
        "docs",
        "with",
        "autoescape",
        "block",
        "trans",
        "raw",
        "data_test",
    )
)
_STATEMENTS = PAIRED | frozenset(
    (
        "else",
        "elif",
        "set",
        "do",
        "break",
        "continue",
        "include",
        "import",
        "from",
        "extends",
        "print",
        "pluralize",
        "operation",
        "archive",
    )
)
"""What Jinja and dbt know; dbt lets nobody add to it."""


def has_open_string(code: str) -> bool:
    """Whether a quote is left over that no string of the code accounts for."""
    return any(token.group() in ("'", '"') for token in _TOKEN.finditer(code))


def fault(code: str, at: int) -> SyntaxProblem | None:
    """The first fault of the code between a block's delimiters, at offset `at`, that no value can mend."""
    opened: list[re.Match[str]] = []
    for token in _TOKEN.finditer(code):
        sign = token.group()
        if sign in ("'", '"'):
            return SyntaxProblem(_span(at, token), "this string is never closed")
        if sign in _CLOSERS:
            opened.append(token)
        elif sign in _CLOSERS.values():
            if not opened:
                return SyntaxProblem(_span(at, token), f"'{sign}' closes nothing")
            expected = _CLOSERS[opened.pop().group()]
            if expected != sign:
                return SyntaxProblem(_span(at, token), f"'{sign}' where '{expected}' is expected")
    if opened:
        sign = opened[-1].group()
        return SyntaxProblem(_span(at, opened[-1]), f"'{sign}' is never closed; expected '{_CLOSERS[sign]}'")
    return None


def _span(at: int, token: re.Match[str]) -> Span:
    return Span(at + token.start(), at + token.end())


def is_statement(word: str) -> bool:
    """Whether a word begins a statement."""
    return word in _STATEMENTS or word == "endset" or (word.startswith("end") and word[3:] in PAIRED)
