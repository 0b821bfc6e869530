"""Fixes in the select list of a query."""

from __future__ import annotations

import re

from tidegate_analyzers.fixes.base import Workspace, edit, fix
from tidegate_analyzers.syntax.jinja import scan
from tidegate_analyzers.syntax.sql_words import Word, masked, sql_words
from tidegate_analyzers.text import Change, Span

_ARMS = frozenset(("union", "intersect", "except", "minus"))
_ENDS = frozenset(("from", "where", "group", "order", "having", "qualify", "limit", *_ARMS))
_PLACES = re.compile(r"\b(?:group|order)\s+by\s+\d", re.I)
_AS = re.compile(r"\s+as\s*$", re.I)


@fix("columns.keep-old")
def keep_old(workspace: Workspace, path: str, site: str, old: str) -> Change | None:
    """Give a column once more, under its old name, behind the item of the select list that gives it."""
    document = workspace.document(path)
    if document is None:
        return None
    name = workspace.span(path, site)
    role = workspace.graph.layout.role(path)
    text = masked(document.text, scan(document.text))
    words = [word for word in sql_words(text, role.dialect if role is not None else "") if word.kind != "comment"]
    # Arms of a union need as many columns each, and places in GROUP BY 1, 2 would mean others.
    if any(word.kind == "name" and text[word.start : word.end].casefold() in _ARMS for word in words):
        return None
    item = _item(text, words, name) if name.end > name.start and not _PLACES.search(text) else None
    if item is None:
        return None
    written = (
        document.text[item.start : name.start] if name.start > item.start else document.text[name.start : name.end]
    )
    expression = _AS.sub("", written).rstrip() if not written.rstrip().endswith(".") else document.slice(item)
    return Change((edit(document, (item.end, item.end), f", {expression} as {old}"),))


def _item(text: str, words: list[Word], name: Span) -> Span | None:
    """The item of a select list that ends with a name."""
    number = next((i for i, word in enumerate(words) if (word.start, word.end) == (name.start, name.end)), -1)
    if number < 0:
        return None
    behind = words[number + 1] if number + 1 < len(words) else None
    if behind is not None and not _ends_item(text, behind):
        return None
    depth = 0
    start = name.start
    for word in reversed(words[:number]):
        depth += {"close": 1, "open": -1}.get(word.kind, 0)
        if depth < 0:
            return None
        if depth == 0 and word.kind in ("sign", "name") and _begins_item(text[word.start : word.end].casefold()):
            return Span(start, name.end)
        start = word.start
    return None


def _begins_item(word: str) -> bool:
    return word in (",", "select", "distinct", "all")


def _ends_item(text: str, word: Word) -> bool:
    return text[word.start] in ",);" or (word.kind == "name" and text[word.start : word.end].casefold() in _ENDS)
