"""Which rows a load adds: the conditions of its source query that speak of the target or of the clock.

A query is taken apart into arms (the branches of its unions). For each arm the conditions on the way from the
outermost select to the data are collected; a condition on the optional side of an outer join restricts nothing
and is not counted. What touches the target in a way not understood is `opaque`, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from sqlglot import exp

from tidegate_analyzers.facts import Restriction
from tidegate_analyzers.readers.sql.source import SqlSource
from tidegate_analyzers.readers.windows import WINDOW
from tidegate_analyzers.syntax.template import Role

_FIELD = re.compile(r"\{\w*\}|%\(\w+\)s|%s|\$\{\w+\}|(?<![:\w]):[a-z_]\w*")
Arms = list[list[Restriction]]
MAX_ARMS = 64
_COMPARISONS = (exp.GT, exp.GTE, exp.LT, exp.LTE)
_MIRROR: dict[type[exp.Expression], type[exp.Expression]] = {
    exp.GT: exp.LT,
    exp.LT: exp.GT,
    exp.GTE: exp.LTE,
    exp.LTE: exp.GTE,
}
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


@dataclass(slots=True)
class _Scope:
    """What names mean inside a query: its CTEs, each with the scope it was written in."""

    ctes: dict[str, tuple[exp.Expression, _Scope]]

    def inner(self, query: exp.Expression) -> _Scope:
        with_ = query.args.get("with_")
        if not isinstance(with_, exp.With):
            return self
        scope = _Scope(dict(self.ctes))
        for cte in with_.expressions:
            if isinstance(cte, exp.CTE):
                # A CTE sees those before it; a recursive one sees itself, as data of its own.
                scope.ctes[cte.alias.casefold()] = (
                    cte.this,
                    _Scope({k: v for k, v in scope.ctes.items() if k != cte.alias.casefold()}),
                )
        return scope


class Restrictions:
    """Reads the arms of one source query.

    Args:
        source: the SQL text.
        is_target: tells whether a table is the one written.
    """

    def __init__(self, source: SqlSource, is_target: Callable[[exp.Table], bool]) -> None:
        self.source = source
        self.is_target = is_target
        self._touching: dict[int, bool] = {}

    def arms(self, query: exp.Expression, scope: _Scope | None = None, depth: int = 0) -> Arms:
        """The restrictions of each arm of a query."""
        scope = scope or _Scope({})
        if depth > 40:
            return [[Restriction("opaque", "the query nests too deeply")]]
        query = _unwrapped(query)
        scope = scope.inner(query)
        if isinstance(query, exp.SetOperation):
            return self._set_operation(query, scope, depth)
        if isinstance(query, exp.Select):
            return self._select(query, scope, depth)
        if isinstance(query, exp.Table):
            return self._relation(query, scope, depth)
        return [[]]

    def _set_operation(self, query: exp.SetOperation, scope: _Scope, depth: int) -> Arms:
        left = self.arms(query.this, scope, depth + 1)
        if isinstance(query, exp.Union):
            return (left + self.arms(query.expression, scope, depth + 1))[:MAX_ARMS]
        if self.touches_target(query.expression, scope):
            kind = "anti_join" if isinstance(query, exp.Except) else "opaque"
            mark = Restriction(kind, query.key.upper(), self.source.site(self.source.span_of(query.expression)))
            return [[*arm, mark] for arm in left]
        return left

    def _select(self, select: exp.Select, scope: _Scope, depth: int) -> Arms:
        own: list[Restriction] = []
        from_ = select.args.get("from_")
        base: Arms = [[]]
        relations: dict[str, exp.Expression] = {}
        if isinstance(from_, exp.From):
            relations[from_.this.alias_or_name.casefold()] = from_.this
            base = self._relation(from_.this, scope, depth)
        for join in select.args.get("joins") or ():
            relations[join.this.alias_or_name.casefold()] = join.this
            own += self._join(join, scope, relations, depth)
        for condition in self._conditions(select):
            own += self._condition(condition, scope, relations)
        own += self._clauses(select)
        return [[*own, *arm] for arm in base][:MAX_ARMS]

    def _clauses(self, select: exp.Select) -> Iterator[Restriction]:
        """Limits and placeholders that may stand for a whole clause."""
        limit = select.args.get("limit")
        if isinstance(limit, exp.Limit) and isinstance(limit.expression, exp.Literal) and limit.expression.this == "0":
            yield Restriction("never", "limit 0")

    def _relation(self, relation: exp.Expression, scope: _Scope, depth: int) -> Arms:
        if isinstance(relation, exp.Subquery):
            return self.arms(relation.this, scope, depth + 1)
        if isinstance(relation, exp.Table):
            name = relation.name.casefold()
            if not relation.args.get("db") and name in scope.ctes and not self.source.placeholders(relation):
                body, inner = scope.ctes[name]
                return self.arms(body, inner, depth + 1)
            if self.is_target(relation):
                return [
                    [
                        Restriction(
                            "opaque", "the target itself is the source", self.source.site(self.source.span_of(relation))
                        )
                    ]
                ]
            for placeholder in self.source.placeholders(relation):
                if self.source.means(placeholder).kind == "unknown":
                    return [
                        [
                            Restriction(
                                "opaque",
                                self.source.text[placeholder.start : placeholder.end],
                                self.source.site(self.source.span_of(relation)),
                            )
                        ]
                    ]
        return [[]]

    def _join(
        self, join: exp.Join, scope: _Scope, relations: dict[str, exp.Expression], depth: int
    ) -> list[Restriction]:
        side, kind = (join.side or "").upper(), (join.kind or "").upper()
        found: list[Restriction] = []
        if kind == "ANTI" or (side == "LEFT" and kind == "ANTI"):
            if self._reads_target(join.this, scope):
                found.append(Restriction("anti_join", "anti join", self.source.site(self.source.span_of(join.this))))
            return found
        if side in ("LEFT", "FULL") or kind == "CROSS":
            return found
        if side == "RIGHT":
            return [Restriction("opaque", "right join", self.source.site(self.source.span_of(join.this)))]
        arms = self._relation(join.this, scope, depth + 1)
        if len(arms) == 1 and not (isinstance(join.this, exp.Table) and self.is_target(join.this)):
            found += arms[0]
        on = join.args.get("on")
        if isinstance(on, exp.Expression):
            for condition in _conjuncts(on):
                found += self._condition(condition, scope, relations)
        return found

    def _conditions(self, select: exp.Select) -> Iterator[exp.Expression]:
        for clause in ("where", "qualify", "having"):
            node = select.args.get(clause)
            if isinstance(node, exp.Expression) and isinstance(node.this, exp.Expression):
                yield from _conjuncts(node.this)

    # -- one condition ------------------------------------------------------------------------------------------

    def _condition(
        self, condition: exp.Expression, scope: _Scope, relations: dict[str, exp.Expression]
    ) -> list[Restriction]:
        condition = _unparenthesised(condition)
        if _is_false(condition):
            return [self._restriction("never", condition)]
        if self._is_bare_macro(condition):
            return [self._restriction("opaque", condition)]
        anti = self._anti_join(condition, scope, relations)
        if anti is not None:
            return [anti]
        if self._mentions_target(condition, scope, relations):
            return [self._high_water(condition, scope, relations)]
        kinds = {self.source.means(p).kind for p in self.source.placeholders(condition)}
        if "unknown" in kinds:
            return [self._restriction("opaque", condition)]
        if condition.find(exp.Subquery, exp.Exists, exp.Select) is not None:
            # What another table holds may well be how far the load has come.
            return [self._restriction("opaque", condition)]
        fields = _FIELD.findall(self.source.written(condition)) if not kinds else []
        if fields:  # `{start}` and `%(start)s` are filled in by the program that sends the text
            return [
                self._restriction("window" if any(WINDOW.search(field) for field in fields) else "opaque", condition)
            ]
        if "window" in kinds:
            return [self._restriction("window", condition)]
        if self._limits_by_clock(condition):
            return [self._restriction("wall_clock", condition)]
        return []

    def _restriction(self, kind: str, node: exp.Expression) -> Restriction:
        return Restriction(kind, self.source.written(node), self.source.site(self.source.span_of(node)))

    def _is_bare_macro(self, condition: exp.Expression) -> bool:
        """True for a condition that is nothing but a placeholder."""
        if isinstance(condition, exp.Not):
            condition = _unparenthesised(condition.this)
        if not isinstance(condition, exp.Column):
            return False
        return any(p.role is Role.NAME for p in self.source.placeholders(condition))

    def _anti_join(
        self, condition: exp.Expression, scope: _Scope, relations: dict[str, exp.Expression]
    ) -> Restriction | None:
        if isinstance(condition, exp.Not):
            inner = _unparenthesised(condition.this)
            if isinstance(inner, exp.Exists) and self.touches_target(inner.this, scope):
                return self._restriction("anti_join", inner)
            query = inner.args.get("query") if isinstance(inner, exp.In) else None
            if isinstance(query, exp.Expression) and self.touches_target(query, scope):
                return self._restriction("anti_join", inner)
        # Some dialects read `NOT IN (select ...)` as `<> ALL (select ...)`.
        if (
            isinstance(condition, exp.NEQ)
            and isinstance(condition.expression, exp.All)
            and self.touches_target(condition.expression.this, scope)
        ):
            return self._restriction("anti_join", condition)
        if (
            isinstance(condition, exp.Is)
            and isinstance(condition.expression, exp.Null)
            and isinstance(condition.this, exp.Column)
        ):
            relation = relations.get(condition.this.table.casefold())
            if relation is not None and self._reads_target(relation, scope):
                return self._restriction("anti_join", condition)
        return None

    def _high_water(
        self, condition: exp.Expression, scope: _Scope, relations: dict[str, exp.Expression]
    ) -> Restriction:
        """What a condition means that compares with what the target holds."""
        if isinstance(condition, exp.Between):
            low = condition.args["low"]
            if self._mentions_target(condition.this, scope, relations) or not self._mentions_target(
                low, scope, relations
            ):
                return self._restriction("opaque", condition)
            shift = self._shift(low, scope, relations)
            return self._restriction(
                "overlap" if shift in ("none", "back") else "high_water" if shift == "ahead" else "opaque", condition
            )
        if not isinstance(condition, _COMPARISONS):
            return self._restriction("opaque", condition)
        left, right = condition.this, condition.expression
        kind: type[exp.Expression] = type(condition)
        if self._mentions_target(left, scope, relations):
            left, right, kind = right, left, _MIRROR[kind]
        if self._mentions_target(left, scope, relations) or kind not in (exp.GT, exp.GTE):
            return self._restriction("opaque", condition)
        # `created_at + interval '3 days' > max(...)` looks back as well: only plain columns are compared for sure.
        if any(
            isinstance(
                n, exp.Add | exp.Sub | exp.DateAdd | exp.DateSub | exp.TimestampAdd | exp.TimestampSub | exp.Interval
            )
            for n in left.walk()
        ):
            return self._restriction("opaque", condition)
        shift = self._shift(right, scope, relations)
        if shift == "unknown":
            return self._restriction("opaque", condition)
        if shift == "ahead" or (shift == "none" and kind is exp.GT):
            return self._restriction("high_water", condition)
        return self._restriction("overlap", condition)

    def _shift(self, node: exp.Expression, scope: _Scope, relations: dict[str, exp.Expression]) -> str:
        """How a bound taken from the target lies to its maximum.

        It is the maximum itself (`none`), lies before it (`back`), after it (`ahead`), or can't be told (`unknown`).
        """
        body = self._bound(node, scope, relations)
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
                if part.find(exp.Max) is None and not self._mentions_target(part, scope, relations):
                    continue
                back = isinstance(part, exp.Sub | exp.DateSub | exp.TimestampSub | exp.DatetimeSub)
                negative = _negative(part.expression)
                found = "unknown" if negative is None else ("back" if back != negative else "ahead")
                if negative is None and back:
                    found = "back"
            elif (
                isinstance(part, exp.Anonymous)
                and part.name.casefold() not in ("date", "to_date", "timestamp", "ifnull")
            ) or isinstance(part, exp.Least):
                found = "unknown"
            if found == "unknown":
                return "unknown"
            if found is not None and shift not in ("none", found):
                return "unknown"
            shift = found or shift
        for placeholder in self.source.placeholders(node):
            if self.source.means(placeholder).kind == "unknown":
                return "unknown"
        return shift

    def _bound(
        self, node: exp.Expression, scope: _Scope, relations: dict[str, exp.Expression]
    ) -> exp.Expression | None:
        """The expression behind a bound: a scalar subquery, or a column of a relation that reads the target."""
        for column in node.find_all(exp.Column):
            relation = relations.get(column.table.casefold()) if column.table else None
            if relation is not None and self._reads_target(relation, scope):
                body: exp.Expression | None = relation.this if isinstance(relation, exp.Subquery) else None
                if isinstance(relation, exp.Table) and relation.name.casefold() in scope.ctes:
                    body = scope.ctes[relation.name.casefold()][0]
                return body if body is not None and node is column else None
        for table in node.find_all(exp.Table):
            name = table.name.casefold()
            if not table.args.get("db") and name in scope.ctes and not self.is_target(table):
                body = scope.ctes[name][0]
                return body if node.find(exp.Max) is None else None
        return node

    # -- what touches the target ---------------------------------------------------------------------------------

    def touches_target(self, node: exp.Expression, scope: _Scope) -> bool:
        """True when a subtree reads the target, directly or through a CTE."""
        inner = scope.inner(node)
        return any(self._reads_target(table, inner) for table in node.find_all(exp.Table))

    def _reads_target(self, relation: exp.Expression, scope: _Scope) -> bool:
        if isinstance(relation, exp.Subquery):
            return self.touches_target(relation.this, scope)
        if not isinstance(relation, exp.Table):
            return False
        name = relation.name.casefold()
        if not relation.args.get("db") and name in scope.ctes and not self.source.placeholders(relation):
            body, inner = scope.ctes[name]
            key = id(body)
            if key not in self._touching:
                self._touching[key] = False  # a cycle reads nothing new
                self._touching[key] = self.touches_target(body, inner)
            return self._touching[key]
        return self.is_target(relation)

    def _mentions_target(self, node: exp.Expression, scope: _Scope, relations: dict[str, exp.Expression]) -> bool:
        if any(self._reads_target(table, scope) for table in node.find_all(exp.Table)):
            return True
        for column in node.find_all(exp.Column):
            relation = relations.get(column.table.casefold()) if column.table else None
            if relation is not None and self._reads_target(relation, scope):
                return True
        return False

    # -- the clock -------------------------------------------------------------------------------------------------

    def _limits_by_clock(self, condition: exp.Expression) -> bool:
        """True when a condition keeps the rows near the current time; an upper bound by it keeps all there are."""
        if isinstance(condition, exp.Between):
            return _has_clock(condition.args["low"]) and condition.this.find(exp.Column) is not None
        if isinstance(condition, exp.EQ):
            kind: type[exp.Expression] = exp.EQ
        elif isinstance(condition, _COMPARISONS):
            kind = type(condition)
        else:
            return False
        left, right = condition.this, condition.expression
        if _has_clock(left) and not _has_clock(right):
            left, right = right, left
            kind = _MIRROR.get(kind, kind)
        if not _has_clock(right) or _has_clock(left):
            return False
        return left.find(exp.Column) is not None and kind in (exp.GT, exp.GTE, exp.EQ)


def _has_clock(node: exp.Expression) -> bool:
    return clock_in(node) is not None


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


def _conjuncts(node: exp.Expression) -> Iterator[exp.Expression]:
    todo = [node]
    while todo:
        item = _unparenthesised(todo.pop())
        if isinstance(item, exp.And):
            todo += [item.expression, item.this]
        else:
            yield item


def _unparenthesised(node: exp.Expression) -> exp.Expression:
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def _unwrapped(query: exp.Expression) -> exp.Expression:
    while isinstance(query, exp.Subquery | exp.Paren) and not query.args.get("with_"):
        query = query.this
    return query


def _is_false(condition: exp.Expression) -> bool:
    if isinstance(condition, exp.Boolean):
        return not condition.this
    if (
        isinstance(condition, exp.EQ)
        and isinstance(condition.this, exp.Literal)
        and isinstance(condition.expression, exp.Literal)
    ):
        return bool(condition.this.this != condition.expression.this)
    return False


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


def kinds(arm: Iterable[Restriction]) -> frozenset[str]:
    """The kinds of an arm's restrictions."""
    return frozenset(restriction.kind for restriction in arm)
