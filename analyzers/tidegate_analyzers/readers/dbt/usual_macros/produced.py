"""What a macro produces, as a value, and the names that dbt gives to types by adapter."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tidegate_analyzers.facts import Relation


@dataclass(frozen=True, slots=True)
class Produced:
    """What a call of a macro stands for.

    Attributes:
        kind: `expression` (a value), `star` (the columns of a relation), `columns` (a list of named columns),
            `query` (a whole query), `type` (the name of a type) or `clause` (nothing that gives a column).
        relations: the relations whose columns it gives or reads.
        columns: the column names or SQL expressions that an expression reads; the names of the columns that
            `columns` and `query` give.
        without: for `star`, and for a query that passes columns through, the columns that are left out.
        prefix, suffix: what `star` puts around each name.
        type: the SQL type of an expression, or the type that is named; empty where not certain.
        alias: the table alias through which `star` reads.
        renamed: for `star`, (column, new name) of those that get another name.
        through: whether the columns of `relations` follow behind `columns` in a query.
    """

    kind: str
    relations: tuple[Relation, ...] = ()
    columns: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    prefix: str = ""
    suffix: str = ""
    type: str = ""
    alias: str = ""
    renamed: tuple[tuple[str, str], ...] = ()
    through: bool = False


_STANDARD = {
    "string": "varchar",
    "timestamp": "timestamp",
    "float": "float",
    "numeric": "numeric(28,6)",
    "bigint": "bigint",
    "int": "int",
    "boolean": "boolean",
}
_SPARK = {**_STANDARD, "string": "string", "numeric": "decimal(28,6)"}
_BY_ADAPTER: dict[str, dict[str, str]] = {
    "bigquery": {
        "string": "string",
        "timestamp": "timestamp",
        "float": "float64",
        "numeric": "numeric",
        "bigint": "int64",
        "int": "int64",
        "boolean": "bool",
    },
    "databricks": _SPARK,
    "duckdb": _STANDARD,
    "postgres": {**_STANDARD, "string": "text"},
    "redshift": _STANDARD,
    "snowflake": {**_STANDARD, "timestamp": "timestamp_ntz"},
    "spark": _SPARK,
    "trino": {**_STANDARD, "float": "double", "timestamp": ""},
    "athena": {**_STANDARD, "float": "double", "timestamp": ""},
}
"""https://docs.getdbt.com/reference/dbt-jinja-functions/cross-database-macros, by what each adapter makes of them."""


def type_name(kind: str, adapter: str) -> str:
    """The type that dbt's `type_<kind>()` names on an adapter; empty where that is not certain."""
    if kind == "date":
        return "date" if adapter in _BY_ADAPTER else ""
    return _BY_ADAPTER.get(adapter, {}).get(kind, "")


def slug(text: str) -> str:
    """A text as a name, the way dbt_utils makes one."""
    name = re.sub("[^a-z0-9_]+", "", re.sub("[ -]+", "_", text.lower()))
    return re.sub("^[0-9]", lambda digit: "_" + digit.group(), name)
