"""Rows that a program inserts by itself, many at a time, through a database's driver or an Airflow hook.

`cursor.executemany(sql, rows)`, psycopg2's `execute_values(cursor, sql, rows)` and `execute_batch`, `copy_expert(sql, file)`,
`hook.insert_rows(table, rows, replace=False)`; and rows that a loop inserts one by one. Other single rows are read as
all SQL is: those are logs and settings as often as data.
"""

from __future__ import annotations

import ast
import re

from tidegate_analyzers.facts import Write
from tidegate_analyzers.readers.python.libraries.base import Call, Library, is_false
from tidegate_analyzers.readers.python.libraries.frames import table_named
from tidegate_analyzers.readers.python.values import Text, Value
from tidegate_analyzers.syntax.fragment import Fragment
from tidegate_analyzers.text import Span

_INSERT = re.compile(
    r"\s*insert\s+into\s+(?:table\s+)?(?P<table>(?:[\w.$\"`\[\]]|\{\{[^{}]*\}\})+)\s*(?:\((?P<columns>[^()]*)\)\s*)?values\b(?P<rest>.*)",
    re.I | re.S,
)
_PARAMETER = re.compile(r"%s|%\(\w+\)s|\?|(?<![:\w]):\w+|\{\{")
_COPY = re.compile(
    r"\s*copy\s+(?P<table>(?:[\w.$\"`]|\{\{[^{}]*\}\})+)\s*(?:\([^()]*\)\s*)?from\s+stdin\b(?P<rest>.*)", re.I | re.S
)
_SETTLED = re.compile(r"\bon\s+(?:conflict|duplicate)\b|\bwhere\b", re.I)


def _execute_many(call: Call) -> bool:
    return _sent(call, call.given("", 0) or call.given("sql"), _INSERT)


def _execute_values(call: Call) -> bool:
    return _sent(call, call.given("sql", 1), _INSERT)


def _execute(call: Call) -> bool:
    """`for row in rows: cursor.execute("insert into orders (id) values (%s)", row)`."""
    sql = call.given("", 0) or call.given("sql") or call.given("operation")
    match = _INSERT.match(sql.text) if isinstance(sql, Text) else None
    if match is None or not _PARAMETER.search(match["rest"]) or _SETTLED.search(match["rest"]) or not _in_loop(call):
        return False
    columns = tuple(name.strip(' \n\t"`[]').casefold() for name in (match["columns"] or "").split(",") if name.strip())
    target = table_named(_table(match))
    if target is None or not isinstance(sql, Text):
        return False
    site = call.mark(sql.fragment.source_span(Span(*match.span("table"))))
    how = f"{call.method}() in a loop"
    call.effects.write(
        Write("append", target, site, rows="parameters", option=how, by="rows", listed=bool(columns), columns=columns)
    )
    return True


def _in_loop(call: Call) -> bool:
    """Whether the statements of a loop hold the call, in the innermost function around it."""
    around = [
        node
        for node in ast.walk(call.file.tree)
        if isinstance(node, ast.For | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.lineno <= call.node.lineno <= (node.end_lineno or 0)
    ]
    return bool(around) and isinstance(max(around, key=lambda node: (node.lineno, -(node.end_lineno or 0))), ast.For)


def _table(match: re.Match[str]) -> Text:
    return Text(Fragment(re.sub(r'["`\[\]]', "", match["table"]), ()))


def _copy(call: Call) -> bool:
    return _sent(call, call.given("sql", 0), _COPY)


def _sent(call: Call, sql: Value | None, form: re.Pattern[str]) -> bool:
    """A statement that is sent with rows; whatever is no plain INSERT is read as all other SQL."""
    match = form.match(sql.text) if isinstance(sql, Text) else None
    if match is None or _SETTLED.search(match["rest"]):
        return False
    return _rows(call, _table(match))


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
        "execute": _execute,
        "executemany": _execute_many,
        "execute_values": _execute_values,
        "execute_batch": _execute_values,
        "copy_expert": _copy,
        "insert_rows": _insert_rows,
    },
)
