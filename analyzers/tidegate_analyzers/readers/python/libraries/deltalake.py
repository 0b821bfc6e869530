"""delta-rs: tables that are written without Spark.

`write_deltalake(table_or_uri, data, mode='error', predicate=None, commit_properties=None)`:
https://delta-io.github.io/delta-rs/api/delta_writer/.
"""

from __future__ import annotations

from tidegate_analyzers.readers.python.libraries.base import Call, Library
from tidegate_analyzers.readers.python.libraries.frames import is_given, made_by, path_named, writes

_MODES = {"append": "append", "overwrite": "replace"}


def _write(call: Call) -> bool:
    if not call.origin().startswith("deltalake"):
        return False
    node = call.argument("table_or_uri", 0)
    target = call.given("table_or_uri", 0)
    if node is not None:
        target = made_by(call, frozenset(("DeltaTable",)), node) or target
    modes = {**_MODES, "overwrite": "overwrite_partition"} if is_given(call.given("predicate")) else _MODES
    known = "app_transactions" in call.file.text and is_given(call.given("commit_properties"))
    opaque = "its transaction may carry an identifier, by which the table knows it" if known else ""
    writes(call, path_named(target), "mode", modes, opaque=opaque)
    return True


LIBRARY = Library("deltalake", ("deltalake",), {"write_deltalake": _write})
