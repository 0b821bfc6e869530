"""The Snowflake connector and Snowpark: data frames that are added to a table.

`write_pandas(conn, df, table_name, database=None, schema=None, overwrite=False)`, `Session.write_pandas(df, table_name, …)`:
https://docs.snowflake.com/en/developer-guide/python-connector/python-connector-api.
"""

from __future__ import annotations

from tidegate_analyzers.facts import Write
from tidegate_analyzers.readers.python.libraries.base import Call, Library, is_false, is_true
from tidegate_analyzers.readers.python.libraries.frames import table_named


def _write_pandas(call: Call) -> bool:
    of_session = call.receiver is not None and not call.origin().startswith("snowflake.")
    name = call.given("table_name", 1 if of_session else 2)
    target = table_named(call.given("database"), call.given("schema"), name)
    if target is None:
        return True
    given = call.given("overwrite")
    node = call.argument("overwrite")
    site = call.add(node if node is not None else call.node.func)
    if is_true(given):
        call.effects.write(
            Write(
                "replace", target, site, rows="file", whole=True, option="write_pandas(overwrite=True)", by="dataframe"
            )
        )
        return True
    opaque = "" if given is None or is_false(given) else "how it writes is not known"
    option = "write_pandas() without overwrite="
    call.effects.write(Write("append", target, site, rows="file", opaque=opaque, option=option, by="dataframe"))
    return True


LIBRARY = Library("snowflake", ("snowflake", "prefect_snowflake", "dagster_snowflake"), {"write_pandas": _write_pandas})
