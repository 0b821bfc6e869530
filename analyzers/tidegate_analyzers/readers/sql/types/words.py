"""SQL types: what a spelling means in a dialect, and how a dialect spells it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from sqlglot import exp

from tidegate_analyzers.syntax.sql import DIALECTS

GROUPS = {
    "spark": "spark", "spark2": "spark", "databricks": "spark", "hive": "spark", "glue": "spark",
    "trino": "trino", "presto": "trino", "athena": "trino",
    "tsql": "tsql", "fabric": "tsql", "sqlserver": "tsql", "synapse": "tsql", "duckdb": "duckdb", "snowflake": "snowflake", "bigquery": "bigquery",
    "postgres": "postgres", "redshift": "redshift", "clickhouse": "clickhouse",
}  # fmt: skip
"""Dialects that agree on types bear one name here."""

SIGNED = ("tinyint", "smallint", "integer", "bigint", "hugeint")
UNSIGNED = ("utinyint", "usmallint", "uinteger", "ubigint", "uhugeint")
INTEGERS = frozenset((*SIGNED, *UNSIGNED))
NUMBERS = INTEGERS | {"float", "double", "decimal", "bigdecimal"}
MOMENTS = frozenset(("date", "timestamp", "timestamptz", "timestampltz"))


class Type(NamedTuple):
    """A type, whatever its spelling: `kind` is DuckDB's word for it where there is one."""

    kind: str
    precision: int | None = None
    scale: int | None = None
    item: str = ""
    """Of an array, the spelling of what it holds."""


UNKNOWN = Type("")

_NAMES = {
    "tinyint": "tinyint int1 byteint byte",
    "smallint": "smallint int2 short",
    "integer": "integer int int4 signed mediumint int32",
    "bigint": "bigint int8 long int64",
    "hugeint": "hugeint int128",
    "utinyint": "utinyint uint8", "usmallint": "usmallint uint16", "uinteger": "uinteger uint32",
    "ubigint": "ubigint uint64", "uhugeint": "uhugeint uint128",
    "float": "float float4 real float32",
    "double": "double float8 float64|double precision",
    "decimal": "decimal numeric number dec fixed",
    "bigdecimal": "bignumeric bigdecimal",
    "text": "varchar text string char character nvarchar nchar varchar2 bpchar clob fixedstring"
    "|character varying|char varying|national character varying",
    "boolean": "boolean bool logical",
    "date": "date date32",
    "timestamp": "timestamp datetime timestamp_ntz timestampntz datetime2 smalldatetime datetime64"
    "|timestamp without time zone",
    "timestamptz": "timestamptz timestamp_tz datetimeoffset|timestamp with time zone",
    "timestampltz": "timestamp_ltz timestampltz|timestamp with local time zone",
    "time": "time|time without time zone", "timetz": "timetz|time with time zone",
    "json": "json", "jsonb": "jsonb", "variant": "variant", "super": "super", "object": "object",
    "uuid": "uuid uniqueidentifier", "binary": "blob bytea binary varbinary bytes|binary varying",
    "interval": "interval", "array": "array",
}  # fmt: skip


def _spellings(names: dict[str, str]) -> dict[str, str]:
    found = {}
    for kind, words in names.items():
        single, *phrases = words.split("|")
        found.update(dict.fromkeys([*single.split(), *phrases], kind))
    return found


_COMMON = _spellings(_NAMES)
_OWN = {
    "snowflake": dict.fromkeys(["float", "float4", "real", "float32"], "double"),
    "bigquery": {
        **dict.fromkeys(["int", "integer", "smallint", "tinyint", "byteint"], "bigint"),
        "timestamp": "timestamptz", "float": "double", "decimal": "decimal",
    },
    "postgres": {"float": "double"},
    "redshift": {"float": "double"},
    "spark": {"timestamp": "timestamptz", "timestamp_ltz": "timestamptz", "timestampltz": "timestamptz"},
    "clickhouse": {"int8": "tinyint", "int16": "smallint", "float": "float", "enum8": "", "enum16": ""},
    "tsql": {"bit": "boolean", "tinyint": "utinyint", "float": "double"},
}  # fmt: skip

