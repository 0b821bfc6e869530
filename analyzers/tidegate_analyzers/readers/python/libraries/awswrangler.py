"""AWS SDK for pandas: data frames that are added to a data set, a lake table or a warehouse.

`s3.to_parquet(df, path, dataset=False, mode='append')` and its like, `athena.to_iceberg(df, database, table, mode='append',
merge_cols=None)`, `redshift.copy(df, path, con, table, schema, mode='append')`, `postgresql.to_sql(df, con, table, schema,
mode='append')`: https://aws-sdk-pandas.readthedocs.io/en/stable/api.html.
"""

from __future__ import annotations

from tidegate_analyzers.readers.python.libraries.base import Call, Library, is_true
from tidegate_analyzers.readers.python.libraries.frames import is_given, path_named, table_named, writes

_S3 = {"append": "append", "overwrite": "replace", "overwrite_partitions": "overwrite_partition"}
_LAKE = {**_S3, "upsert": "merge"}
_WAREHOUSE = {"append": "append", "overwrite": "replace", "upsert": "merge"}
_KEYED = ("upsert_distinct", "upsert_duplicate_key", "upsert_replace_into", "upsert_conflict_columns", "ignore")
_DATABASE = {**_WAREHOUSE, **dict.fromkeys(_KEYED, "merge")}


def _to_s3(call: Call) -> bool:
    if not _own(call, "s3") or not is_true(call.given("dataset")):
        return False  # a file by its name, which is written anew
    table = table_named(call.given("database"), call.given("table"))
    writes(call, table or path_named(call.given("path", 1)), "mode", _S3, default="append")
    return True


def _to_deltalake(call: Call) -> bool:
    if not _own(call, "s3"):
        return False
    writes(call, path_named(call.given("path", 1)), "mode", {"append": "append", "overwrite": "replace"})
    return True


def _to_iceberg(call: Call) -> bool:
    if not _own(call, "athena"):
        return False
    keyed = is_given(call.given("merge_cols"))
    modes = {**_LAKE, "append": "merge"} if keyed else _LAKE
    target = table_named(call.given("database", 1), call.given("table", 2))
    writes(call, target, "mode", modes, default="append")
    return True


def _to_sql(call: Call) -> bool:
    service = call.origin().split(".")[1:2]
    if not call.origin().startswith("awswrangler.") or not service:
        return False
    target = table_named(call.given("schema", 3), call.given("table", 2))
    writes(call, target, "mode", _DATABASE, default="append")
    return True


def _copy(call: Call) -> bool:
    if not _own(call, "redshift"):
        return False
    shift = 0 if call.method == "copy" else -1
    target = table_named(call.given("schema", 4 + shift), call.given("table", 3 + shift))
    writes(call, target, "mode", _WAREHOUSE, default="append")
    return True


def _own(call: Call, service: str) -> bool:
    return call.origin().startswith(f"awswrangler.{service}.")


LIBRARY = Library(
    "awswrangler",
    ("awswrangler",),
    {
        "to_parquet": _to_s3,
        "to_csv": _to_s3,
        "to_json": _to_s3,
        "to_orc": _to_s3,
        "to_deltalake": _to_deltalake,
        "to_iceberg": _to_iceberg,
        "to_sql": _to_sql,
        "copy": _copy,
        "copy_from_files": _copy,
    },
)
