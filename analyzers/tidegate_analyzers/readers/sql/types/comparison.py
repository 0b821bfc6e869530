"""Whether two types are one, and whether values of two types can be compared."""

from __future__ import annotations

from tidegate_analyzers.readers.sql.types.words import GROUPS, MOMENTS, NUMBERS, Type, read

_REFUSED = {
    "bigquery": ["number text", "moment text", "moment number", "boolean number", "boolean text", "boolean moment",
                 "binary text", "binary number", "array number", "array text", "array moment"],
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
    """Whether values of two types surely can't be compared without a cast; false where one is not known."""
    pairs = _PAIRS.get(GROUPS.get(dialect, ""))
    if not pairs or not left or not right or "?" in left or "?" in right:
        return False
    group = GROUPS[dialect]
    one, other = read(left, group), read(right, group)
    return any((a, b) in pairs or (b, a) in pairs for a in _families(one) for b in _families(other))


def _families(item: Type) -> tuple[str, ...]:
    if item.kind in NUMBERS:
        return ("number",)
    if item.kind == "date":
        return ("date", "moment")
    return ("moment",) if item.kind in MOMENTS else (item.kind,)
