"""Operators on numbers and points in time."""

from __future__ import annotations

from collections.abc import Callable

from tidegate_analyzers.readers.sql.types import numbers
from tidegate_analyzers.readers.sql.types.literals import NULL, is_number
from tidegate_analyzers.readers.sql.types.words import INTEGERS, MOMENTS, NUMBERS, SIGNED, UNSIGNED, Type, read, word


def arithmetic(operator: str) -> Callable[..., str]:
    """The operation of an arithmetic operator."""

    def operation(group: str, left: str, right: str) -> str:
        if not left or not right or NULL in (left, right):
            return ""
        return _dates(operator, group, left, right) or _arithmetic(operator, group, left, right)

    return operation


def _arithmetic(operator: str, group: str, left: str, right: str) -> str:
    sides = [item for item in (left, right) if not is_number(item)]
    read_ = [read(item, group) for item in sides]
    kinds = {item.kind for item in read_}
    if not kinds <= NUMBERS or group == "":
        return ""
    if group == "duckdb":
        return _in_duckdb(operator, left, right, read_, kinds)
    if "double" in kinds:
        return word("double", group)
    if "float" in kinds:
        return _with_float(operator, kinds, len(sides), group)
    if group == "bigquery":
        if kinds <= INTEGERS:
            return word("double" if operator == "/" else "bigint", group)
        return word("bigdecimal" if "bigdecimal" in kinds else "decimal", group)
    if group == "clickhouse":
        return "float64" if operator == "/" and kinds <= INTEGERS else ""
    if group != "snowflake" and kinds <= INTEGERS:
        if operator == "/" and group == "spark":
            return "double"
        if operator == "//":
            return "bigint" if group == "spark" else numbers.integers(read_, _digits(left, right), group)
        return numbers.integers(read_, _digits(left, right), group)
    if group == "postgres":
        return "numeric"
    if group == "redshift" or operator == "//":
        return ""
    return _exact(operator, left, right, group)


def _in_duckdb(operator: str, left: str, right: str, read_: list[Type], kinds: set[str]) -> str:
    if "double" in kinds:
        return "double"
    if "float" in kinds:
        return "float" if operator != "//" else ""
    if operator == "/":
        return "double"
    if kinds <= INTEGERS:
        mixed = kinds & set(SIGNED) and kinds & set(UNSIGNED)
        return "" if mixed else numbers.integers(read_, _digits(left, right), "duckdb")
    if operator == "//":
        return "double"
    if operator == "%" and "hugeint" in kinds:
        return ""
    return _exact(operator, left, right, "duckdb")


def _exact(operator: str, left: str, right: str, group: str) -> str:
    both = [
        numbers.literal_digits(int(item[1:]), group) if is_number(item) else numbers.digits_of(read(item, group), group)
        for item in (left, right)
    ]
    if both[0] is None or both[1] is None:
        return "number" if group == "snowflake" else ""
    return numbers.decimals(operator, both[0], both[1], group)


def _digits(*types: str) -> list[int]:
    return [int(item[1:]) for item in types if is_number(item)]


def _with_float(operator: str, kinds: set[str], sides: int, group: str) -> str:
    if kinds == {"float"} and sides == 2 and group in ("postgres", "redshift", "trino", "tsql"):
        return word("float", group)
    if group == "spark":
        return "double" if operator == "/" or "decimal" in kinds else "float"
    return "double precision" if group == "postgres" else ""


def _dates(operator: str, group: str, left: str, right: str) -> str:
    if is_number(left) and operator == "+":
        left, right = right, left
    one, other = read(left, group).kind, "integer" if is_number(right) else read(right, group).kind
    if operator == "+" and one == "interval" and other in MOMENTS:
        one, other = other, one
    if operator not in "+-" or (one not in MOMENTS and one not in ("interval", "time")):
        return "interval" if operator in "*/" and one == "interval" and group in ("duckdb", "postgres") else ""
    if other == "interval":
        if one == "date":
            return word("timestamp", group) if group in ("duckdb", "postgres", "bigquery") else ""
        return word(one, group) if group in ("duckdb", "postgres", "redshift", "bigquery", "spark", "trino") else ""
    if other in INTEGERS and one == "date" and group in ("duckdb", "postgres", "redshift", "snowflake"):
        return "date"
    if operator == "-" and one == other == "date":
        return {"duckdb": "bigint", "postgres": "integer", "snowflake": "number", "bigquery": "interval"}.get(group, "")
    if operator == "-" and one in MOMENTS and other in MOMENTS and group in ("duckdb", "postgres"):
        return "interval"
    return ""
