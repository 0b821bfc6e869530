"""The regions of a SQL file with Jinja in it."""

from __future__ import annotations

from tidegate_analyzers.ide.structure.brackets import bracketed
from tidegate_analyzers.ide.structure.jinja import block_regions, paired_regions
from tidegate_analyzers.ide.structure.region import Region, runs
from tidegate_analyzers.syntax.jinja import Kind, scan
from tidegate_analyzers.syntax.sql_words import Word, masked, sql_words


def sql_regions(text: str, dialect: str = "") -> list[Region]:
    """Every region."""
    found = scan(text)
    sql = masked(text, found)
    words = list(sql_words(sql, dialect))
    regions = list(bracketed(sql, [word for word in words if word.kind != "comment"], clauses=True))
    regions += runs(text, _comments(words, [block.span for block in found.blocks if block.kind is Kind.COMMENT]))
    regions += paired_regions(text, found)
    for block in found.blocks:
        regions += block_regions(text, block)
    return regions


def _comments(words: list[Word], blocks: list[tuple[int, int]]) -> list[tuple[int, int]]:
    return sorted([(word.start, word.end) for word in words if word.kind == "comment"] + [(a, b) for a, b in blocks])
