"""The part that an expression plays in a sentence of SQL."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

from tidegate_analyzers.syntax.jinja import Block
from tidegate_analyzers.syntax.template.conditions import LOOP_LAST
from tidegate_analyzers.syntax.template.gaps import behind_gap, strip_comments
from tidegate_analyzers.syntax.template.placeholders import Role

_RELATIONS = frozenset(("ref", "source", "this", "builtins.ref", "builtins.source"))
_SILENT = frozenset(
    ("config", "log", "print", "return", "exceptions.raise_compiler_error", "exceptions.warn", "do", "docs")
)
_EXPECTS_OPERAND = frozenset(
    [
        "select",
        "distinct",
        "all",
        "from",
        "join",
        "where",
        "and",
        "or",
        "not",
        "on",
        "as",
        "by",
        "when",
        "then",
        "else",
        "in",
        "having",
        "qualify",
        "union",
        "except",
        "intersect",
        "with",
        "set",
        "values",
        "between",
        "like",
        "ilike",
        "rlike",
        "is",
        "case",
        "over",
        "partition",
        "order",
        "group",
        "limit",
        "offset",
        "interval",
        "cross",
        "left",
        "right",
        "inner",
        "outer",
        "full",
        "lateral",
        "exists",
        "any",
        "some",
        "if",
        "top",
        "recursive",
        "return",
        "returns",
        "replace",
        "exclude",
        "prewhere",
        "final",
        "array",
        "settings",
        "sample",
        "using",
        "into",
        "table",
        "update",
        "insert",
        "overwrite",
        "delete",
        "merge",
        "call",
        "use",
    ]
)
_WORD_BEFORE = re.compile(r"\w+\Z")
_CAST = re.compile(r"\b(?:try_cast|safe_cast|cast)\s*\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\bas\Z", re.I | re.S)
_STAR_BEFORE = re.compile(r"(?:\bselect|,|\.|\bdistinct)\s*\*\Z", re.I)
_QUERY = re.compile(r"(?:select|with)\b", re.I)


def role_of(block: Block, text: str, blocks: Sequence[Block], out: Sequence[str]) -> Role:
    """The part an expression plays, by its name or by the words around it.

    Args:
        block: the expression.
        text: the template.
        blocks: all blocks of the template.
        out: the SQL before the expression, in pieces.
    """
    name = block.word
    if name in _RELATIONS:
        return Role.RELATION
    last = name.rpartition(".")[2]
    if name in _SILENT or last == "group_by" or LOOP_LAST.search(block.body):
        return Role.NOTHING
    if last == "star":
        return Role.STAR
    if last.startswith("type_"):
        return Role.TYPE
    return _role_in_context(block, text, blocks, out)


def _role_in_context(block: Block, text: str, blocks: Sequence[Block], out: Sequence[str]) -> Role:
    before = text[block.start - 1] if block.start else " "
    if before.isalnum() or before in "_\"'`.$":
        return Role.NAME
    tail = _tail(out).rstrip()
    if not tail:
        return Role.NOTHING if _sentence_follows(block, text, blocks) else Role.NAME
    token = _WORD_BEFORE.search(tail[-60:])
    word = token.group() if token else tail[-1]
    if tail.endswith("::"):
        return Role.TYPE
    lowered = word.lower()
    if lowered == "as" and _CAST.search(tail):
        return Role.TYPE
    if word[0].isalnum() or word[0] == "_":
        if lowered in _EXPECTS_OPERAND:
            return Role.NAME
        after = text[block.end : block.end + 1]
        return Role.NAME if after.isalnum() or after == "_" else Role.NOTHING
    if word in ")\"`'];":
        return Role.NOTHING
    if word == "*" and _STAR_BEFORE.search(tail):
        return Role.NOTHING
    return Role.NAME


def _sentence_follows(block: Block, text: str, blocks: Sequence[Block]) -> bool:
    """True where a whole query follows: then what comes before it does something, and gives no text."""
    at = behind_gap(text, block.end)
    for following in blocks[bisect_left(blocks, block.end, key=_block_start) :]:
        if following.start > at:
            break
        at = max(at, behind_gap(text, following.end))
    return _QUERY.match(text, at) is not None


def _block_start(block: Block) -> int:
    return block.start


def _tail(out: Sequence[str]) -> str:
    """The end of what was put out so far, without comments."""
    tail = ""
    for piece in reversed(out):
        tail = piece + tail
        if len(tail) > 60 and strip_comments(tail[-400:]).strip():
            break
        if len(tail) > 2000:
            break
    return strip_comments(tail[-400:])
