"""Colours that an editor's own grammar can't know: Jinja inside SQL, SQL inside YAML and Python.

What such a grammar colours well by itself, plain SQL, YAML and Python, is left to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.facts import FileRead
from tidegate_analyzers.ide.tokens.jinja import jinja_tokens
from tidegate_analyzers.ide.tokens.sql import sql_tokens
from tidegate_analyzers.ide.tokens.token import MODIFIERS, TYPES, Token, arranged
from tidegate_analyzers.ide.tokens.yaml import yaml_tokens
from tidegate_analyzers.syntax.jinja import scan
from tidegate_analyzers.text import Document, Span

__all__ = ["MODIFIERS", "TYPES", "Token", "tokens"]

_QUOTED = re.compile(r"[rR]?(?P<quote>'''|\"\"\"|'|\")(?P<text>.*)(?P=quote)", re.S)


def tokens(document: Document, read: FileRead, dialect: str = "", within: Span | None = None) -> list[Token]:
    """The tokens of a document, or of a part of it, in order; none spans two lines."""
    text = document.text
    suffix = document.path.rpartition(".")[2].casefold()
    found: Iterator[Token] = iter(())
    if suffix in ("sql", "hql", "md"):
        found = (token for block in scan(text).blocks for token in jinja_tokens(text, block))
    elif suffix in ("yml", "yaml"):
        found = yaml_tokens(text, dialect)
    elif suffix == "py":
        found = _in_python(text, read, dialect)
    return arranged(text, found, within or Span(0, len(text)))


def _in_python(text: str, read: FileRead, dialect: str) -> Iterator[Token]:
    """The SQL of a DAG file, in strings that say what they hold as they are written."""
    for sql in read.facts.sql:
        span = read.span(sql.site)
        quoted = _QUOTED.fullmatch(text[span.start : span.end])
        if quoted is None or "\\" in quoted["text"] or quoted["quote"] in quoted["text"]:
            continue
        start, end = span.start + quoted.start("text"), span.start + quoted.end("text")
        sites = [item.site for item in sql.reads] + [write.site for write in sql.writes if write.mode != "call"]
        tables = {read.span(site) for site in sites if site}
        inside = [table for table in tables if start <= table.start < table.end <= end and table != span]
        yield from (Token(table.start, table.end, "class") for table in inside)
        for token in sql_tokens(text, start, end, dialect):
            if not any(table.start < token.end and token.start < table.end for table in inside):
                yield token
