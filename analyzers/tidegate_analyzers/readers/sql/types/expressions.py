"""The type of an expression, found by its class."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlglot import exp

from tidegate_analyzers.readers.sql.types.functions import FIXED, NAMED, TEXT_OR_BYTES
from tidegate_analyzers.readers.sql.types.literals import NULL, TEXT, settle
from tidegate_analyzers.readers.sql.types.terms import apply, evaluate
from tidegate_analyzers.readers.sql.types.words import GROUPS, INTEGERS, array, decimal, is_count, read, spelled, word

ColumnType = Callable[[exp.Column], str]
_DEEPEST = 60


def type_of(expression: exp.Expression, dialect: str, column_type: ColumnType) -> str:
    """The SQL type of an expression in the dialect's words, lower case; empty where it is not certain.

    `column_type` may give a variable, `?0.name`, for a column that something else has to tell the type of. The answer
    is then a type, a variable, or a term of variables that `with_variables` works out.
    """
    group = GROUPS.get(dialect, "")
    return settle(_Typing(dialect, group, column_type).of(expression, 0), group)


def with_variables(type_: str, dialect: str, variable: Callable[[str], str]) -> str:
    """A type without variables: `variable` gives the type of `?0.name`, or nothing."""
    return evaluate(type_, GROUPS.get(dialect, ""), variable)


def united(left: str, right: str, dialect: str) -> str:
    """The type of a column of a union, by those of its arms."""
    if left == right or not left or not right:
        return left if left == right else ""
    group = GROUPS.get(dialect, "")
    return apply("common", group, left, right) if group else ""


class _Typing:
    __slots__ = ("column_type", "dialect", "fixed", "group")

    def __init__(self, dialect: str, group: str, column_type: ColumnType) -> None:
        self.dialect = dialect
        self.group = group
        self.column_type = column_type
        self.fixed = FIXED.get(group, {})

    def of(self, node: exp.Expression | None, depth: int) -> str:
        """The type of a node, `null`, what is written out, and terms included."""
        kind = type(node)
        found = self.fixed.get(kind)
        if found is not None and kind not in _BY_ARGUMENT:
            return found
        rule = _RULES.get(kind)
        if rule is None or depth > _DEEPEST or node is None:
            return ""
        return rule(self, node, depth + 1)

    def all(self, nodes: Iterable[exp.Expression | None], depth: int) -> list[str]:
        return [self.of(node, depth) for node in nodes]


_Rule = Callable[[_Typing, exp.Expression, int], str]


def _column(typing: _Typing, node: exp.Expression, depth: int) -> str:
    if not isinstance(node, exp.Column) or not isinstance(node.this, exp.Identifier):
        return ""
    found = typing.column_type(node)
    return found if found.startswith("?") else found.lower()


def _cast(typing: _Typing, node: exp.Expression, depth: int) -> str:
    to = node.args.get("to")
    return spelled(to, typing.dialect, typing.group) if isinstance(to, exp.DataType) else ""


def _literal(typing: _Typing, node: exp.Expression, depth: int) -> str:
    if node.args.get("is_string"):
        return TEXT
    text = str(node.this)
    group = typing.group
    if text.isdigit():
        if group == "bigquery":
            return "int64"
        if len(text) < 19 and int(text) <= 2147483647:
            return f"#{len(text)}"
        if group == "snowflake":
            return decimal(len(text), 0, group)
        return word("bigint", group) if len(text) < 19 and group not in ("", "clickhouse", "tsql") else ""
    if not text.replace(".", "", 1).isdigit():
        return (
            word("double", group) if group in ("duckdb", "bigquery", "spark", "trino") and "e" in text.lower() else ""
        )
    if text.startswith("0.") and "start" not in node.meta:
        return ""  # the parser puts the naught before `.5`, and a database may count digits
    return _fraction(text, group)


def _fraction(text: str, group: str) -> str:
    if group in ("bigquery", "clickhouse"):
        return word("double", group)
    if group == "postgres":
        return "numeric"
    before, _, after = text.partition(".")
    digits = len(before.lstrip("0") if group != "duckdb" else before) + len(after)
    return decimal(digits, len(after), group) if group in ("duckdb", "spark", "trino", "snowflake") and after else ""


def _this(typing: _Typing, node: exp.Expression, depth: int) -> str:
    return typing.of(node.args.get("this"), depth)


def _operation(name: str) -> _Rule:
    def rule(typing: _Typing, node: exp.Expression, depth: int) -> str:
        operand = typing.of(node.args.get("this"), depth)
        return apply(name, typing.group, operand) if operand and typing.group else ""

    return rule


def _extreme(typing: _Typing, node: exp.Expression, depth: int) -> str:
    operand = typing.of(node.args.get("this"), depth)
    return apply("min", typing.group, operand) if operand and typing.group == "postgres" else operand


def _binary(name: str) -> _Rule:
    def rule(typing: _Typing, node: exp.Expression, depth: int) -> str:
        left = typing.of(node.args.get("this"), depth)
        if not left:
            return ""
        right = typing.of(node.args.get("expression"), depth)
        if name == "/" and (NULL in (left, right) or (node.args.get("safe") and typing.group == "bigquery")):
            return ""
        return apply(name, typing.group, left, right) if right and typing.group else ""

    return rule


def _common(typing: _Typing, nodes: Iterable[exp.Expression | None], depth: int) -> str:
    types = typing.all(nodes, depth)
    return apply("common", typing.group, *types) if typing.group and "" not in types else ""


def _coalesce(typing: _Typing, node: exp.Expression, depth: int) -> str:
    if typing.group == "tsql" and node.args.get("is_null"):
        return ""
    return _common(typing, [node.args.get("this"), *(node.args.get("expressions") or ())], depth)


def _case(typing: _Typing, node: exp.Expression, depth: int) -> str:
    arms = [arm.args.get("true") for arm in node.args.get("ifs") or ()]
    default = node.args.get("default")
    return _common(typing, arms if default is None else [*arms, default], depth)


def _if(typing: _Typing, node: exp.Expression, depth: int) -> str:
    arms = [node.args.get("true"), node.args.get("false")]
    return _common(typing, [arm for arm in arms if arm is not None], depth)


def _nullif(typing: _Typing, node: exp.Expression, depth: int) -> str:
    operand = typing.of(node.args.get("this"), depth)
    if typing.group in ("duckdb", "spark", "trino", "redshift", "tsql") or not operand:
        return operand
    other = typing.of(node.args.get("expression"), depth)
    return operand if other and (other[0] in "#'" or other == operand) else ""


def _subquery(typing: _Typing, node: exp.Expression, depth: int) -> str:
    query = node.args.get("this")
    if not isinstance(query, exp.Select) or len(query.expressions) != 1:
        return ""
    inner = _Typing(typing.dialect, typing.group, lambda column: "")
    return inner.of(query.expressions[0], depth)


def _extract(typing: _Typing, node: exp.Expression, depth: int) -> str:
    part = str(getattr(node.args.get("this"), "name", "")).lower()
    return _date_part(typing.group, part)


def _date_part(group: str, part: str) -> str:
    if group == "duckdb":
        return "double" if part in ("epoch", "julian") else "bigint" if part else ""
    if group == "bigquery":
        return {"date": "date", "time": "time", "datetime": "datetime"}.get(part, "int64")
    if group == "snowflake":
        return "number"
    if part in ("epoch", "second", "seconds", "julian"):
        return ""
    return {"redshift": "integer", "spark": "int", "trino": "bigint", "tsql": "int"}.get(group, "")


def _round(typing: _Typing, node: exp.Expression, depth: int) -> str:
    operand = typing.of(node.args.get("this"), depth)
    if not operand or not typing.group:
        return ""
    digits = node.args.get("decimals")
    if digits is None:
        return apply("round", typing.group, operand)
    return apply("round", typing.group, operand, digits.name if isinstance(digits, exp.Literal) else "-")


def _text(typing: _Typing, node: exp.Expression, depth: int) -> str:
    operands = [node.args.get("this"), *(node.args.get("expressions") or ())]
    if isinstance(node, exp.DPipe):
        operands.append(node.args.get("expression"))
    types = typing.all([operand for operand in operands if operand is not None], depth)
    if NULL in types and isinstance(node, exp.DPipe):
        return ""
    return apply("text", typing.group, *types) if any(types) and typing.group not in ("", "tsql") else ""


def _within_group(typing: _Typing, node: exp.Expression, depth: int) -> str:
    function = node.args.get("this")
    order = node.args.get("expression")
    if isinstance(function, exp.PercentileCont | exp.PercentileDisc) and isinstance(order, exp.Order):
        ordered = order.expressions[0] if order.expressions else None
        operand = typing.of(ordered.this if isinstance(ordered, exp.Ordered) else ordered, depth)
        if isinstance(function, exp.PercentileDisc):
            return operand
        return apply("mid", typing.group, operand) if operand and typing.group else ""
    return typing.of(function, depth)


def _percentile(typing: _Typing, node: exp.Expression, depth: int) -> str:
    if node.args.get("expression") is None:
        return ""
    return _operation("mid")(typing, node, depth)


def _unix_to_time(typing: _Typing, node: exp.Expression, depth: int) -> str:
    if typing.group == "duckdb" and node.args.get("scale") is not None:
        return ""
    return word("timestamptz", typing.group) if typing.group in ("duckdb", "postgres", "bigquery", "trino") else ""


def _now(typing: _Typing, node: exp.Expression, depth: int) -> str:
    if typing.group == "snowflake":
        return "timestamp_ntz" if node.args.get("sysdate") else "timestamp_ltz"
    return "datetime" if typing.group == "tsql" and not node.args.get("this") else ""


def _shifted(typing: _Typing, node: exp.Expression, depth: int) -> str:
    operand = typing.of(node.args.get("this"), depth)
    return apply("shift", typing.group, operand) if operand and typing.group else ""


def _added_days(typing: _Typing, node: exp.Expression, depth: int) -> str:
    if typing.group == "spark":
        return "date"
    return _shifted(typing, node, depth)


def _truncated(typing: _Typing, node: exp.Expression, depth: int) -> str:
    if typing.group == "spark":
        return "date" if isinstance(node, exp.DateTrunc) else "timestamp"
    operand = typing.of(node.args.get("this"), depth)
    return apply("trunc", typing.group, operand) if operand and typing.group else ""


def _spaced(typing: _Typing, node: exp.Expression, depth: int) -> str:
    operand = typing.of(node.args.get("expression"), depth)
    return apply("moment", typing.group, operand) if operand and typing.group == "duckdb" else ""


def _anonymous(typing: _Typing, node: exp.Expression, depth: int) -> str:
    name = node.name.lower()
    arguments = node.expressions
    if name == "date_part" and typing.group == "duckdb" and arguments and isinstance(arguments[0], exp.Literal):
        return _date_part("duckdb", arguments[0].name.lower())
    if name == "date_sub" and typing.group == "duckdb" and len(arguments) == 3:
        return "bigint"
    return NAMED.get(typing.group, {}).get(name, "")


def _to_number(typing: _Typing, node: exp.Expression, depth: int) -> str:
    precision, scale = node.args.get("precision"), node.args.get("scale")
    if typing.group != "snowflake" or not isinstance(precision, exp.Literal) or not is_count(precision.name):
        return ""
    if isinstance(scale, exp.Literal) and not is_count(scale.name):
        return ""
    return decimal(int(precision.name), int(scale.name) if isinstance(scale, exp.Literal) else 0, "snowflake")


def _convert(typing: _Typing, node: exp.Expression, depth: int) -> str:
    to = node.args.get("this")
    return spelled(to, typing.dialect, typing.group) if isinstance(to, exp.DataType) else ""


def _array(typing: _Typing, node: exp.Expression, depth: int) -> str:
    if not node.expressions or not typing.group:
        return "array" if typing.group == "snowflake" else ""
    item = _common(typing, node.expressions, depth)
    return apply("list", typing.group, item) if item and item != NULL else ""


def _split(typing: _Typing, node: exp.Expression, depth: int) -> str:
    return array(word("text", typing.group), typing.group) if typing.group else ""


def _bracket(typing: _Typing, node: exp.Expression, depth: int) -> str:
    if len(node.expressions) != 1 or isinstance(node.expressions[0], exp.Slice):
        return ""
    operand = typing.of(node.args.get("this"), depth)
    return apply("item", typing.group, operand) if operand and typing.group != "snowflake" else ""


def _count(typing: _Typing, node: exp.Expression, depth: int) -> str:
    found = typing.fixed.get(exp.Count, "")
    return "bigint" if typing.group == "tsql" and node.args.get("big_int") else found


def _power(typing: _Typing, node: exp.Expression, depth: int) -> str:
    """Functions of numbers that are exact for exact numbers in some dialects."""
    found = typing.fixed.get(type(node), "")
    if found or typing.group not in ("postgres", "bigquery"):
        return found
    operand = read(typing.of(node.args.get("this"), depth), typing.group).kind
    return word("double", typing.group) if operand == "double" or (operand in INTEGERS and _loose(typing, node)) else ""


def _loose(typing: _Typing, node: exp.Expression) -> bool:
    return typing.group == "bigquery" or isinstance(node, exp.Sqrt | exp.Exp | exp.Ln)


def _series(typing: _Typing, node: exp.Expression, depth: int) -> str:
    types = [
        read(settle(typing.of(node.args.get(end), depth), typing.group), typing.group).kind for end in ("start", "end")
    ]
    if typing.group == "duckdb":
        return "bigint[]" if set(types) <= INTEGERS else ""
    return word(types[0], typing.group) if typing.group == "postgres" and types == ["integer", "integer"] else ""


_RULES: dict[type, _Rule] = {
    exp.Column: _column, exp.Cast: _cast, exp.TryCast: _cast, exp.Convert: _convert, exp.Literal: _literal,
    exp.Null: lambda typing, node, depth: NULL,
    exp.Coalesce: _coalesce, exp.Greatest: _coalesce, exp.Least: _coalesce, exp.Case: _case, exp.If: _if,
    exp.Nvl2: _if, exp.Nullif: _nullif, exp.Subquery: _subquery, exp.Extract: _extract, exp.Round: _round,
    exp.WithinGroup: _within_group, exp.UnixToTime: _unix_to_time,
    exp.CurrentTimestamp: _now, exp.DateAdd: _shifted, exp.DateSub: _shifted, exp.TsOrDsAdd: _added_days,
    exp.TimestampTrunc: _truncated, exp.DateTrunc: _truncated, exp.DateBin: _spaced, exp.Anonymous: _anonymous,
    exp.ToNumber: _to_number, exp.Array: _array, exp.Split: _split, exp.RegexpSplit: _split, exp.Bracket: _bracket, exp.Count: _count,
    exp.GenerateSeries: _series, exp.ExplodingGenerateSeries: _series,
    exp.PercentileCont: _percentile, exp.PercentileDisc: _this,
    **dict.fromkeys((exp.Alias, exp.Paren, exp.Window, exp.Filter, exp.IgnoreNulls, exp.RespectNulls, exp.Order,
                     exp.AnyValue, exp.First, exp.Last, exp.FirstValue, exp.LastValue, exp.NthValue, exp.ArgMax,
                     exp.ArgMin, exp.BitwiseAndAgg, exp.BitwiseOrAgg, exp.Mode, exp.Lag, exp.Lead), _this),
    exp.Distinct: lambda typing, node, depth: typing.of(node.expressions[0], depth) if len(node.expressions) == 1 else "",
    exp.Add: _binary("+"), exp.Sub: _binary("-"), exp.Mul: _binary("*"), exp.Div: _binary("/"),
    exp.IntDiv: _binary("//"), exp.Mod: _binary("%"), exp.Neg: _operation("neg"), exp.Abs: _operation("abs"),
    exp.Sum: _operation("sum"), exp.Avg: _operation("avg"), exp.Min: _extreme, exp.Max: _extreme,
    exp.Median: _operation("mid"), exp.Ceil: _operation("whole"), exp.Floor: _operation("whole"),
    exp.AtTimeZone: _operation("zone"), exp.ArrayAgg: _operation("list"), exp.Explode: _operation("item"),
    **dict.fromkeys(TEXT_OR_BYTES, _text),
    **dict.fromkeys((exp.Sqrt, exp.Exp, exp.Ln), _power),
}  # fmt: skip

_BY_ARGUMENT = frozenset((exp.Count,))
"""What the table gives one type, and a rule knows better."""
