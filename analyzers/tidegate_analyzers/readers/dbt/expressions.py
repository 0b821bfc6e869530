"""SQL expressions in YAML, about the rows of one relation: the columns they may name."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import ColumnName, NodeRef, Sites
from tidegate_analyzers.syntax.sql_words import Word, sql_words
from tidegate_analyzers.syntax.yaml import Node, Scalar
from tidegate_analyzers.text import Span

_WORDS = frozenset(
    (
        "and", "as", "asc", "between", "by", "case", "desc", "distinct", "else", "end", "false", "ilike", "in",
        "interval", "is", "like", "not", "null", "or", "order", "over", "partition", "then", "true", "when",
    )
)  # fmt: skip
"""Words of SQL that are no names."""


def columns_in(node: Node | None, of: NodeRef, text: str, sites: Sites) -> Iterator[ColumnName]:
    """The names in an expression that may be columns; none where it has Jinja or a query of its own."""
    if not isinstance(node, Scalar):
        return
    start, end = node.inner
    written = text[start:end]
    if node.style in ("|", ">"):  # its first line is a sign
        start += written.find("\n") + 1
    elif node.style and ("\\" in written or "''" in written):
        return  # what is written is not the text
    words = [word for word in sql_words(text, "", start, end) if word.kind != "comment"]
    if "{{" in written or "{%" in written or any(_is(text, word, "select") for word in words):
        return
    for before, word, after in zip((None, *words), words, (*words[1:], None), strict=False):
        name = text[word.start : word.end]
        if word.kind != "name" or name.casefold() in _WORDS:
            continue
        if (before is not None and _is(text, before, ".", ":", "as")) or (
            after is not None and _is(text, after, ".", "(")
        ):
            continue  # a part of a longer name, a type, a function
        yield ColumnName(name, sites.add(Span(word.start, word.end)), of, loose=True)


def _is(text: str, word: Word, *wanted: str) -> bool:
    return text[word.start : word.end].casefold() in wanted
