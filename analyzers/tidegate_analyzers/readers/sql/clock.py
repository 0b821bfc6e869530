"""The current time in SQL."""

from __future__ import annotations

from sqlglot import exp

from tidegate_analyzers.readers.sql.conditions import COMPARISONS, MIRROR

_CLOCKS = (exp.CurrentDate, exp.CurrentTimestamp, exp.CurrentTime, exp.CurrentDatetime)
_CLOCK_NAMES = frozenset(
    (
        "now",
        "getdate",
        "sysdate",
        "systimestamp",
        "today",
        "yesterday",
        "sysdatetime",
        "getutcdate",
        "sysutcdatetime",
        "localtimestamp",
        "localtime",
        "unix_timestamp",
        "now64",
        "statement_timestamp",
        "clock_timestamp",
        "transaction_timestamp",
    )
)


def clock_in(node: exp.Expression) -> exp.Expression | None:
    """The first use of the current time in a subtree."""
    for part in node.walk():
        if isinstance(part, _CLOCKS):
            return part
        if isinstance(part, exp.Anonymous) and part.name.casefold() in _CLOCK_NAMES:
            return part
        if (
            isinstance(part, exp.Column)
            and not part.table
            and part.name.casefold() in ("sysdate", "systimestamp", "current_date", "current_timestamp")
        ):
            return part
    return None


def _has_clock(node: exp.Expression) -> bool:
    return clock_in(node) is not None


def limits_by_clock(condition: exp.Expression) -> bool:
    """True when a condition keeps the rows near the current time; an upper bound by it keeps all there are."""
    if isinstance(condition, exp.Between):
        return _has_clock(condition.args["low"]) and condition.this.find(exp.Column) is not None
    if isinstance(condition, exp.EQ):
        kind: type[exp.Expression] = exp.EQ
    elif isinstance(condition, COMPARISONS):
        kind = type(condition)
    else:
        return False
    left, right = condition.this, condition.expression
    if _has_clock(left) and not _has_clock(right):
        left, right = right, left
        kind = MIRROR.get(kind, kind)
    if not _has_clock(right) or _has_clock(left):
        return False
    return left.find(exp.Column) is not None and kind in (exp.GT, exp.GTE, exp.EQ)
