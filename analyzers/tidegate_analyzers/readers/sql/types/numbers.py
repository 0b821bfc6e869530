"""Types of arithmetic, by dialect."""

from __future__ import annotations

from collections.abc import Sequence

from tidegate_analyzers.readers.sql.types.words import INTEGERS, SIGNED, UNSIGNED, Type, decimal, word

DIGITS = {
    "tinyint": 3, "smallint": 5, "integer": 10, "bigint": 19, "hugeint": 38,
    "utinyint": 3, "usmallint": 5, "uinteger": 10, "ubigint": 20, "uhugeint": 38,
}  # fmt: skip
"""How many digits an integer takes as a decimal."""

LITERAL = "#"
"""An integer written out has a type of `#` and the number of its digits: it takes the type of what it meets."""


def wider(kinds: Sequence[str]) -> str:
    """The integer that holds all of several kinds."""
    signed = [SIGNED.index(kind) for kind in kinds if kind in SIGNED]
    unsigned = [UNSIGNED.index(kind) for kind in kinds if kind in UNSIGNED]
    if not unsigned:
        return SIGNED[max(signed)]
    if not signed:
        return UNSIGNED[max(unsigned)]
    needed = max(*signed, max(unsigned) + 1)
    return SIGNED[needed] if needed < len(SIGNED) else "double"


def integers(types: Sequence[Type], literals: Sequence[int], group: str) -> str:
    """The integer of integers and of integers written out."""
    kinds = [item.kind for item in types]
    for digits in literals:
        if group == "duckdb" and kinds:
            limit = {"tinyint": 2, "utinyint": 2, "smallint": 4, "usmallint": 4}.get(wider(kinds), 10)
            if digits > limit:
                kinds.append("integer")
        else:
            kinds.append("integer")
    return word(wider(kinds), group)


def digits_of(item: Type, group: str) -> tuple[int, int] | None:
    """Precision and scale of a number that meets a decimal."""
    if item.kind == "decimal":
        return None if item.precision is None else (item.precision, item.scale or 0)
    if item.kind not in DIGITS:
        return None
    if group == "spark" and item.kind == "bigint":
        return 20, 0
    return DIGITS[item.kind], 0


def literal_digits(digits: int, group: str) -> tuple[int, int] | None:
    """Precision and scale of an integer written out that meets a decimal."""
    if group in ("spark", "snowflake", "trino"):
        return (10, 0) if group == "trino" else (digits, 0)
    return (10, 0) if group == "duckdb" else None


def widest(parts: Sequence[tuple[int, int]], group: str) -> str:
    """The decimal that holds all of several."""
    scale = max(s for _, s in parts)
    precision = max(p - s for p, s in parts) + scale
    if precision > 38 and group not in ("duckdb", "snowflake", "trino"):
        return ""
    return decimal(min(precision, 38), scale, group)


def decimals(operator: str, left: tuple[int, int], right: tuple[int, int], group: str) -> str:
    """The decimal that an operation on two decimals gives; empty where it is not certain."""
    (p1, s1), (p2, s2) = left, right
    whole, scale = max(p1 - s1, p2 - s2), max(s1, s2)
    if group == "duckdb":
        if operator == "/":
            return "double"
        if operator == "%":
            return decimal(min(whole + scale, 38), scale, group)
        precision = p1 + p2 if operator == "*" else whole + scale + 1
        scale = s1 + s2 if operator == "*" else scale
        if scale > 38:
            return ""
        cap = 18 if max(p1, p2) <= 18 else 38
        return decimal(precision if precision <= cap else cap, scale, group)
    if group == "snowflake":
        return _in_snowflake(operator, left, right)
    if operator in "+-":
        precision = whole + scale + 1
    elif operator == "*":
        scale = s1 + s2
        precision = p1 + p2 + (0 if group == "trino" else 1)
    elif operator == "/":
        if group == "trino":
            precision = p1 + s2 + max(0, s2 - s1)
        else:
            scale = max(6, s1 + p2 + 1)
            precision = p1 - s1 + s2 + scale
    else:
        precision = min(p1 - s1, p2 - s2) + scale
    if group == "trino":
        precision = min(precision, 38)
    return decimal(precision, scale, group) if precision <= 38 and group in ("spark", "trino", "tsql") else ""


def _in_snowflake(operator: str, left: tuple[int, int], right: tuple[int, int]) -> str:
    (p1, s1), (p2, s2) = left, right
    if operator in "+-":
        scale = max(s1, s2)
        precision = max(p1 - s1, p2 - s2) + scale + 1
    elif operator == "*":
        scale = min(s1 + s2, max(s1, s2, 12))
        precision = p1 - s1 + p2 - s2 + scale
    elif operator == "/":
        scale = max(s1, min(s1 + 6, 12))
        precision = p1 - s1 + s2 + scale
    else:
        return ""
    return decimal(min(precision, 38), scale, "snowflake")


def summed(item: Type, group: str) -> str:
    """The type of `sum`."""
    kind = item.kind
    if group == "duckdb":
        if kind in INTEGERS or kind == "boolean":
            return "hugeint"
        if kind in ("float", "double"):
            return "double"
        return decimal(38, item.scale, group) if kind == "decimal" and item.precision is not None else ""
    if kind == "double":
        return word("double", group)
    if kind == "float" and group in ("spark", "redshift", "clickhouse"):
        return "" if group == "redshift" else word("double", group)
    if kind == "decimal":
        if group in ("postgres", "bigquery"):
            return decimal(None, None, group)
        if group == "snowflake":
            return decimal(38, item.scale, group) if item.precision == 38 else "number"
        if item.precision is None:
            return ""
        if group in ("trino", "tsql", "redshift", "clickhouse"):
            return decimal(38, item.scale, group)
        return decimal(min(item.precision + 10, 38), item.scale, group) if group == "spark" else ""
    if kind not in INTEGERS:
        return ""
    if group == "postgres":
        return "numeric" if kind == "bigint" else "bigint"
    if group == "redshift":
        return "numeric(38,0)" if kind == "bigint" else "bigint"
    if group == "clickhouse":
        return "" if "huge" in kind else word("ubigint" if kind in UNSIGNED else "bigint", group)
    if group == "tsql":
        return "bigint" if kind == "bigint" else "int"
    return word("bigint", group)


def averaged(item: Type, group: str) -> str:
    """The type of `avg`."""
    kind = item.kind
    number = kind in INTEGERS or kind in ("float", "double")
    if group == "duckdb":
        return "double" if number or kind == "decimal" else "timestamp" if kind == "timestamp" else ""
    if kind == "double":
        return word("double", group)
    if group == "postgres":
        return "numeric" if kind in INTEGERS or kind == "decimal" else "double precision" if kind == "float" else ""
    if group == "bigquery":
        return word("double", group) if number else decimal(None, None, group) if kind == "decimal" else ""
    if group == "spark":
        if kind == "decimal" and item.precision is not None and item.precision <= 34:
            return decimal(item.precision + 4, (item.scale or 0) + 4, group)
        return "double" if number else ""
    if group == "trino":
        if kind == "decimal" and item.precision is not None:
            return decimal(item.precision, item.scale, group)
        return "double" if kind in INTEGERS else "real" if kind == "float" else ""
    if group == "clickhouse":
        return "float64" if number or kind == "decimal" else ""
    if group == "tsql" and kind in INTEGERS:
        return "bigint" if kind == "bigint" else "int"
    return ""
