"""How a select list is laid out, so that what is put into it looks like what is there."""

from __future__ import annotations

import re

from tidegate_analyzers.fixes.base import indent_of
from tidegate_analyzers.text import Document, Span

_SHORT = 3
"""So many columns still stand in one line, if it is not longer than"""
_WIDTH = 80

_INDENT = re.compile(r"^([ \t]+)\S", re.M)
_LEADING, _TRAILING = re.compile(r"^[ \t]*,", re.M), re.compile(r",[ \t]*$", re.M)
_NOTHING_ELSE = re.compile(r"[ \t]*(,)?[ \t]*(--[^\r\n]*)?(?=\r|\n|\Z)")
_MORE = re.compile(r"[ \t]*,[ \t]*(?=[^\s-])")
_BEHIND = re.compile(r"[ \t]+(?=\S)")


def indent_unit(text: str) -> str:
    """What a level of indentation is in a text, four blanks where nothing tells."""
    found = [match.group(1) for match in _INDENT.finditer(text)]
    if sum("\t" in indent for indent in found) * 2 > len(found):
        return "\t"
    twos = sum(len(indent) % 4 == 2 for indent in found)
    return "  " if twos * 4 > len(found) else "    "


def commas_lead(text: str) -> bool:
    """Whether the lines of a text begin with commas rather than end with them."""
    return len(_LEADING.findall(text)) > len(_TRAILING.findall(text))


def in_select_list(document: Document, span: Span, items: list[str]) -> tuple[Span, str]:
    """The edit that puts items in the place of one item of a select list.

    Few stand in its line; else each has its own.
    """
    text = document.text
    line = document.lines.line_span(document.lines.position(span.start).line)
    before, behind = text[line.start : span.start], text[span.end : line.end]
    leads = before.strip() == "," or (not before.strip(", \t") and commas_lead(text))
    if len(items) <= _SHORT and len(before) + len(behind) + len(", ".join(items)) <= _WIDTH and before.strip(", \t"):
        return span, ", ".join(items)
    indent = indent_of(document, span.start)
    if not before.strip(", \t"):
        # It has a line to itself, whatever comes behind it.
        if not leads:
            return span, f",\n{indent}".join(items)
        comma = before if before.strip() else _next_comma(text, line.end) or f"{indent[: max(len(indent) - 2, 0)]}, "
        return span, f"\n{comma}".join(items)
    if re.fullmatch(r"\s*.*\bselect(?:\s+distinct|\s+all)?\s+", before, re.I | re.S):
        # Behind SELECT: the list begins on the next line, and what follows it stands below.
        deeper = indent + indent_unit(text)
        start = span.start - (len(before) - len(before.rstrip()))
        between = f"\n{deeper}, " if commas_lead(text) else f",\n{deeper}"
        listed = f"\n{deeper}" + between.join(items)
        if (more := _MORE.match(behind)) is not None:
            return Span(start, span.end + more.end()), listed + between
        follows = _BEHIND.match(behind)
        if follows is None or _NOTHING_ELSE.match(behind):
            return Span(start, span.end), listed
        return Span(start, span.end + follows.end()), f"{listed}\n{indent}"
    column = " " * (span.start - line.start) if "\t" not in before else indent + indent_unit(text)
    return span, f",\n{column}".join(items)


def _next_comma(text: str, at: int) -> str:
    """What the line behind one begins with, if that is a comma."""
    found = re.compile(r"(?:\r\n|\n|\r)([ \t]*,[ \t]*)(?=\S)").match(text, at)
    return found.group(1) if found else ""
