"""What can be offered where a reader drops what it can't read: the same option, saying that it stops or keeps it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.facts import BadRecords
from tidegate_analyzers.readers.sql.lossy import BY_QUERY
from tidegate_analyzers.rules.base import Context, Offer

_VALUES = {
    "on_bad_lines": '"error"',
    "error_bad_lines": "True",
    "ignore_errors": "False",
    "drop_invalid_rows": "False",
    "max_bad_records": "0",
}
"""Arguments of Python calls, and the value by which they stop."""

_WORDS = (
    (re.compile(r"(on_error\s*=\s*).*", re.I), r"\1ABORT_STATEMENT"),
    (re.compile(r"(on_error\s+).*", re.I), r"\1stop"),
    (re.compile(r"(truncatecolumns\s*=\s*).*", re.I), r"\1FALSE"),
    (re.compile(r"((?:enforce_length|error_on_column_count_mismatch)\s*=\s*).*", re.I), r"\1TRUE"),
    (re.compile(r"(maxerror\s+(?:as\s+)?).*", re.I), r"\g<1>0"),
    (re.compile(r"((?:max_bad_records|maxerrors)\s*=\s*).*", re.I), r"\g<1>0"),
    (re.compile(r"('?mode'?\s*(?:=>|=|\s)\s*).*", re.I), r"\1'FAILFAST'"),
)
"""Options of SQL, each as a whole."""

_IGNORES = re.compile(r"ignore_errors(?P<sign>\s*(?::?=)\s*|\s+)(?P<value>\S+)", re.I)


def remedies(ctx: Context, found: BadRecords, *, in_sql: bool) -> Iterator[Offer]:
    """The fixes for what a reader drops, the best first."""
    where = (ctx.path, str(found.site))
    if in_sql:
        ignores = _IGNORES.fullmatch(found.by)
        if ignores is not None:
            more = f"{found.by}, store_rejects{ignores['sign']}{ignores['value']}"
            yield Offer("text.replace", "Keep what is rejected", False, (*where, more))
        goes_on = found.engine == "snowflake" and found.by.casefold().startswith("on_error")
        if goes_on and found.note != BY_QUERY and ctx.path.endswith(".sql"):
            yield Offer("reject.validate", "Keep what is rejected", False, where)
        for form, text in _WORDS:
            if form.fullmatch(found.by):
                yield Offer("text.replace", "Stop at what can't be read", False, (*where, form.sub(text, found.by)))
                return
        return
    name = found.by.partition("=")[0]
    if found.note or name not in _VALUES:
        return
    if name == "on_bad_lines" and found.engine == "pandas":
        yield Offer("reject.lines", "Keep what is rejected", False, where)
    if found.engine == "duckdb":
        yield Offer("text.replace", "Keep what is rejected", False, (*where, "True, store_rejects=True"))
    yield Offer("text.replace", "Stop at what can't be read", False, (*where, _VALUES[name]))
