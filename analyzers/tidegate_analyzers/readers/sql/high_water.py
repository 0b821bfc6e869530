"""Conditions that compare with what the target of a load holds: what they leave out."""

from __future__ import annotations

from sqlglot import exp

from tidegate_analyzers.readers.sql.conditions import COMPARISONS, MIRROR
from tidegate_analyzers.readers.sql.target import Scope, Target


def bound_kind(condition: exp.Expression, target: Target, scope: Scope, relations: dict[str, exp.Expression]) -> str:
    """What a condition means that compares with what the target holds: `high_water`, `overlap` or `opaque`."""
    if isinstance(condition, exp.Between):
        low = condition.args["low"]
        if target.is_mentioned_in(condition.this, scope, relations) or not target.is_mentioned_in(
            low, scope, relations
        ):
            return "opaque"
        shift = _shift(low, target, scope, relations)
        return "overlap" if shift in ("none", "back") else "high_water" if shift == "ahead" else "opaque"
    if not isinstance(condition, COMPARISONS):
        return "opaque"
    left, right = condition.this, condition.expression
    kind: type[exp.Expression] = type(condition)
    if target.is_mentioned_in(left, scope, relations):
        left, right, kind = right, left, MIRROR[kind]
    if target.is_mentioned_in(left, scope, relations) or kind not in (exp.GT, exp.GTE):
        return "opaque"
    # `created_at + interval '3 days' > max(...)` looks back as well: only plain columns are compared for sure.
    if any(
        isinstance(
            n, exp.Add | exp.Sub | exp.DateAdd | exp.DateSub | exp.TimestampAdd | exp.TimestampSub | exp.Interval
        )
        for n in left.walk()
    ):
        return "opaque"
    shift = _shift(right, target, scope, relations)
    if shift == "unknown":
        return "opaque"
    if shift == "ahead" or (shift == "none" and kind is exp.GT):
        return "high_water"
    return "overlap"


def _shift(node: exp.Expression, target: Target, scope: Scope, relations: dict[str, exp.Expression]) -> str:
    """How a bound taken from the target lies to its maximum.

    It is the maximum itself (`none`), lies before it (`back`), after it (`ahead`), or can't be told (`unknown`).
    """
    body = _bound(node, target, scope, relations)
    if body is None:
        return "unknown"
    maxima = list(body.find_all(exp.Max))
    if not maxima or any(True for _ in body.find_all(exp.Min)):
        return "unknown"
    shift = "none"
    for part in body.walk():
        found: str | None = None
        if isinstance(
            part,
            exp.Sub
            | exp.DateSub
            | exp.TimestampSub
            | exp.DatetimeSub
            | exp.TsOrDsAdd
            | exp.Add
            | exp.DateAdd
            | exp.TimestampAdd
            | exp.DatetimeAdd,
        ):
            if part.find(exp.Max) is None and not target.is_mentioned_in(part, scope, relations):
                continue
            back = isinstance(part, exp.Sub | exp.DateSub | exp.TimestampSub | exp.DatetimeSub)
            negative = _negative(part.expression)
            found = "unknown" if negative is None else ("back" if back != negative else "ahead")
            if negative is None and back:
                found = "back"
        elif (
            isinstance(part, exp.Anonymous) and part.name.casefold() not in ("date", "to_date", "timestamp", "ifnull")
        ) or isinstance(part, exp.Least):
            found = "unknown"
        if found == "unknown":
            return "unknown"
        if found is not None and shift not in ("none", found):
            return "unknown"
        shift = found or shift
    for placeholder in target.source.placeholders(node):
        if target.source.means(placeholder).kind == "unknown":
            return "unknown"
    return shift


def _bound(
    node: exp.Expression, target: Target, scope: Scope, relations: dict[str, exp.Expression]
) -> exp.Expression | None:
    """The expression behind a bound: a scalar subquery, or a column of a relation that reads the target."""
    for column in node.find_all(exp.Column):
        relation = relations.get(column.table.casefold()) if column.table else None
        if relation is not None and target.is_read_by(relation, scope):
            body: exp.Expression | None = relation.this if isinstance(relation, exp.Subquery) else None
            if isinstance(relation, exp.Table) and relation.name.casefold() in scope.ctes:
                body = scope.ctes[relation.name.casefold()][0]
            return body if body is not None and node is column else None
    for table in node.find_all(exp.Table):
        name = table.name.casefold()
        if not table.args.get("db") and name in scope.ctes and not target.is_written(table):
            body = scope.ctes[name][0]
            return body if node.find(exp.Max) is None else None
    return node


def _negative(node: exp.Expression | None) -> bool | None:
    """True for an amount below zero, `None` where its sign can't be told."""
    if node is None:
        return None
    if isinstance(node, exp.Interval):
        return _negative(node.this)
    if isinstance(node, exp.Neg):
        inner = _negative(node.this)
        return None if inner is None else not inner
    if isinstance(node, exp.Literal):
        return str(node.this).strip().startswith("-")
    if isinstance(node, exp.Paren | exp.Cast):
        return _negative(node.this)
    return None
