"""Which rows a load adds: the conditions of its source query that speak of the target or of the clock.

A query is taken apart into arms (the branches of its unions). For each arm the conditions on the way from the
outermost select to the data are collected; a condition on the optional side of an outer join restricts nothing
and is not counted. What touches the target in a way not understood is `opaque`, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from sqlglot import exp

from tidegate_analyzers.facts import Restriction
from tidegate_analyzers.readers.sql.clock import limits_by_clock
from tidegate_analyzers.readers.sql.conditions import conjuncts, is_false, unparenthesised, unwrapped
from tidegate_analyzers.readers.sql.high_water import bound_kind
from tidegate_analyzers.readers.sql.source import SqlSource
from tidegate_analyzers.readers.sql.target import Scope, Target
from tidegate_analyzers.readers.windows import WINDOW
from tidegate_analyzers.syntax.template import Role

_FIELD = re.compile(r"\{\w*\}|%\(\w+\)s|%s|\$\{\w+\}|(?<![:\w]):[a-z_]\w*")
Arms = list[list[Restriction]]
MAX_ARMS = 64
_BY_TARGET = frozenset(("high_water", "overlap"))


class Restrictions:
    """Reads the arms of one source query.

    Args:
        source: the SQL text.
        is_target: tells whether a table is the one written.
        is_other: tells whether a table is surely another one, whatever stands for parts of its name.
    """

    def __init__(
        self,
        source: SqlSource,
        is_target: Callable[[exp.Table], bool],
        is_other: Callable[[exp.Table], bool] = lambda _: False,
    ) -> None:
        self.source = source
        self.is_other = is_other
        self.target = Target(source, is_target)
        self._of_cte: dict[int, Arms] = {}

    def arms(self, query: exp.Expression, scope: Scope | None = None, depth: int = 0) -> Arms:
        """The restrictions of each arm of a query."""
        scope = scope or Scope({})
        if depth > 40:
            return [[Restriction("opaque", "the query nests too deeply")]]
        query = unwrapped(query)
        scope = scope.inner(query)
        if isinstance(query, exp.SetOperation):
            return self._set_operation(query, scope, depth)
        if isinstance(query, exp.Select):
            return self._select(query, scope, depth)
        if isinstance(query, exp.Table):
            return self._relation(query, scope, depth)
        return [[]]

    def _set_operation(self, query: exp.SetOperation, scope: Scope, depth: int) -> Arms:
        left = self.arms(query.this, scope, depth + 1)
        if isinstance(query, exp.Union):
            return (left + self.arms(query.expression, scope, depth + 1))[:MAX_ARMS]
        if self.target.touched_by(query.expression, scope):
            kind = "anti_join" if isinstance(query, exp.Except) else "opaque"
            mark = Restriction(kind, query.key.upper(), self.source.site(self.source.span_of(query.expression)))
            return [[*arm, mark] for arm in left]
        return left

    def _select(self, select: exp.Select, scope: Scope, depth: int) -> Arms:
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
        return [list(dict.fromkeys((*own, *arm))) for arm in base[:MAX_ARMS]]

    def _clauses(self, select: exp.Select) -> Iterator[Restriction]:
        """Limits and placeholders that may stand for a whole clause."""
        limit = select.args.get("limit")
        if isinstance(limit, exp.Limit) and isinstance(limit.expression, exp.Literal) and limit.expression.this == "0":
            yield Restriction("never", "limit 0")

    def _relation(self, relation: exp.Expression, scope: Scope, depth: int) -> Arms:
        if isinstance(relation, exp.Subquery):
            return self.arms(relation.this, scope, depth + 1)
        if isinstance(relation, exp.Table):
            name = relation.name.casefold()
            if not relation.args.get("db") and name in scope.ctes and not self.source.placeholders(relation):
                body, inner = scope.ctes[name]
                if id(body) not in self._of_cte:  # one that is read twice, by one that is read twice, and so on
                    self._of_cte[id(body)] = self.arms(body, inner, depth + 1)
                return self._of_cte[id(body)]
            if self.target.is_written(relation):
                return [
                    [
                        Restriction(
                            "opaque", "the target itself is the source", self.source.site(self.source.span_of(relation))
                        )
                    ]
                ]
            for placeholder in self.source.placeholders(relation) if not self.is_other(relation) else ():
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
        self, join: exp.Join, scope: Scope, relations: dict[str, exp.Expression], depth: int
    ) -> list[Restriction]:
        side, kind = (join.side or "").upper(), (join.kind or "").upper()
        found: list[Restriction] = []
        if kind == "ANTI" or (side == "LEFT" and kind == "ANTI"):
            if self.target.is_read_by(join.this, scope):
                found.append(Restriction("anti_join", "anti join", self.source.site(self.source.span_of(join.this))))
            return found
        if side in ("LEFT", "FULL") or kind == "CROSS":
            return found
        if side == "RIGHT":
            return [Restriction("opaque", "right join", self.source.site(self.source.span_of(join.this)))]
        arms = self._relation(join.this, scope, depth + 1)
        if len(arms) == 1 and not (isinstance(join.this, exp.Table) and self.target.is_written(join.this)):
            found += arms[0]
        # What it takes from a relation that the target limits is limited as that is; the rest speaks for itself.
        limited = len(arms) == 1 and bool(arms[0]) and kinds(arms[0]) <= _BY_TARGET
        on = join.args.get("on")
        if isinstance(on, exp.Expression):
            for condition in conjuncts(on):
                if not (limited and isinstance(condition, exp.EQ)):
                    found += self._condition(condition, scope, relations)
        return found

    def _conditions(self, select: exp.Select) -> Iterator[exp.Expression]:
        for clause in ("where", "prewhere", "qualify", "having"):
            node = select.args.get(clause)
            if isinstance(node, exp.Expression) and isinstance(node.this, exp.Expression):
                yield from conjuncts(node.this)

    # -- one condition ------------------------------------------------------------------------------------------

    def _condition(
        self, condition: exp.Expression, scope: Scope, relations: dict[str, exp.Expression]
    ) -> list[Restriction]:
        condition = unparenthesised(condition)
        if is_false(condition):
            return [self._restriction("never", condition)]
        if self._is_bare_macro(condition):
            return [self._restriction("opaque", condition)]
        anti = self._anti_join(condition, scope, relations)
        if anti is not None:
            return [anti]
        if self.target.is_mentioned_in(condition, scope, relations):
            kind = bound_kind(condition, self.target, scope, relations)
            return [self._restriction(kind, condition, self._compared(condition, scope, relations))]
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
        if limits_by_clock(condition):
            return [self._restriction("wall_clock", condition)]
        return []

    def _restriction(self, kind: str, node: exp.Expression, columns: tuple[str, ...] = ()) -> Restriction:
        return Restriction(kind, self.source.written(node), self.source.site(self.source.span_of(node)), columns)

    def _compared(
        self, condition: exp.Expression, scope: Scope, relations: dict[str, exp.Expression]
    ) -> tuple[str, ...]:
        """The columns that are compared with what the target holds."""
        sides = (
            [condition.this]
            if isinstance(condition, exp.Between)
            else [condition.this, condition.args.get("expression")]
        )
        found: dict[str, None] = {}
        for side in sides:
            if isinstance(side, exp.Expression) and not self.target.is_mentioned_in(side, scope, relations):
                for column in side.find_all(exp.Column):
                    if self.source.placeholders(column):
                        return ()
                    found[column.name.casefold()] = None
        return tuple(found)

    def _is_bare_macro(self, condition: exp.Expression) -> bool:
        """True for a condition that is nothing but a placeholder."""
        if isinstance(condition, exp.Not):
            condition = unparenthesised(condition.this)
        if not isinstance(condition, exp.Column):
            return False
        return any(p.role is Role.NAME for p in self.source.placeholders(condition))

    def _anti_join(
        self, condition: exp.Expression, scope: Scope, relations: dict[str, exp.Expression]
    ) -> Restriction | None:
        if isinstance(condition, exp.Not):
            inner = unparenthesised(condition.this)
            if isinstance(inner, exp.Exists) and self.target.touched_by(inner.this, scope):
                return self._restriction("anti_join", inner)
            query = inner.args.get("query") if isinstance(inner, exp.In) else None
            if isinstance(query, exp.Expression) and self.target.touched_by(query, scope):
                return self._restriction("anti_join", inner)
        # Some dialects read `NOT IN (select ...)` as `<> ALL (select ...)`.
        if (
            isinstance(condition, exp.NEQ)
            and isinstance(condition.expression, exp.All)
            and self.target.touched_by(condition.expression.this, scope)
        ):
            return self._restriction("anti_join", condition)
        if (
            isinstance(condition, exp.Is)
            and isinstance(condition.expression, exp.Null)
            and isinstance(condition.this, exp.Column)
        ):
            relation = relations.get(condition.this.table.casefold())
            if relation is not None and self.target.is_read_by(relation, scope):
                return self._restriction("anti_join", condition)
        return None


def kinds(arm: Iterable[Restriction]) -> frozenset[str]:
    """The kinds of an arm's restrictions."""
    return frozenset(restriction.kind for restriction in arm)
