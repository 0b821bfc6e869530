"""Joins whose sides no condition brings together.

Only joins by a comma, or by JOIN without a condition, are looked at, and conditions that compare one side with itself.
`CROSS JOIN` says what it does. Whatever may be a link counts as one: a column without its table, a condition with a
subquery, an expression of a macro.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlglot import exp

from tidegate_analyzers.facts import Relation, Unlinked, Volatile
from tidegate_analyzers.readers.sql.conditions import conjuncts, unwrapped
from tidegate_analyzers.readers.sql.source import SqlSource


class Ctes(dict[str, exp.Expression]):
    """The CTEs of a statement by their folded names, with what was found of each: one may be read many times."""

    def __init__(self, parts: Iterable[exp.Expression] = ()) -> None:
        super().__init__((part.alias.casefold(), part.this) for part in parts if isinstance(part, exp.CTE))
        self.single: dict[int, bool] = {}
        self.constant: dict[int, bool] = {}
        self.volatile: dict[int, dict[str, Volatile]] = {}


def unlinked_joins(source: SqlSource, select: exp.Select, ctes: Ctes) -> Iterator[Unlinked]:
    """The joins of one select that pair every row with every row."""
    joins = select.args.get("joins") or ()
    from_ = select.args.get("from_")
    if not isinstance(from_, exp.From) or not any(_is_bare(join) or _self_compared(join) for join in joins):
        return
    if any(source.means(placeholder).kind == "unknown" for placeholder in source.placeholders(select)):
        return
    relations = [from_.this, *(join.this for join in joins)]
    names = [_called(source, relation).casefold() for relation in relations]
    if len(set(names)) != len(names) or any(relation.args.get("joins") for relation in relations):
        return
    groups = _Groups(names)
    for relation, name in zip(relations, names, strict=True):
        if _is_exempt(relation, ctes, names):
            groups.join_all(name)
    for condition in _conditions(select):
        if _tables(condition) - set(names):
            return  # the alias of an outer query, or a name that a macro gives
        if _is_link(condition):
            groups.join(*(_tables(condition) & set(names)))
        elif _may_link(condition):
            return
    for join, name in zip(joins, names[1:], strict=True):
        if not _is_bare(join) and not _self_compared(join):
            groups.join(name, *(_on_tables(join) & set(names) or {names[0]}))
    for join, name in zip(joins, names[1:], strict=True):
        if groups.joined(name, names[0]):
            continue
        if _is_bare(join) or _self_compared(join):
            known = [_relation(source, node, ctes) for node in (join.this, from_.this)]
            yield Unlinked(
                _called(source, join.this),
                _called(source, from_.this),
                source.site(source.span_of(join.this)),
                tuple(relation for relation in known if relation is not None),
                not _is_bare(join),
            )
        groups.join(name, names[0])


class _Groups:
    """Which relations some chain of conditions brings together."""

    def __init__(self, names: list[str]) -> None:
        self._of = {name: name for name in names}

    def joined(self, left: str, right: str) -> bool:
        return self._of[left] == self._of[right]

    def join(self, *names: str) -> None:
        merged = {self._of[name] for name in names}
        for name, group in self._of.items():
            if group in merged:
                self._of[name] = self._of[names[0]]

    def join_all(self, name: str) -> None:
        """Relations of a single row pair with everything."""
        self.join(name, *self._of)


def _is_bare(join: exp.Join) -> bool:
    """A comma, or JOIN without a condition."""
    args = join.args
    return not (args.get("on") or args.get("using") or args.get("method") or args.get("side")) and (
        (args.get("kind") or "INNER").upper() == "INNER"
    )


def _self_compared(join: exp.Join) -> bool:
    """A condition that equates columns of one relation only, all of them named with it."""
    on = join.args.get("on")
    if not isinstance(on, exp.Expression) or on.find(exp.Subquery, exp.Select) is not None:
        return False
    columns = list(on.find_all(exp.Column))
    tables = {column.table.casefold() for column in columns}
    return (
        len(tables) == 1
        and "" not in tables
        and all(not column.args.get("db") for column in columns)
        and any(
            isinstance(part, exp.EQ) and isinstance(part.this, exp.Column) and isinstance(part.expression, exp.Column)
            for part in conjuncts(on)
        )
    )


def _conditions(select: exp.Select) -> Iterator[exp.Expression]:
    for clause in ("where", "prewhere", "having", "qualify"):
        node = select.args.get(clause)
        if isinstance(node, exp.Expression) and isinstance(node.this, exp.Expression):
            yield from conjuncts(node.this)
    for join in select.args.get("joins") or ():
        on = join.args.get("on")
        if isinstance(on, exp.Expression):
            yield from conjuncts(on)


def _tables(condition: exp.Expression) -> set[str]:
    """The relations that a condition names; of `a.b.c` any part but the last may be one."""
    return {
        part.name.casefold() for column in condition.find_all(exp.Column) for part in column.parts[:-1] if part.name
    }


def _on_tables(join: exp.Join) -> set[str]:
    on = join.args.get("on")
    return _tables(on) if isinstance(on, exp.Expression) else set()


def _is_link(condition: exp.Expression) -> bool:
    return len(_tables(condition)) > 1


def _may_link(condition: exp.Expression) -> bool:
    """Whether a condition may bring relations together without saying so."""
    if condition.find(exp.Subquery, exp.Select, exp.Exists) is not None:
        return True
    columns = list(condition.find_all(exp.Column))
    return len(columns) > 1 and any(not column.table for column in columns)


def _is_exempt(relation: exp.Expression, ctes: Ctes, names: list[str]) -> bool:
    """Whether a relation is joined to everything on purpose: functions, nested data, constants, a single row."""
    if isinstance(relation, exp.Subquery):
        inner = relation.this
        free = {column.table.casefold() for column in inner.find_all(exp.Column)} & set(names)
        return bool(free) or is_single(inner, ctes) or _is_constant(inner, ctes)
    if not isinstance(relation, exp.Table) or not isinstance(relation.this, exp.Identifier):
        return True
    if relation.args.get("db"):
        return relation.parts[0].name.casefold() in names  # an array of another relation
    body = ctes.get(relation.name.casefold())
    return body is not None and (is_single(body, ctes) or _is_constant(body, ctes))


def is_single(query: exp.Expression, ctes: Ctes, depth: int = 0) -> bool:
    """Whether a query gives one row, or none, for certain."""
    if id(query) not in ctes.single:
        ctes.single[id(query)] = False  # one that reads itself
        ctes.single[id(query)] = _is_single(unwrapped(query), ctes, depth)
    return ctes.single[id(query)]


def _is_single(query: exp.Expression, ctes: Ctes, depth: int) -> bool:
    if depth > 20 or not isinstance(query, exp.Select):
        return False
    limit = query.args.get("limit")
    if (
        isinstance(limit, exp.Limit)
        and isinstance(limit.expression, exp.Literal)
        and limit.expression.this in ("0", "1")
    ):
        return True
    if query.args.get("group") is not None:
        return False
    if any(_aggregates(projection) for projection in query.expressions):
        return True
    from_ = query.args.get("from_")
    if not isinstance(from_, exp.From):
        return not any(True for projection in query.expressions for _ in projection.find_all(exp.UDTF, exp.Explode))
    if query.args.get("laterals"):
        return False
    relations = [from_.this, *(join.this for join in query.args.get("joins") or ())]
    return all(_relation_is_single(relation, ctes, depth) for relation in relations)


def _relation_is_single(relation: exp.Expression, ctes: Ctes, depth: int) -> bool:
    if isinstance(relation, exp.Subquery):
        return is_single(relation.this, ctes, depth + 1)
    if isinstance(relation, exp.Table) and isinstance(relation.this, exp.Identifier) and not relation.args.get("db"):
        body = ctes.get(relation.name.casefold())
        return body is not None and is_single(body, ctes, depth + 1)
    return False


def _aggregates(projection: exp.Expression) -> bool:
    return any(found.find_ancestor(exp.Window, exp.Subquery) is None for found in projection.find_all(exp.AggFunc))


def _is_constant(query: exp.Expression, ctes: Ctes, depth: int = 0) -> bool:
    """Whether a query is made of constants and functions: it reads no table."""
    if id(query) not in ctes.constant:
        ctes.constant[id(query)] = False  # one that reads itself
        ctes.constant[id(query)] = depth <= 20 and all(
            not isinstance(table.this, exp.Identifier)
            or (
                not table.args.get("db")
                and (body := ctes.get(table.name.casefold())) is not None
                and _is_constant(body, ctes, depth + 1)
            )
            for table in query.find_all(exp.Table)
        )
    return ctes.constant[id(query)]


def _called(source: SqlSource, node: exp.Expression) -> str:
    """What the query calls a relation; a reference without an alias by what it refers to."""
    if node.alias or not isinstance(node, exp.Table):
        return node.alias
    parts = source.relation(node)[0].parts
    return parts[-1] if parts else node.name


def _relation(source: SqlSource, node: exp.Expression, ctes: Ctes) -> Relation | None:
    if not isinstance(node, exp.Table) or (not node.args.get("db") and node.name.casefold() in ctes):
        return None
    return source.relation(node)[0]
