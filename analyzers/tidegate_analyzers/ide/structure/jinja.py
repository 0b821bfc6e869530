"""The regions of Jinja: blocks, the code in them, and what stands between those that belong together."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.ide.structure.brackets import bracketed
from tidegate_analyzers.ide.structure.region import Region
from tidegate_analyzers.syntax.jinja import Block, Kind, Scan, is_block_set
from tidegate_analyzers.syntax.jinja.code import PAIRED
from tidegate_analyzers.syntax.sql_words import sql_words

_DIALECT = "mysql"
"""Whose strings are like Jinja's: in both kinds of quotes, with escapes."""


def block_regions(text: str, block: Block) -> Iterator[Region]:
    """A block, its code, and what stands in that."""
    yield Region("block", block.start, block.end)
    if block.kind is Kind.RAW or block.kind is Kind.COMMENT:
        return
    end = block.at + len(block.body)
    start = block.at + len(block.body) - len(block.body.lstrip())
    stop = block.at + len(block.body.rstrip())
    if start < stop:
        yield Region("code", start, stop)
    words = [word for word in sql_words(text, _DIALECT, block.at, end) if word.kind != "comment"]
    yield from bracketed(text, words, clauses=False)


def paired_regions(text: str, scan: Scan) -> Iterator[Region]:
    """From `{% if %}` to `{% endif %}` and the like, and each arm of theirs."""
    stack: list[tuple[Block, Block]] = []  # what opened, and where its present arm begins
    for block in scan.blocks:
        if block.kind is not Kind.STATEMENT:
            continue
        word = block.word
        if word in PAIRED or is_block_set(block):
            stack.append((block, block))
        elif word in ("else", "elif") and stack:
            opener, arm = stack[-1]
            yield from _arm(text, arm, block)
            stack[-1] = (opener, block)
        elif word.startswith("end") and any(opener.word == word[3:] for opener, _ in stack):
            while stack:
                opener, arm = stack.pop()
                if opener.word == word[3:]:
                    yield from _arm(text, arm, block)
                    yield Region("paired", opener.start, block.end)
                    break


def _arm(text: str, opener: Block, closer: Block) -> Iterator[Region]:
    """What stands between two blocks; it folds from the line of the first."""
    inner = text[opener.end : closer.start]
    if inner.strip():
        start = opener.end + len(inner) - len(inner.lstrip())
        yield Region("inside", start, opener.end + len(inner.rstrip()))
    yield Region("arm", opener.start, closer.start)
