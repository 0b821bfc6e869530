"""Calls that are put into chains of calls: `frame.write.mode("append").save(path)`."""

from __future__ import annotations

from tidegate_analyzers.fixes.base import edit
from tidegate_analyzers.text import Change, Document, Span


def before_call(document: Document, span: Span, *calls: str) -> Change | None:
    """Put calls before another of a chain, on lines of their own where that one has one."""
    text = document.text
    dot = text.rfind(".", 0, span.start)
    if dot < 0 or text[dot + 1 : span.start].strip():
        return None
    line = max(text.rfind("\n", 0, dot), text.rfind("\r", 0, dot)) + 1
    indent = text[line:dot]
    if indent.strip():
        return Change((edit(document, (dot, dot), "".join(f".{call}" for call in calls)),))
    before = text[:line].rstrip("\r\n")
    goes_on = " \\" if before.endswith("\\") else ""
    return Change((edit(document, (dot, dot), "".join(f".{call}{goes_on}\n{indent}" for call in calls)),))
