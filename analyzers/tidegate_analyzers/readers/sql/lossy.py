"""Loads in SQL that go on over records they can't read: `COPY`, `LOAD DATA`, readers of files.

These statements are read by their words and not by their tree: each warehouse has options of its own, which no parser
knows all of, and they mean the same wherever in the statement they stand.

https://docs.snowflake.com/en/sql-reference/sql/copy-into-table, https://docs.aws.amazon.com/redshift/latest/dg/r_COPY.html,
https://duckdb.org/docs/stable/data/csv/reading_faulty_csv_files, https://www.postgresql.org/docs/17/sql-copy.html,
https://cloud.google.com/bigquery/docs/reference/standard-sql/load-statements,
https://docs.databricks.com/aws/en/sql/language-manual/delta-copy-into,
https://learn.microsoft.com/en-us/sql/t-sql/statements/copy-into-transact-sql,
https://clickhouse.com/docs/operations/settings/formats.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from tidegate_analyzers.text import Span

_WORDS = (
    "on_error",
    "truncatecolumns",
    "enforce_length",
    "column_count_mismatch",
    "maxerror",
    "ignoreallerrors",
    "ignore_errors",
    "max_bad_records",
    "dropmalformed",
    "ignorecorruptfiles",
    "allow_errors",
)
"""One of these stands in every text that has such an option."""

_BLANKED = re.compile(r"(?P<kept>'(?:[^'\\]|''|\\.)*'|\"(?:[^\"\\]|\\.)*\")|--[^\n]*|/\*.*?\*/", re.S)
_KEPT = re.compile(
    r"table\s*\(\s*(?:\w+\.)*validate\s*\(|\bcopy_history\b|\bload_history\b|\bstl_load_errors\b|\bsys_load_error_detail\b|\bstl_loaderror_detail\b|\breject_errors\b|\breject_scans\b",
    re.I,
)
"""Where warehouses tell afterwards what they have left out."""


BY_QUERY = "VALIDATE doesn't know of loads by a query"


class Lossy(NamedTuple):
    """An option by which records or values are lost.

    Attributes:
        outcome, engine, by, note: as in the fact.
        span: where it stands in the text.
    """

    outcome: str
    engine: str
    by: str
    span: Span
    note: str = ""


class _Option(NamedTuple):
    engine: str
    statement: re.Pattern[str]
    words: re.Pattern[str]
    outcome: str = "dropped"
    unless: re.Pattern[str] | None = None
    note: str = ""


def _r(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.I | re.S)


_COPY_INTO = _r(r"\bcopy\s+into\b(?!\s*(?:@|'))")
_COPY_BY_QUERY = _r(r"\bcopy\s+into\b(?!\s*(?:@|')).*?\bfrom\s*\(")
_GOES_ON = _r(r"\bon_error\s*=\s*'?(?:continue\b|skip_file\w*%?)'?")
_COPY = _r(r"\bcopy\b(?!\s+into\b).*?\bfrom\b")
_FILES = _r(r"\bread_(?:csv|json|ndjson)\w*\s*\(|\bcopy\b.*?\bfrom\b")
_OF_REJECTS = _r(
    r"\bcopy\s+into\s+[\w.\"]*(?:reject|quarantin|malformed|dead_?letter|(?:\b|_)(?:bad|errors?|invalid)(?:\b|_))"
)
"""A load of what was set aside already."""
_CHECKED_ONLY = _r(r"\bvalidation_mode\s*=")

_OPTIONS = (
    _Option("snowflake", _COPY_INTO, _GOES_ON, unless=_r(r"\bvalidation_mode\s*=|\bfrom\s*\(")),
    _Option("snowflake", _COPY_BY_QUERY, _GOES_ON, unless=_CHECKED_ONLY, note=BY_QUERY),
    _Option(
        "snowflake",
        _COPY_INTO,
        _r(r"\b(?:truncatecolumns\s*=\s*true|enforce_length\s*=\s*false)\b"),
        "nulled",
        _CHECKED_ONLY,
        "texts that are too long are cut",
    ),
    _Option(
        "snowflake",
        _COPY_INTO,
        _r(r"\berror_on_column_count_mismatch\s*=\s*false\b"),
        "nulled",
        _r(r"\bvalidation_mode\s*=|\bfrom\s*\(\s*select\b|\bparse_header\s*=\s*true"),
        "columns that are missing become null, and surplus ones are left out",
    ),
    _Option("redshift", _COPY, _r(r"\bmaxerror\s+(?:as\s+)?[1-9]\d*\b"), unless=_r(r"\bnoload\b")),
    _Option("redshift", _COPY, _r(r"\bignoreallerrors\b"), unless=_r(r"\bnoload\b")),
    _Option("postgres", _COPY, _r(r"\bon_error\s+'?ignore\b'?")),
    _Option(
        "duckdb",
        _FILES,
        _r(r"\bignore_errors\s*(?:=|:=|\s)\s*'?(?:true|1)\b'?"),
        unless=_r(r"\bstore_rejects\b|\brejects_(?:table|scan)\b"),
    ),
    _Option(
        "databricks",
        _r(r"\bcopy\s+into\b|\bread_files\s*\(|\busing\s+(?:csv|json)\b"),
        _r(r"'?\bmode\b'?\s*(?:=>|=|\s)\s*'dropmalformed'"),
        unless=_r(r"badrecordspath|columnnameofcorruptrecord|rescueddatacolumn"),
    ),
    _Option("databricks", _COPY_INTO, _r(r"'ignorecorruptfiles'\s*=\s*'true'"), unless=_r(r"badrecordspath")),
    _Option(
        "synapse",
        _r(r"\bcopy\s+into\b|\bbulk\s+insert\b"),
        _r(r"\bmaxerrors\s*=\s*[1-9]\d*"),
        unless=_r(r"\berrorfile\b"),
    ),
    _Option("bigquery", _r(r"\bload\s+data\b|\bexternal\s+table\b"), _r(r"\bmax_bad_records\s*=\s*[1-9]\d*")),
    _Option(
        "clickhouse",
        _r(r"\binsert\s+into\b|\bselect\b|\bengine\s*="),
        _r(r"\binput_format_allow_errors_(?:num|ratio)\s*=\s*(?:0*\.0*)?[1-9][\d.]*"),
        unless=_r(r"\binput_format_record_errors_file_path\b"),
    ),
)


def may_be_lossy(text: str) -> bool:
    """Whether a text names any of these options."""
    lowered = text.lower()
    return any(word in lowered for word in _WORDS)


def lossy(text: str) -> Iterator[Lossy]:
    """The options in a SQL text by which records are lost."""
    if not may_be_lossy(text):
        return
    plain = _BLANKED.sub(_blank, text)
    start = 0
    for statement in plain.split(";"):
        for option in _OPTIONS:
            if not option.statement.search(statement) or (option.unless and option.unless.search(statement)):
                continue
            if _OF_REJECTS.search(statement):
                continue
            for match in option.words.finditer(statement):
                at = Span(start + match.start(), start + match.end())
                yield Lossy(option.outcome, option.engine, " ".join(match.group().split()), at, option.note)
        start += len(statement) + 1


def _blank(match: re.Match[str]) -> str:
    """A comment as blanks; a quoted text without the signs at which statements end."""
    return match["kept"].replace(";", ",") if match["kept"] else " " * len(match.group())


def kept(text: str) -> re.Match[str] | None:
    """Where a text asks the warehouse for what it has left out."""
    return _KEPT.search(text)
