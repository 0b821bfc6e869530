"""Whether two types are one, and whether values of two types can be compared."""

from __future__ import annotations

from tidegate_analyzers.readers.sql.types.literals import TEXT, settle
from tidegate_analyzers.readers.sql.types.words import GROUPS, INTEGERS, MOMENTS, NUMBERS, Type, read

_REFUSED = {
    "bigquery": ["number text", "moment text", "moment number", "boolean number", "boolean text", "boolean moment",
                 "binary text", "binary number", "array number", "array text", "array moment",
                 "date timestamptz", "timestamp timestamptz"],
    "trino": ["number text", "moment text", "moment number", "boolean number", "boolean text", "boolean moment",
              "binary text", "binary number", "array number", "array text", "array moment", "number uuid"],
    "postgres": ["number text", "moment text", "moment number", "boolean number", "boolean text", "boolean moment",
                 "text uuid", "number uuid", "array number", "array moment"],
    "duckdb": ["moment number", "boolean moment", "array number", "array moment", "number uuid"],
    "clickhouse": ["number text"],
    "snowflake": ["moment number", "boolean moment"],
    "redshift": ["moment number"],
    "spark": ["date number"],
    "tsql": ["date number", "number uuid"],
}  # fmt: skip
"""By dialect, the pairs that an operator refuses without a cast; what is not here may work."""

TAKES_LITTLE = frozenset(("bigquery", "trino"))
"""Dialects that do not read text that is written out as whatever it meets."""

_NEVER_TEXT = frozenset(("number", "boolean"))
"""What BigQuery does not read from text that is written out."""

_PAIRS = {group: {tuple(pair.split()) for pair in pairs} for group, pairs in _REFUSED.items()}


def same_type(left: str, right: str, dialect: str) -> bool:
    """Whether two spellings name one type; lengths of text, and arguments that one leaves out, are not looked at."""
    group = GROUPS.get(dialect, "")
    one, other = read(left, group), read(right, group)
    if not one.kind or one.kind != other.kind:
        return False
    if one.kind == "array":
        return one.item == other.item or not one.item or not other.item or same_type(one.item, other.item, dialect)
    said = one.precision is not None and other.precision is not None
    return not said or (one.precision, one.scale) == (other.precision, other.scale)


def clash(left: str, right: str, dialect: str) -> bool:
    """Whether values of two types surely can't be compared without a cast; false where one is not known.

    Text that is written out is `'`. Of Hive, whose types are those of Spark, nothing is said.
    """
    pairs = _PAIRS.get(GROUPS.get(dialect, ""))
    if not pairs or dialect == "hive" or not left or not right or "?" in left or "?" in right:
        return False
    group = GROUPS[dialect]
    if TEXT in (left, right):
        if group not in TAKES_LITTLE:
            return False
        if group == "bigquery" and not {*_families(read(left, group)), *_families(read(right, group))} & _NEVER_TEXT:
            return False
        left, right = settle(left, group), settle(right, group)
    one, other = read(left, group), read(right, group)
    return any((a, b) in pairs or (b, a) in pairs for a in _families(one) for b in _families(other))


def _families(item: Type) -> tuple[str, ...]:
    if item.kind in NUMBERS:
        return ("number",)
    return (item.kind, "moment") if item.kind in MOMENTS else (item.kind,)


def differ(promised: str, made: str, dialect: str, *, exact: bool = False) -> bool:
    """Whether values of one type are surely no values of another; false where one is not known.

    Args:
        promised: a type as a contract names it: one of the database, or a logical one (`string`, `number`).
        made: a type as SQL shows it.
        dialect: the SQL dialect.
        exact: whether dates and timestamps, decimals and floating point numbers are kept apart, as databases do.
    """
    if not promised or not made or "<" in promised or "?" in made or "{" in promised:
        return False
    group = GROUPS.get(dialect, "")
    one, other = _family(read(promised, group), exact), _family(read(made, group), exact)
    if {one, other} == {"integer", "number"}:
        # A number may be whole; a decimal without digits behind the point is.
        return exact or (one == "integer" and not _whole(read(made, group)))
    if group == "clickhouse" and "boolean" in (one, other):
        return bool(one and other) and {one, other} != {"boolean", "integer"} and one != other
    return bool(one and other) and one != other


def _family(item: Type, exact: bool) -> str:
    if item.kind in INTEGERS:
        return "integer"
    if item.kind in NUMBERS:
        return ("float" if item.kind in ("float", "double") else "number") if exact else "number"
    if item.kind in MOMENTS:
        return ("date" if item.kind == "date" else "timestamp") if exact else "moment"
    return item.kind if item.kind in ("text", "boolean", "time", "binary", "array") else ""


def _whole(item: Type) -> bool:
    return item.kind == "decimal" and not item.scale
