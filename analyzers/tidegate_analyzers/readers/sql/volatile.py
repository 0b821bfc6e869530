"""Output columns that have another value each time a query runs: random ones, times of the run, row numbers."""

from __future__ import annotations

import re

from sqlglot import exp

from tidegate_analyzers.facts import Volatile
from tidegate_analyzers.readers.sql.clock import clock_in
from tidegate_analyzers.readers.sql.conditions import unwrapped
from tidegate_analyzers.readers.sql.links import Ctes
from tidegate_analyzers.readers.sql.source import SqlSource

MAY_BE_VOLATILE = re.compile(
    r"uuid|rand|newid|monotonically|row_number|current_|now\s*\(|sysdate|getdate|systimestamp|today\s*\(", re.I
)
"""What a text holds if anything in it is volatile; texts without it are not looked through."""

_RANDOM = frozenset(
    [
        "uuid",
        "uuid_string",
        "gen_random_uuid",
        "generate_uuid",
        "generateuuidv4",
        "generateuuidv7",
        "newid",
        "newsequentialid",
        "rand",
        "random",
        "rand32",
        "rand64",
        "randcanonical",
        "uuid_generate_v1",
        "uuid_generate_v4",
        "uuidv4",
        "uuidv7",
        "monotonically_increasing_id",
    ]
)
_CARRIES = (
    exp.Alias,
    exp.Paren,
    exp.Cast,
    exp.TryCast,
    exp.Concat,
    exp.ConcatWs,
    exp.DPipe,
    exp.Upper,
    exp.Lower,
    exp.MD5,
    exp.SHA,
    exp.SHA2,
    exp.FarmFingerprint,
    exp.Replace,
    exp.TimeToStr,
)
"""What gives another value when its argument does."""
Found = dict[str, Volatile]


def volatile_columns(source: SqlSource, query: exp.Expression, ctes: Ctes, depth: int = 0) -> Found:
    """The volatile output columns of a query by their folded names, followed through its CTEs and subqueries."""
    query = unwrapped(query)
    if isinstance(query, exp.SetOperation):
        return (
            {
                **volatile_columns(source, query.expression, ctes, depth + 1),
                **volatile_columns(source, query.this, ctes, depth + 1),
            }
            if depth < 40
            else {}
        )
    if not isinstance(query, exp.Select) or depth > 40:
        return {}
    inputs: dict[str, Found] | None = None
    found: Found = {}
    for projection in query.expressions:
        value = projection.this if isinstance(projection, exp.Alias) else projection
        star = isinstance(value, exp.Star) or (isinstance(value, exp.Column) and isinstance(value.this, exp.Star))
        if star or isinstance(value, exp.Column):
            if inputs is None:
                inputs = _inputs(source, query, ctes, depth)
            if star:
                for columns in _of(inputs, value):
                    found.update({name: columns[name] for name in columns if name not in found})
            else:
                passed = next(
                    (c[value.name.casefold()] for c in _of(inputs, value) if value.name.casefold() in c), None
                )
                name = projection.alias_or_name
                if passed is not None and name:
                    found[name.casefold()] = Volatile(name, passed.kind, passed.text, passed.site)
        elif projection.alias_or_name and (kind := _kind(value)):
            name = projection.alias_or_name
            found[name.casefold()] = Volatile(
                name, kind, source.written(value), source.site(source.span_of(projection))
            )
    return found


def _of(inputs: dict[str, Found], value: exp.Expression) -> list[Found]:
    """The inputs a column or star may come from: the one it names, or the only one that has volatile columns."""
    table = value.table.casefold() if isinstance(value, exp.Column) else ""
    if table:
        return [inputs[table]] if table in inputs else []
    return list(inputs.values()) if isinstance(value, exp.Star) or len(inputs) == 1 else []


def _inputs(source: SqlSource, select: exp.Select, ctes: Ctes, depth: int) -> dict[str, Found]:
    from_ = select.args.get("from_")
    nodes = [from_.this] if isinstance(from_, exp.From) else []
    nodes += [join.this for join in select.args.get("joins") or ()]
    found: dict[str, Found] = {}
    for node in nodes:
        columns: Found = {}
        if isinstance(node, exp.Subquery):
            columns = volatile_columns(source, node.this, ctes, depth + 1)
        elif isinstance(node, exp.Table) and not node.args.get("db"):
            body = ctes.get(node.name.casefold())
            if body is not None:
                if id(body) not in ctes.volatile:
                    ctes.volatile[id(body)] = {}  # one that reads itself
                    ctes.volatile[id(body)] = volatile_columns(source, body, ctes, depth + 1)
                columns = ctes.volatile[id(body)]
        found[node.alias_or_name.casefold()] = columns
    return found


def _kind(value: exp.Expression) -> str:
    """How an expression is volatile, empty where it is not, or not always."""
    if isinstance(value, exp.Func) and _function(value) in _RANDOM:
        # With arguments a UUID is made of a name, and a random number of a seed.
        return "" if value.expressions or isinstance(value.this, exp.Expression) else "random"
    if isinstance(value, exp.Window):
        return "number" if isinstance(value.this, exp.RowNumber) and _is_unordered(value) else ""
    if isinstance(value, _CARRIES):
        parts = [part for part in value.iter_expressions() if not isinstance(part, exp.DataType)]
        return next((kind for part in parts if (kind := _kind(part))), "")
    return "clock" if not value.find(exp.Column) and clock_in(value) is value else ""


def _function(value: exp.Func) -> str:
    return value.name.casefold() if value.key == "anonymous" else value.key


def _is_unordered(window: exp.Window) -> bool:
    """`over ()`, or an order by nothing that tells rows apart."""
    order = window.args.get("order")
    if window.args.get("partition_by"):
        return False
    if not isinstance(order, exp.Order):
        return order is None and not window.args.get("alias")
    return order.find(exp.Column, exp.Func) is None