_WORDS = {
    "": {"text": "varchar", "timestamptz": "timestamp with time zone", "timetz": "time with time zone"},
    "duckdb": {"binary": "blob"},
    "snowflake": {
        "decimal": "number", "double": "float", "timestamp": "timestamp_ntz", "timestamptz": "timestamp_tz",
        "timestampltz": "timestamp_ltz", "json": "variant",
    },
    "bigquery": {
        "bigint": "int64", "double": "float64", "decimal": "numeric", "bigdecimal": "bignumeric", "text": "string",
        "boolean": "bool", "timestamp": "datetime", "timestamptz": "timestamp", "binary": "bytes",
    },
    "postgres": {
        "text": "text", "float": "real", "double": "double precision", "decimal": "numeric", "binary": "bytea",
        "tinyint": "smallint",
    },
    "redshift": {"float": "real", "double": "double precision", "decimal": "numeric", "binary": "varbyte"},
    "spark": {"integer": "int", "text": "string", "timestamptz": "timestamp", "timestamp": "timestamp_ntz"},
    "trino": {"float": "real", "binary": "varbinary"},
    "clickhouse": {
        "tinyint": "int8", "smallint": "int16", "integer": "int32", "bigint": "int64", "hugeint": "int128",
        "utinyint": "uint8", "usmallint": "uint16", "uinteger": "uint32", "ubigint": "uint64", "uhugeint": "uint128",
        "float": "float32", "double": "float64", "text": "string", "boolean": "bool", "timestamp": "datetime",
    },
    "tsql": {
        "integer": "int", "float": "real", "double": "float", "boolean": "bit", "timestamp": "datetime2",
        "timestamptz": "datetimeoffset", "uuid": "uniqueidentifier", "binary": "varbinary", "utinyint": "tinyint",
    },
}  # fmt: skip

DEFAULT_DECIMAL = {
    "duckdb": (18, 3), "snowflake": (38, 0), "redshift": (18, 0), "spark": (10, 0), "trino": (38, 0), "tsql": (18, 0),
}  # fmt: skip
"""What a decimal without arguments is, where it has a limit."""

_SPELLING = re.compile(r"([a-z_][a-z0-9_ ]*?)\s*(?:\(\s*([^()]*?)\s*\)\s*([a-z ]*))?((?:\[\d*\])*)$")
_WRAPPED = re.compile(r"(?:nullable|lowcardinality)\((.*)\)$")
_HOLDS = re.compile(r"array\s*[<(](.*)[>)]$")


@lru_cache(maxsize=8192)
def read(spelling: str, group: str) -> Type:
    """What a type's spelling means; its kind is empty where the spelling says nothing."""
    text = " ".join(spelling.casefold().split())
    while (wrapped := _WRAPPED.match(text)) is not None:
        text = wrapped.group(1).strip()
    if (holds := _HOLDS.match(text)) is not None:
        return Type("array", item=holds.group(1).strip())
    match = _SPELLING.match(text)
    if match is None:
        return Type(text)
    name, arguments, rest, brackets = match.groups()
    if brackets:
        return Type("array", item=text[: text.rindex("[")])
    name = f"{name} {rest.strip()}" if rest else name
    kind = _OWN.get(group, {}).get(name)
    if kind is None:
        kind = _COMMON.get(name, name)
    if group == "snowflake" and kind in INTEGERS:
        return Type("decimal", 38, 0)
    if kind == "decimal":
        return _decimal(arguments, group, name)
    return Type(kind)


def is_count(text: str) -> bool:
    """Whether a text is a number of digits, and none that no database takes."""
    return text.isdigit() and len(text) < _LONG


def _decimal(arguments: str | None, group: str, name: str) -> Type:
    numbers = [int(part) for part in (arguments or "").replace(" ", "").split(",") if is_count(part)]
    if arguments and not numbers:
        return UNKNOWN
    if len(numbers) == 1:
        return Type("decimal", numbers[0], 0)
    if numbers:
        return Type("decimal", numbers[0], numbers[1])
    # Catalogs of some warehouses leave the arguments out, and then they are not known.
    precision, scale = DEFAULT_DECIMAL.get(group, (None, None)) if name != "number" else (None, None)
    return Type("decimal", precision, scale)


