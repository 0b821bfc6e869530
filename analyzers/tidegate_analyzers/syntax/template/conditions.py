"""Conditions whose truth is known without a run."""

from __future__ import annotations

import re

_TARGET = re.compile(r"target\.type\s*(==|!=|not\s+in|in)\s*(.+)", re.S)
LOOP_LAST = re.compile(r"\bloop\.(?:last|first)\b")
_NOT_LOOP = re.compile(r"\bnot\s+loop\.(?:last|first)|loop\.(?:last|first)\s*==\s*[Ff]alse|loop\.index0?\b.*[<>!]=?")


def decided(condition: str, dialect: str) -> bool | None:
    """The truth of a condition that needs no run to know: of the adapter, of the phase, of a loop's end."""
    if condition in ("is_incremental()", "execute", "true", "True", "1 == 1"):
        return True
    if condition in (
        "not is_incremental()",
        "not execute",
        "false",
        "False",
        "flags.FULL_REFRESH",
        "should_full_refresh()",
    ):
        return False
    if LOOP_LAST.search(condition):
        return not _NOT_LOOP.search(condition)
    if (match := _TARGET.fullmatch(condition)) is not None and dialect:
        listed = f"'{dialect}'" in match.group(2) or f'"{dialect}"' in match.group(2)
        return not listed if match.group(1) in ("!=", "not in") or match.group(1).startswith("not") else listed
    return None
