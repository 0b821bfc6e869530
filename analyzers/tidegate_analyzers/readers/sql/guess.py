"""SQL whose dialect nothing tells: read as generic SQL, then as the dialects that fit what it holds."""

from __future__ import annotations

from tidegate_analyzers.syntax.jinja import Scan, scan
from tidegate_analyzers.syntax.sql import ParsedTemplate, parse_template

_GUESSES = ("bigquery", "snowflake", "postgres", "spark", "tsql", "mysql", "clickhouse")


def parse_any(text: str, dialect: str, blocks: Scan | None = None) -> tuple[Scan, ParsedTemplate]:
    """Parse a text, in its dialect if that is known, else in the first in which all of it parses.

    A text that parses in none is returned as the first attempt left it.
    """
    blocks = blocks or scan(text)
    if dialect:
        return blocks, parse_template(text, blocks, dialect)
    # Backticks quote names in BigQuery, where dotted names stand in one pair of them.
    first = parse_template(text, blocks, "bigquery" if "`" in text else "")
    if not first.failed:
        return blocks, first
    for guess in _GUESSES:
        parsed = parse_template(text, blocks, guess)
        if not parsed.failed:
            return blocks, parsed
    return blocks, first
