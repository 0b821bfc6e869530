"""SQL as words: comments, strings, names, brackets. Unlike a parser this reads any text, however half-typed it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from tidegate_analyzers.syntax.jinja import Kind, Scan


class Word(NamedTuple):
    """A piece of SQL: `comment`, `string`, `quoted` (a name in quotes), `number`, `name`, `open`, `close` or `sign`."""

    kind: str
    start: int
    end: int


_ESCAPES = frozenset(("athena", "bigquery", "clickhouse", "databricks", "glue", "hive", "mysql", "snowflake", "spark"))
"""Dialects in which a backslash in a string escapes what follows."""
_HASHES = frozenset(("bigquery", "mysql"))
"""Dialects in which `#` begins a comment."""


@lru_cache(maxsize=32)
def _pattern(dialect: str) -> re.Pattern[str]:
    escapes = dialect in _ESCAPES
    inside = r"(?:[^'\\]|\\.|'')*" if escapes else r"(?:[^']|'')*"
    name = r'"(?:[^"\\]|\\.)*"' if dialect in ("bigquery", "mysql") else r'"(?:[^"]|"")*"'
    quoted_as = "string" if dialect in ("bigquery", "mysql") else "quoted"
    hashes = r"|\#[^\r\n]*" if dialect in _HASHES else ""
    return re.compile(
        rf"""
        (?P<comment>--[^\r\n]*|/\*.*?(?:\*/|\Z){hashes})
        |(?P<dollars>\$(?P<tag>[A-Za-z_]*)\$.*?(?:\$(?P=tag)\$))
        |(?P<string>'{inside}'|'[^\r\n]*)
        |(?P<{quoted_as}2>{name})
        |(?P<quoted>`[^`\r\n]*`)
        |(?P<number>(?<![\w$])\d[\d_]*(?:\.\d+)?(?:[eE][-+]?\d+)?(?!\w))
        |(?P<name>[^\W\d][\w$]*)
        |(?P<open>[(\[])
        |(?P<close>[)\]])
        |(?P<sign>[^\s\w])
        """,
        re.X | re.S,
    )


_KINDS = {"dollars": "string", "string2": "string", "quoted2": "quoted"}


_SILENT = frozenset(("config", "log", "print"))
"""Calls that put nothing in their place."""


def sql_words(text: str, dialect: str = "", start: int = 0, end: int | None = None) -> Iterator[Word]:
    """The words of a text between two offsets."""
    for match in _pattern(dialect).finditer(text, start, len(text) if end is None else end):
        kind = match.lastgroup or ""
        yield Word(_KINDS.get(kind, kind), match.start(), match.end())


def masked(text: str, scan: Scan) -> str:
    """A template as SQL of the same length: expressions are names as wide as themselves, all else of Jinja is blank."""
    if not scan.blocks:
        return text
    parts: list[str] = []
    at = 0
    for block in scan.blocks:
        parts.append(text[at : block.start])
        stands = block.kind is Kind.EXPRESSION and block.word not in _SILENT
        parts.append(("_" if stands else " ") * (block.end - block.start))
        at = block.end
    parts.append(text[at:])
    return "".join(parts)