def word(kind: str, group: str) -> str:
    """A kind of type in a dialect's own word."""
    if group == "snowflake" and kind in INTEGERS:
        return "number(38,0)"
    own = _WORDS.get(group, {})
    if group == "bigquery" and kind in INTEGERS:
        kind = "bigint"
    return own.get(kind) or _WORDS[""].get(kind, kind)


def decimal(precision: int | None, scale: int | None, group: str) -> str:
    """A decimal as a dialect spells it."""
    name = word("decimal", group)
    return name if precision is None else f"{name}({precision},{scale or 0})"


def array(item: str, group: str) -> str:
    """An array as a dialect spells it."""
    if group == "snowflake":
        return "array"
    if not item:
        return ""
    if group in ("bigquery", "spark"):
        return f"array<{item}>"
    return f"array({item})" if group in ("trino", "clickhouse") else f"{item}[]"


_KINDS = {
    "int": "integer", "int128": "hugeint", "uint": "uinteger", "uint128": "uhugeint", "timestampntz": "timestamp",
    "bigdecimal": "bigdecimal", "utinyint": "utinyint", "float": "float", "timestamp": "timestamp",
    "timestampltz": "timestampltz", "timestamptz": "timestamptz", "tinyint": "tinyint", "double": "double",
}  # fmt: skip
"""What sqlglot calls types, where a dialect's own words must not be looked at."""

_LONG = 9
_LENGTHS = {"varchar", "char", "nvarchar", "nchar"}
_NOT_SAID = {"unknown", "inet", "null"}
"""Types that stand for a part of a template."""


def spelled(to: exp.DataType, dialect: str, group: str) -> str:
    """The type that a cast gives, in the dialect's words."""
    if not isinstance(to.this, exp.DType):
        return ""
    name = str(to.this.value).lower()
    if name in _NOT_SAID:
        return ""
    if name == "array" and len(to.expressions) == 1 and isinstance(to.expressions[0], exp.DataType):
        item = spelled(to.expressions[0], dialect, group)
        return array(item, group) if item else ""
    if name == "array" and not to.expressions:
        return array("", group)
    if to.args.get("nested") or to.expressions:
        if name == "decimal":
            return _with_arguments(to, group)
        if name in _LENGTHS and group not in ("", "bigquery", "duckdb", "spark", "clickhouse"):
            return f"{name}({','.join(item.name.lower() for item in to.expressions)})"
        if name != "text" and name not in _LENGTHS and not name.startswith(("timestamp", "datetime", "time")):
            whole = to.sql(dialect=DIALECTS.get(dialect) or None).lower()
            return "" if group == "duckdb" or "unknown" in whole or "inet" in whole else whole
    if name == "user-defined":
        kind = read(str(to.args.get("kind") or "").lower(), group)
        return word(kind.kind, group) if kind.kind in INTEGERS else ""
    return _plain(name, group)


def _with_arguments(to: exp.DataType, group: str) -> str:
    arguments = [item.name for item in to.expressions]
    if not all(is_count(item) for item in arguments):
        return ""
    return decimal(int(arguments[0]), int(arguments[1]) if len(arguments) > 1 else 0, group)


@lru_cache(maxsize=512)
def _plain(name: str, group: str) -> str:
    if name == "decimal":
        precision, scale = DEFAULT_DECIMAL.get(group, (None, None))
        return decimal(precision, scale, group)
    if name == "float" and group == "tsql":
        return ""  # the parser reads `float` and `real` alike
    if name == "timestamp" and group == "spark":
        return name  # what the parser makes of functions; `timestamp` in a cast is another
    if name == "float" and group == "snowflake":
        name = "double"
    if name == "bit" and group == "tsql":
        return "bit"
    if name in ("datetime", "datetime2", "smalldatetime") and group == "tsql":
        return name
    kind = _KINDS.get(name) or _COMMON.get(name, name)
    if kind == "timestampltz" and group == "spark":
        kind = "timestamptz"
    return word(kind, group)
