"""SQL whose dialect nothing tells: read as generic SQL, then as the dialects that fit what it holds."""

from __future__ import annotations

from functools import lru_cache

from tidegate_analyzers.syntax.jinja import Scan
from tidegate_analyzers.syntax.sql import ParsedTemplate, parse_template

_GUESSES = ("bigquery", "snowflake", "postgres", "spark", "tsql", "mysql", "clickhouse")


@lru_cache(maxsize=2)
def parse_any(text: str, dialect: str, blocks: Scan) -> ParsedTemplate:
    """Parse a text, in its dialect if that is known, else in the first in which all of it parses.

    A text that parses in none is returned as the first attempt left it. What is asked right behind a change (completion,
    after the file itself) finds the text parsed: half-typed SQL takes many attempts. Nobody may change the trees.

    Args:
        text: SQL, with Jinja or without.
        dialect: its dialect, or nothing.
        blocks: the Jinja of the text.
    """
    if dialect:
        return parse_template(text, blocks, dialect)
    # Backticks quote names in BigQuery, where dotted names stand in one pair of them.
    first = parse_template(text, blocks, "bigquery" if "`" in text else "")
    if not first.failed:
        return first
    for guess in _GUESSES:
        parsed = parse_template(text, blocks, guess)
        if not parsed.failed:
            return parsed
    return first
