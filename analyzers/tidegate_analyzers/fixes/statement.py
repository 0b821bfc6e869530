"""A SQL statement where it is written, and new text beside it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass

from tidegate_analyzers.facts import SqlText, Write
from tidegate_analyzers.fixes.base import Workspace, edit, indent_of
from tidegate_analyzers.readers.sql.guess import parse_any
from tidegate_analyzers.syntax.fragment import literal_fragment
from tidegate_analyzers.syntax.jinja import scan
from tidegate_analyzers.syntax.python import PythonFile, parse_python
from tidegate_analyzers.syntax.sql import Statement
from tidegate_analyzers.text import Document, Edit, Span


@dataclass(frozen=True, slots=True)
class Place:
    """A statement in a text: where it is, and how to write SQL there."""

    document: Document
    sql: str
    """The text that holds the statement: the file, or the string it stands in."""
    statement: Statement
    write: Write
    text: SqlText
    to_source: Callable[[Span], Span]
    in_python: bool


def place_of(workspace: Workspace, path: str, text_index: str, order: str) -> Place | None:
    """The statement by which a text of a file writes."""
    document = workspace.document(path)
    facts = workspace.view.facts(path)
    read = workspace.graph.files.get(path)
    if document is None or facts is None or read is None or int(text_index) >= len(facts.sql):
        return None
    text = facts.sql[int(text_index)]
    write = next((w for w in text.writes if w.order == int(order)), None) or next(
        (w for w in text.writes if w.mode == "insert"), None
    )
    if write is None:
        return None
    at = read.span(write.site).start
    if path.endswith(".py"):
        return _in_python(document, text, write, at)
    parsed = parse_any(document.text, workspace.graph.layout.options.dialect, scan(document.text))
    statement = next((s for s in parsed.statements if s.span.start <= at < s.span.end), None)
    return (
        Place(document, document.text, statement, write, text, lambda span: span, False)
        if statement is not None
        else None
    )


def _in_python(document: Document, text: SqlText, write: Write, at: int) -> Place | None:
    file = parse_python(document.text)
    literal = literal_at(file, at)
    if literal is None:
        return None
    fragment = literal_fragment(file.text, file.span(literal))
    parsed = parse_any(fragment.text, "", scan(fragment.text))
    for statement in parsed.statements:
        if fragment.source_span(statement.span).start <= at < fragment.source_span(statement.span).end:
            return Place(document, fragment.text, statement, write, text, fragment.source_span, True)
    return None


def literal_at(file: PythonFile, at: int) -> ast.expr | None:
    """The outermost string literal around an offset."""
    found: ast.expr | None = None
    for node in ast.walk(file.tree):
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            span = file.span(node)
            if span.start <= at < span.end and (found is None or file.span(found).covers(span) is False):
                found = node
    return found


def before(place: Place, sql: str) -> Edit:
    """Put SQL before a statement, spelled as the text around it."""
    start = source_span(place, place.statement.span).start
    if place.in_python and not is_long(place):
        return edit(place.document, (start, start), f"{sql}; ")
    return edit(place.document, (start, start), f"{sql};\n{indent(place)}")


def indent(place: Place) -> str:
    """The white space before a statement that begins its line."""
    start = source_span(place, place.statement.span).start
    return indent_of(place.document, start) if place.document.text[:start].rpartition("\n")[2].strip() == "" else ""


def opening(place: Place) -> str:
    """The prefix and quotes of the string that a statement stands in; empty in a file of SQL."""
    start = source_span(place, place.statement.span).start
    return _opening(place.document.text, start) if place.in_python else ""


def is_long(place: Place) -> bool:
    """Whether the string that a statement stands in may have line ends."""
    return opening(place).endswith(("'''", '"""'))


def spelled(place: Place, sql: str) -> str:
    """New SQL as it is written in the text around a statement."""
    if not place.in_python:
        return sql
    if "f" in opening(place).lower():
        sql = sql.replace("{", "{{").replace("}", "}}")
    quote = opening(place)[-1]
    return sql if is_long(place) else sql.replace(quote, "\\" + quote)


def copied(place: Place, span: Span, text: str) -> str | None:
    """Part of a statement as its text spells it, holes of f-strings included; `None` where that can't be repeated.

    Args:
        place: the statement.
        span: the part, in the file.
        text: the part, as SQL.
    """
    if "f" not in opening(place).lower():
        return spelled(place, text)
    written = place.document.slice(span)
    return written if opening(place)[-1] not in written else None


def source_span(place: Place, span: Span) -> Span:
    """A span of the SQL as one of the file."""
    return place.to_source(span)


def _opening(text: str, at: int) -> str:
    """The prefix and quotes of the string literal that an offset lies in."""
    found = re.findall(r"([A-Za-z]{0,2}(?:'''|\"\"\"|'|\"))", text[max(0, at - 400) : at])
    for opening in reversed(found):
        if opening.endswith(("'''", '"""')):
            return str(opening)
    return str(found[-1]) if found else '"'
