"""The word of a template that Airflow renders, at a place in a DAG file or in a script it runs."""

from __future__ import annotations

import re

from tidegate_analyzers.facts import FileRead
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.ide.airflow_words import MEMBERS, airflow_word, major_of, word_page
from tidegate_analyzers.syntax.jinja.cursor import open_block
from tidegate_analyzers.syntax.python_cursor import python_place
from tidegate_analyzers.text import Document, Span

_WORD = re.compile(r"[A-Za-z_]\w*")
_HEAD = re.compile(r"(?<![\w.])(?P<head>\w+(?:\.\w+)*)\s*\.\s*\Z")
_LONGEST = 80


def template_word(view: View, read: FileRead, document: Document, offset: int) -> tuple[str, Span] | None:
    """What a word is when the template is rendered; `None` where no known word of a template stands."""
    text = document.text
    if read.facts.role not in ("python", "sql"):
        return None
    code = open_block(text, offset)
    if code is None or code.quote or code.kind == "{#":
        return None
    if read.facts.role == "python":
        string = python_place(text, offset).string
        is_doubled = string is not None and string.formatted
        if string is None or code.start < string.start or (is_doubled and text[code.start - 2 : code.start] != "{{"):
            return None
    span = _word_at(text, offset)
    if span is None:
        return None
    before = text[code.at : span.start]
    head = _HEAD.search(before)
    where = "filter" if before.rstrip().endswith("|") else "name"
    if head is not None:
        where = "conn_member" if re.fullmatch(r"conn\.\w+", head["head"]) else MEMBERS.get(head["head"], "")
    elif before.rstrip().endswith("."):
        return None
    found = airflow_word(where, text[span.start : span.end])
    return (word_page(found, major_of(view, document.path)), span) if found is not None else None


def _word_at(text: str, offset: int) -> Span | None:
    for match in _WORD.finditer(text, max(offset - _LONGEST, 0), offset + _LONGEST):
        if match.start() <= offset <= match.end():
            return Span(match.start(), match.end())
    return None
