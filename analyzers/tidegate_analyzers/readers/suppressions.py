"""`tidegate: ignore[...]` comments, in every language that has comments."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from tidegate_analyzers.facts import Sites, Suppression
from tidegate_analyzers.text import Document, Span

_COMMENT = re.compile(
    r"(?P<sign>#|--|//|/\*|\{#)[ \t]*tidegate:[ \t]*ignore(?:\[(?P<codes>[^\]\r\n]*)\])?(?P<reason>[^\r\n]*)"
)
_CLOSERS = re.compile(r"\s*(?:\*/|-?#\})\s*\Z")
_GENERATED = re.compile(
    r"(?:@generated|\bgenerated (?:by|from|automatically)\b|\bautomatically generated\b|\bauto-?generated\b|\bDO NOT EDIT\b)",
    re.I,
)

Cover = Callable[[int, bool], Span | None]
"""Given where a comment stands and whether it has its line to itself: the statement it speaks of."""

InString = Callable[[int, str], bool]
"""Given where a comment sign stands and the sign: whether it is text of a string, and begins no comment."""

_SQL_TOKEN = re.compile(r"--[^\r\n]*|/\*.*?\*/|\{#.*?#\}|(?P<string>'[^'\r\n]*'|\"[^\"\r\n]*\")", re.S)


def suppressions(document: Document, sites: Sites, cover: Cover, in_string: InString) -> tuple[Suppression, ...]:
    """The suppressions of a document.

    Args:
        document: the text.
        sites: where spans are registered.
        cover: finds the statement at or after an offset. A comment that follows code speaks of the
            statement it stands in, one on a line of its own of the statement that follows.
        in_string: tells comments from text that looks like one.
    """
    if "tidegate:" not in document.text:
        return ()
    found: list[Suppression] = []
    for match in _COMMENT.finditer(document.text):
        if in_string(match.start(), match.group("sign")):
            continue
        line = document.lines.line_span(document.lines.position(match.start()).line)
        alone = not document.text[line.start : match.start()].strip()
        codes = tuple(code.strip() for code in (match.group("codes") or "").split(",") if code.strip())
        reason = _CLOSERS.sub("", match.group("reason")).strip().lstrip("—–-: ").strip()
        span = cover(match.end() if alone else match.start(), alone) or line
        comment = Span(match.start(), match.start() + len(match.group().rstrip()))
        found.append(Suppression(codes, reason, sites.add(comment), sites.add(span)))
    return tuple(found)


def by_spans(spans: Iterable[Span]) -> Cover:
    """Covers by a list of statement spans, nested ones included: the smallest that fits."""
    statements = sorted(spans, key=lambda span: (span.start, -span.end))

    def cover(offset: int, alone: bool) -> Span | None:
        if alone:
            following = [span for span in statements if span.start >= offset]
            first = following[0].start if following else None
            return max((span for span in following if span.start == first), key=lambda span: span.end, default=None)
        inside = [span for span in statements if span.start <= offset <= span.end]
        before = [span for span in statements if span.end <= offset]
        return min(inside, key=lambda span: span.end - span.start, default=before[-1] if before else None)

    return cover


def sql_strings(text: str) -> InString:
    """The strings of a SQL text; quotes on different lines are not taken for a pair."""

    def in_string(offset: int, sign: str) -> bool:
        return any(
            token.start("string") < offset < token.end("string")
            for token in _SQL_TOKEN.finditer(text)
            if token.group("string")
        )

    return in_string


def is_generated(document: Document) -> bool:
    """True when the head of a file says that a program wrote it."""
    head = document.text[:600]
    return ("enerated" in head or "DO NOT EDIT" in head.upper()) and bool(_GENERATED.search(head))
