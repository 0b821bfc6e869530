"""Functions of types: from the types of arguments to the type of the result."""

from __future__ import annotations

from tidegate_analyzers.readers.sql.types import numbers
from tidegate_analyzers.readers.sql.types.literals import NULL, TEXT, is_number, settle, written
from tidegate_analyzers.readers.sql.types.words import (
    INTEGERS,
    MOMENTS,
    NUMBERS,
    SIGNED,
    Type,
    array,
    decimal,
    is_count,
    read,
    word,
)


def common(group: str, *types: str) -> str:
    """The type of `coalesce`, `case` and the like: the one that all the arms take."""
    arms = tuple(dict.fromkeys(item for item in types if item != NULL))
    if not arms:
        return NULL
    if "" in arms:
        return ""
    if len(arms) == 1:
        return arms[0]
    others = tuple(item for item in arms if item != TEXT)
    read_ = written(others, group)
    kinds = {item.kind for item in read_}
    if kinds <= {"text"} and not any(map(is_number, others)):
        return word("text", group)
    if len(others) < len(arms):
        return _with_text(others, kinds, group)
    if kinds <= NUMBERS:
        return _number(arms, read_, kinds, group)
    if any(map(is_number, arms)):
        return ""
    if len(kinds) == 1 and read_[0].kind not in ("array", "struct", "map", ""):
        return arms[0]
    if kinds == {"date", "timestamp"} and group in ("duckdb", "postgres", "redshift", "trino", "snowflake"):
        return word("timestamp", group)
    if kinds <= MOMENTS and "timestamptz" in kinds and group in ("duckdb", "postgres"):
        return word("timestamptz", group)
    return word("timestamptz", group) if kinds == {"date", "timestamptz"} and group == "spark" else ""


def _with_text(others: tuple[str, ...], kinds: set[str], group: str) -> str:
    """Where text is written out, it is read as what the other arms are."""
    if any(map(is_number, others)):
        return ""
    if group in ("duckdb", "postgres") or (group in ("bigquery", "redshift") and kinds <= MOMENTS):
        return common(group, *others)
    return ""


def _number(arms: tuple[str, ...], read_: list[Type], kinds: set[str], group: str) -> str:
    literals = [int(item[1:]) for item in arms if is_number(item)]
    if "double" in kinds:
        return word("double", group)
    if group == "bigquery":
        return word("bigdecimal" if "bigdecimal" in kinds else "decimal" if "decimal" in kinds else "bigint", group)
    if "float" in kinds:
        lossless = group in ("duckdb", "spark") and not (group == "spark" and "decimal" in kinds)
        return word("float", group) if lossless or (kinds == {"float"} and not literals) else ""
    if group == "postgres" and "decimal" in kinds:
        return "numeric"
    if "decimal" not in kinds and group != "snowflake":
        if group == "clickhouse":
            return "" if literals else word(numbers.wider(list(kinds)), group)
        return numbers.integers(read_, literals, group)
    if group in ("clickhouse", "redshift", ""):
        return ""
    parts = [numbers.digits_of(item, group) for item in read_]
    parts += [numbers.literal_digits(digits, group) for digits in literals]
    if None in parts:
        return "number" if group == "snowflake" else ""
    return numbers.widest([part for part in parts if part is not None], group)


def negated(group: str, operand: str) -> str:
    """A number with its sign changed."""
    kind = read(operand, group).kind
    return operand if is_number(operand) or kind in NUMBERS or kind == "interval" else ""


def absolute(group: str, operand: str) -> str:
    """`abs`, and others that keep the type of a number."""
    return operand if is_number(operand) or read(operand, group).kind in NUMBERS else ""


def added_up(group: str, operand: str) -> str:
    """`sum`."""
    return numbers.summed(read(settle(operand, group), group), group)


def averaged(group: str, operand: str) -> str:
    """`avg`."""
    return numbers.averaged(read(settle(operand, group), group), group)


def extreme(group: str, operand: str) -> str:
    """`min`, `max`: what they look at, but where text of a certain length becomes text of any."""
    settled = settle(operand, group)
    return "text" if group == "postgres" and read(settled, group).kind == "text" else settled


