"""DuckDB: readers of files that go on over lines they can't read.

`read_csv(path, ignore_errors=False, store_rejects=False)`: https://duckdb.org/docs/stable/clients/python/data_ingestion.
"""

from __future__ import annotations

from tidegate_analyzers.readers.python.libraries.base import Call, Library
from tidegate_analyzers.readers.python.libraries.frames import ignores


def _read(call: Call) -> bool:
    if not call.origin().startswith(("pandas", "polars")):
        ignores(call, "ignore_errors", "duckdb", "dropped", unless=("store_rejects", "rejects_table", "rejects_scan"))
    return False


LIBRARY = Library("duckdb", ("duckdb",), {"read_csv": _read, "from_csv_auto": _read, "read_json": _read})
