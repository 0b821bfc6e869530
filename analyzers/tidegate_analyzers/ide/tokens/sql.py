"""The colours of SQL that stands in another language."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.ide.tokens.jinja import jinja_tokens
from tidegate_analyzers.ide.tokens.token import Token
from tidegate_analyzers.syntax.jinja import scan
from tidegate_analyzers.syntax.sql_words import masked, sql_words

_KEYWORDS = frozenset(
    [
        "all",
        "alter",
        "and",
        "any",
        "array",
        "as",
        "asc",
        "between",
        "by",
        "case",
        "cast",
        "create",
        "cross",
        "current",
        "delete",
        "desc",
        "distinct",
        "drop",
        "else",
        "end",
        "escape",
        "except",
        "exists",
        "false",
        "filter",
        "following",
        "for",
        "from",
        "full",
        "group",
        "having",
        "if",
        "ilike",
        "in",
        "inner",
        "insert",
        "intersect",
        "interval",
        "into",
        "is",
        "join",
        "last",
        "lateral",
        "left",
        "like",
        "limit",
        "materialized",
        "merge",
        "minus",
        "natural",
        "not",
        "null",
        "nulls",
        "offset",
        "on",
        "or",
        "order",
        "outer",
        "over",
        "overwrite",
        "partition",
        "preceding",
        "qualify",
        "range",
        "recursive",
        "replace",
        "returning",
        "right",
        "rlike",
        "rows",
        "select",
        "set",
        "some",
        "table",
        "then",
        "to",
        "true",
        "truncate",
        "unbounded",
        "union",
        "unnest",
        "update",
        "using",
        "values",
        "view",
        "when",
        "where",
        "window",
        "with",
        "within",
        "year",
    ]
)


def sql_tokens(text: str, start: int, end: int, dialect: str) -> Iterator[Token]:
    """The tokens of a piece of SQL with Jinja in it."""
    found = scan(text[start:end])
    piece = masked(text[start:end], found)
    words = list(sql_words(piece, dialect))
    blocks = [block.span for block in found.blocks]
    for number, word in enumerate(words):
        if any(block.start < word.end and word.start < block.end for block in blocks):
            continue
        at, until = start + word.start, start + word.end
        if word.kind in ("comment", "string", "number"):
            yield Token(at, until, word.kind)
        elif word.kind == "name":
            name = piece[word.start : word.end].casefold()
            before = piece[word.start - 1 : word.start]
            follows = words[number + 1] if number + 1 < len(words) else None
            is_call = follows is not None and follows.kind == "open" and follows.start == word.end
            if is_call and name not in ("in", "and", "or", "not", "exists", "over", "values", "using", "as", "filter"):
                yield Token(at, until, "function")
            elif name in _KEYWORDS and before != ".":
                yield Token(at, until, "keyword")
    shifted = f"{' ' * start}{text[start:end]}"
    for block in scan(shifted).blocks:
        yield from jinja_tokens(shifted, block)
