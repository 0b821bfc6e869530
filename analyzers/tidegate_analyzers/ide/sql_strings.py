"""The SQL in strings of Python, as documents in which every character has the place it has in its file."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tidegate_analyzers.readers.airflow.operators import SQL_ARGUMENTS, dialect_of
from tidegate_analyzers.readers.airflow.steps import looks_like_sql
from tidegate_analyzers.syntax.python_cursor import PythonPlace
from tidegate_analyzers.text import Document

_EXECUTES = frozenset(("execute", "executemany", "executescript", "read_sql", "read_sql_query", "get_records", "get_first", "get_pandas_df", "get_df", "run", "sql", "query", "text"))  # fmt: skip
_HOLE = re.compile(r"(?<!\{)\{(?!\{)[^{}\n]*\}?")
_DOUBLED = re.compile(r"\{\{(\{\{)|(\}\})\}\}")
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
    if "\\" in text or not (looks_like_sql(text) or (is_given and _BEGUN.match(text))):
        return None
    if string.formatted:
        text = _DOUBLED.sub(lambda match: f"{match[1]}  " if match[1] else f"  {match[2]}", text)
        text = _HOLE.sub(lambda match: "x" * len(match.group()), text)
    before = re.sub(r"[^\r\n]", " ", document.text[: string.start])
    after = re.sub(r"[^\r\n]", " ", document.text[string.end :])
    return SqlString(
        Document(document.path, f"{before}{text}{after}"), dialect_of(call.name) if call is not None else ""
    )
