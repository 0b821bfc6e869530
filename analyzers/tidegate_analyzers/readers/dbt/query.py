"""The query of a text with everything its names stand for, made from the text as it is."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from tidegate_analyzers.facts import Sites
from tidegate_analyzers.readers.dbt.columns import query_of
from tidegate_analyzers.readers.dbt.load import meaning
from tidegate_analyzers.readers.dbt.usual_macros import produces
from tidegate_analyzers.readers.sql.guess import parse_any
from tidegate_analyzers.readers.sql.scopes import QueryMap, query_map
from tidegate_analyzers.readers.sql.source import SqlSource
from tidegate_analyzers.syntax.jinja import Kind, Scan, scan
from tidegate_analyzers.syntax.sql import ParsedTemplate, parse_template


@lru_cache(maxsize=24)
def query_in(text: str, dialect: str) -> QueryMap | None:
    """The query of a text; `None` where it holds none, or can't be read."""
    blocks = scan(text)
    parsed = parse_any(text, dialect, blocks)
    return _query(text, dialect, blocks, parsed)


def query_where(text: str, dialect: str, truths: Mapping[str, bool]) -> QueryMap | None:
    """The query of a text where some of its Jinja conditions hold, or don't."""
    blocks = scan(text)
    return _query(text, dialect, blocks, parse_template(text, blocks, dialect, truths=truths))


def conditions_in(text: str) -> list[str]:
    """The conditions of a text's `if` and `elif`."""
    found = [
        " ".join(block.body.split()[1:])
        for block in scan(text).blocks
        if block.kind is Kind.STATEMENT and block.word in ("if", "elif")
    ]
    return list(dict.fromkeys(found))


def _query(text: str, dialect: str, blocks: Scan, parsed: ParsedTemplate) -> QueryMap | None:
    tree = query_of(parsed)
    if tree is None:
        return None
    source = SqlSource(text, blocks, parsed, Sites(), meaning, makes=lambda block: produces(block, dialect))
    return query_map(source, tree, dialect)
