"""The SQL in strings of Python, as documents in which every character has the place it has in its file."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tidegate_analyzers.readers.airflow.operators import SQL_ARGUMENTS, dialect_of
from tidegate_analyzers.readers.airflow.steps import looks_like_sql
from tidegate_analyzers.syntax.python_cursor import PythonPlace
from tidegate_analyzers.text import Document

_EXECUTES = frozenset(("execute", "executemany", "executescript", "read_sql", "read_sql_query", "get_records", "get_first", "get_pandas_df", "get_df", "run", "sql", "query", "text"))  # fmt: skip
_NEAR = 200
_HOLE = re.compile(r"(?<!\{)\{(?!\{)[^{}\n]*\}?")
_DOUBLED = re.compile(r"\{\{(\{\{)|(\}\})\}\}")
_SURELY = re.compile(
    r"\s*(?:--[^\n]*\n\s*|/\*.*?\*/\s*)*(?:select\b.*\bfrom\b|with\s+\w+\s+as\s*\(|insert\s+(?:into|overwrite)\b|merge\s+into\b|delete\s+from\b"
    r"|update\b.*\bset\b|create\s+(?:or\s+replace\s+)?(?:\w+\s+)?(?:table|view)\b|truncate\s+table\b)",
    re.I | re.S,
)
"""What begins like this is SQL wherever it stands, other than documentation."""
_ASSIGNED = re.compile(r"(?:[=+]|\breturn)\s*\Z")
_BEGUN = re.compile(r"\s*(?:select|with|insert|merge|delete|update|create|truncate)\b", re.I)


@dataclass(frozen=True, slots=True)
class SqlString:
    """A string that holds SQL; what is around it is blank in the document."""

    document: Document
    dialect: str


def sql_at(document: Document, place: PythonPlace) -> SqlString | None:
    """The SQL around a place, `None` where no SQL stands there."""
    string = place.string
    if string is None or "b" in string.prefix.lower():
        return None
    text = document.text[string.start : string.end]
    call = place.call
    is_given = call is not None and (
        call.keyword in SQL_ARGUMENTS or (not call.commas and call.name.rpartition(".")[2] in _EXECUTES)
    )
    if "\\" in text or not (_BEGUN.match(text) or looks_like_sql(text) if is_given else _SURELY.match(text)):
        return None
    at = string.start - len(string.quote) - len(string.prefix)
    if not place.brackets and not _ASSIGNED.search(document.text, max(at - _NEAR, 0), at):
        return None  # a text of its own is documentation
    if string.formatted:
        text = _DOUBLED.sub(lambda match: f"{match[1]}  " if match[1] else f"  {match[2]}", text)
        text = _HOLE.sub(lambda match: "x" * len(match.group()), text)
    before = re.sub(r"[^\r\n]", " ", document.text[: string.start])
    after = re.sub(r"[^\r\n]", " ", document.text[string.end :])
    return SqlString(
        Document(document.path, f"{before}{text}{after}"), dialect_of(call.name) if call is not None else ""
    )
