"""Rows that a program inserts by itself, many at a time, through a database's driver or an Airflow hook.

`cursor.executemany(sql, rows)`, psycopg2's `execute_values(cursor, sql, rows)` and `execute_batch`, `copy_expert(sql, file)`,
`hook.insert_rows(table, rows, replace=False)`. Single rows are not looked at: those are logs and settings as often as
data.
"""

from __future__ import annotations

import re

from tidegate_analyzers.facts import Write
from tidegate_analyzers.readers.python.libraries.base import Call, Library, is_false
from tidegate_analyzers.readers.python.libraries.frames import table_named
from tidegate_analyzers.readers.python.values import Text, Value
from tidegate_analyzers.syntax.fragment import Fragment

_INSERT = re.compile(
    r"\s*insert\s+into\s+(?:table\s+)?(?P<table>(?:[\w.$\"`\[\]]|\{\{[^{}]*\}\})+)\s*(?:\([^()]*\)\s*)?values\b(?P<rest>.*)",
    re.I | re.S,
)
_COPY = re.compile(
    r"\s*copy\s+(?P<table>(?:[\w.$\"`]|\{\{[^{}]*\}\})+)\s*(?:\([^()]*\)\s*)?from\s+stdin\b(?P<rest>.*)", re.I | re.S
)
_SETTLED = re.compile(r"\bon\s+(?:conflict|duplicate)\b|\bwhere\b", re.I)


def _execute_many(call: Call) -> bool:
    return _sent(call, call.given("", 0) or call.given("sql"), _INSERT)


def _execute_values(call: Call) -> bool:
    return _sent(call, call.given("sql", 1), _INSERT)


def _copy(call: Call) -> bool:
    return _sent(call, call.given("sql", 0), _COPY)


def _sent(call: Call, sql: Value | None, form: re.Pattern[str]) -> bool:
    """A statement that is sent with rows; whatever is no plain INSERT is read as all other SQL."""
    match = form.match(sql.text) if isinstance(sql, Text) else None
    if match is None or _SETTLED.search(match["rest"]):
        return False
    return _rows(call, Text(Fragment(re.sub(r'["`\[\]]', "", match["table"]), ())))


def _insert_rows(call: Call) -> bool:
    replace = call.given("replace")
    if replace is not None and not is_false(replace):
        return False
    return _rows(call, call.given("table", 0))


def _rows(call: Call, name: Value | None) -> bool:
    target = table_named(name)
    if target is None:
        return False
    site = call.add(call.node.func)
    call.effects.write(Write("append", target, site, rows="file", option=f"{call.method}()", by="rows"))
    return True


_HOOKS = (
    "airflow.hooks.base",
    "airflow.hooks.mysql_hook",
    "airflow.hooks.postgres_hook",
    "airflow.providers.common.sql.hooks.sql",
    "airflow.providers.microsoft.mssql.hooks.mssql",
    "airflow.providers.mysql.hooks.mysql",
    "airflow.providers.oracle.hooks.oracle",
    "airflow.providers.postgres.hooks.postgres",
    "airflow.providers.snowflake.hooks.snowflake",
    "airflow.providers.sqlite.hooks.sqlite",
    "airflow.providers.trino.hooks.trino",
)

LIBRARY = Library(
    "dbapi",
    (
        *_HOOKS,
        "psycopg2",
        "psycopg",
        "pymysql",
        "MySQLdb",
        "mysql",
        "snowflake",
        "dagster_snowflake",
        "prefect_snowflake",
        "pyodbc",
        "oracledb",
        "cx_Oracle",
        "sqlite3",
        "redshift_connector",
        "trino",
        "sqlalchemy",
    ),
    {
        "executemany": _execute_many,
        "execute_values": _execute_values,
        "execute_batch": _execute_values,
        "copy_expert": _copy,
        "insert_rows": _insert_rows,
    },
)