def middle(group: str, operand: str) -> str:
    """`median` and `percentile_cont`."""
    kind = read(settle(operand, group), group).kind
    if group == "duckdb":
        if kind == "date":
            return "timestamp"
        return "double" if kind in INTEGERS else operand if kind in ("double", "decimal", "timestamp", "float") else ""
    if group == "postgres":
        return "double precision" if kind in NUMBERS else ""
    return word("double", group) if group in ("spark", "bigquery") and kind in NUMBERS - {"decimal"} else ""


def text_or_same(group: str, *operands: str) -> str:
    """Functions of text that also take bytes or lists: text where one operand surely is."""
    kinds = {TEXT if item == TEXT else read(item, group).kind for item in operands if item != NULL}
    if kinds & {TEXT, "text"}:
        return word("text", group)
    if kinds == {"array"} and len(set(operands)) == 1:
        return operands[0]
    known = bool(kinds) and kinds <= NUMBERS | MOMENTS | {"boolean"}
    return word("text", group) if group == "duckdb" and known else ""


def moment(group: str, operand: str) -> str:
    """Functions of a point in time that keep its type."""
    return operand if read(operand, group).kind in MOMENTS | {"time"} else ""


def truncated(group: str, operand: str) -> str:
    """`date_trunc`."""
    kind = read(operand, group).kind
    if kind == "date":
        # DuckDB has answered differently in different versions.
        return {"postgres": word("timestamptz", group), "duckdb": "", "redshift": ""}.get(group, operand)
    if group == "clickhouse":
        return ""  # the start of a month is a date, that of an hour is not
    return operand if kind in MOMENTS or (kind == "interval" and group == "duckdb") else ""


def shifted(group: str, operand: str) -> str:
    """A point in time and an interval, as a function."""
    kind = read(operand, group).kind
    if kind == "date":
        return {"duckdb": "timestamp", "redshift": "timestamp", "bigquery": "date", "trino": "date"}.get(group, "")
    return operand if kind in MOMENTS else ""


def in_zone(group: str, operand: str) -> str:
    """`at time zone`."""
    if group not in ("duckdb", "postgres", "redshift"):
        return ""
    turned = {"timestamp": "timestamptz", "timestamptz": "timestamp", "date": ""}.get(read(operand, group).kind, "")
    return word(turned, group) if turned else ""


def whole(group: str, operand: str) -> str:
    """`ceil` and `floor`."""
    item = read(settle(operand, group), group)
    if item.kind in ("double", "float"):
        return operand if group != "spark" else "bigint"
    if item.kind in INTEGERS:
        return {"duckdb": "double", "postgres": "double precision", "bigquery": "float64", "spark": "bigint"}.get(
            group, operand if group in ("trino", "tsql") else ""
        )
    if item.kind == "decimal":
        if group == "duckdb" and item.precision is not None:
            return decimal(item.precision, 0, group)
        return decimal(None, None, group) if group in ("postgres", "bigquery", "snowflake") else ""
    return ""


def rounded(group: str, operand: str, digits: str = "") -> str:
    """`round`; `digits` is the number of digits as written, `-` where it is not written out."""
    item = read(settle(operand, group), group)
    if item.kind == "double":
        return operand if group != "postgres" or not digits else ""
    if item.kind == "float" and group in ("duckdb", "trino", "spark"):
        return operand
    if item.kind in INTEGERS:
        if group == "bigquery":
            return "float64"
        kept = item.kind in SIGNED and not digits and group in ("duckdb", "trino", "spark")
        return settle(operand, group) if kept else ""
    if item.kind != "decimal":
        return ""
    if group in ("postgres", "bigquery", "snowflake"):
        return decimal(None, None, group)
    if group == "duckdb" and item.precision is not None:
        if digits and not is_count(digits):
            return ""
        return decimal(item.precision, min(int(digits or 0), item.scale or 0), group)
    return ""


def listed(group: str, operand: str) -> str:
    """An array of what it is given."""
    return array(settle(operand, group), group)


def held(group: str, operand: str) -> str:
    """What an array holds."""
    found = read(operand, group)
    return found.item if found.kind == "array" else ""
