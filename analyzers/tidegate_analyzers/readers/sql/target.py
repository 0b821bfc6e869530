"""What a load writes, and where the load's own query touches it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from tidegate_analyzers.readers.sql.source import SqlSource


@dataclass(slots=True)
class Scope:
    """What names mean inside a query: its CTEs, each with the scope it was written in."""

    ctes: dict[str, tuple[exp.Expression, Scope]]

    def inner(self, query: exp.Expression) -> Scope:
        """The scope inside a query."""
        with_ = query.args.get("with_")
        if not isinstance(with_, exp.With):
            return self
        scope = Scope(dict(self.ctes))
        for cte in with_.expressions:
            if isinstance(cte, exp.CTE):
                # A CTE sees those before it; a recursive one sees itself, as data of its own.
                scope.ctes[cte.alias.casefold()] = (
                    cte.this,
                    Scope({k: v for k, v in scope.ctes.items() if k != cte.alias.casefold()}),
                )
        return scope


class Target:
    """What a load writes, and where its query touches it."""

    def __init__(self, source: SqlSource, is_target: Callable[[exp.Table], bool]) -> None:
        self.source = source
        self.is_written = is_target
        self._touching: dict[int, bool] = {}

    def touched_by(self, node: exp.Expression, scope: Scope) -> bool:
        """True when a subtree reads the target, directly or through a CTE."""
        inner = scope.inner(node)
        return any(self.is_read_by(table, inner) for table in node.find_all(exp.Table))

    def is_read_by(self, relation: exp.Expression, scope: Scope) -> bool:
        """True for a relation that is the target, or reads it."""
        if isinstance(relation, exp.Subquery):
            return self.touched_by(relation.this, scope)
        if not isinstance(relation, exp.Table):
            return False
        name = relation.name.casefold()
        if not relation.args.get("db") and name in scope.ctes and not self.source.placeholders(relation):
            body, inner = scope.ctes[name]
            key = id(body)
            if key not in self._touching:
                self._touching[key] = False  # a cycle reads nothing new
                self._touching[key] = self.touched_by(body, inner)
            return self._touching[key]
        return self.is_written(relation)

    def is_mentioned_in(self, node: exp.Expression, scope: Scope, relations: dict[str, exp.Expression]) -> bool:
        """True when an expression reads the target, or a column of what reads it."""
        if any(self.is_read_by(table, scope) for table in node.find_all(exp.Table)):
            return True
        for column in node.find_all(exp.Column):
            relation = relations.get(column.table.casefold()) if column.table else None
            if relation is not None and self.is_read_by(relation, scope):
                return True
        return False
