"""What stands between the words of SQL: space and comments."""

from __future__ import annotations

import re

_LINE_COMMENT = re.compile(r"--[^\r\n]*")
_BLOCK_COMMENT = re.compile(r"/\*.*?\*/", re.S)
_GAP = re.compile(r"(?:\s|--[^\r\n]*|/\*.*?\*/)*", re.S)


def is_gap(text: str, start: int, end: int) -> bool:
    """Whether there is nothing but space and comments between two offsets."""
    return _GAP.fullmatch(text, start, end) is not None


def behind_gap(text: str, at: int) -> int:
    """The offset of the first word that is neither space nor comment."""
    gap = _GAP.match(text, at)
    return gap.end() if gap else at


def strip_comments(text: str) -> str:
    """SQL without its comments."""
    if "--" in text:
        text = _LINE_COMMENT.sub("", text)
    if "/*" in text:
        text = _BLOCK_COMMENT.sub("", text)
    return text
