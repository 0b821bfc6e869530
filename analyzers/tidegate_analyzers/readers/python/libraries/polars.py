"""Polars: data frames that are added to a table, and readers that go on over what they can't read.

`DataFrame.write_database(table_name, connection, if_table_exists='fail')`, `write_delta(target, mode='error')`,
`write_iceberg(target, mode)`, `read_csv(ignore_errors=False)`: https://docs.pola.rs/api/python/stable/reference/io.html.
"""

from __future__ import annotations

from tidegate_analyzers.readers.python.libraries.base import Call, Library, is_false, is_true
from tidegate_analyzers.readers.python.libraries.frames import ignores, is_given, path_named, table_named, writes
from tidegate_analyzers.readers.python.values import Table

_DATABASE = {"append": "append", "replace": "replace"}
_LAKE = {"append": "append", "overwrite": "replace", "merge": "merge"}


def _write_database(call: Call) -> bool:
    writes(call, table_named(call.given("table_name", 0)), "if_table_exists", _DATABASE)
    return True


def _write_delta(call: Call) -> bool:
    options = call.given("delta_write_options")
    closed = isinstance(options, Table) and not options.open
    part = is_given(options) and not (closed and isinstance(options, Table) and options.get("predicate") is None)
    modes = {**_LAKE, "overwrite": "overwrite_partition"} if part else _LAKE
    writes(call, path_named(call.given("target", 0)), "mode", modes)
    return True


def _write_iceberg(call: Call) -> bool:
    writes(call, table_named(call.given("target", 0)), "mode", _LAKE, position=1)
    return True


def _read(call: Call) -> bool:
    typed = any(is_given(call.given(name)) for name in ("schema", "schema_overrides", "dtypes"))
    untyped = is_false(call.given("infer_schema")) and not typed  # all is text, and nothing has to be converted
    if call.origin().startswith("polars"):
        lenient = not untyped and is_true(call.given("ignore_errors"))
        ignores(call, "ignore_errors" if lenient else "truncate_ragged_lines", "polars", "nulled")
    return False


LIBRARY = Library(
    "polars",
    ("polars",),
    {
        "write_database": _write_database,
        "write_delta": _write_delta,
        "sink_delta": _write_delta,
        "write_iceberg": _write_iceberg,
        "read_csv": _read,
        "scan_csv": _read,
        "read_csv_batched": _read,
        "read_ndjson": _read,
        "scan_ndjson": _read,
    },
)
