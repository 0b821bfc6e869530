"""The parts of conditions and queries, whatever they speak of."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

COMPARISONS = (exp.GT, exp.GTE, exp.LT, exp.LTE)
MIRROR: dict[type[exp.Expression], type[exp.Expression]] = {
    exp.GT: exp.LT,
    exp.LT: exp.GT,
    exp.GTE: exp.LTE,
    exp.LTE: exp.GTE,
}


def conjuncts(node: exp.Expression) -> Iterator[exp.Expression]:
    """The conditions that an `AND` joins."""
    todo = [node]
    while todo:
        item = unparenthesised(todo.pop())
        if isinstance(item, exp.And):
            todo += [item.expression, item.this]
        else:
            yield item


def unparenthesised(node: exp.Expression) -> exp.Expression:
    """An expression without the parentheses around it."""
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def unwrapped(query: exp.Expression) -> exp.Expression:
    """A query without the parentheses around it."""
    while isinstance(query, exp.Subquery | exp.Paren) and not query.args.get("with_"):
        query = query.this
    return query


def is_false(condition: exp.Expression) -> bool:
    """True for `FALSE` and for `1 = 0`."""
    if isinstance(condition, exp.Boolean):
        return not condition.this
    if (
        isinstance(condition, exp.EQ)
        and isinstance(condition.this, exp.Literal)
        and isinstance(condition.expression, exp.Literal)
    ):
        return bool(condition.this.this != condition.expression.this)
    return False
