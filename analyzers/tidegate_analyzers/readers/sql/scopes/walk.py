"""The pass over a query: scopes from the outside in, columns from the inside out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from sqlglot import exp

from tidegate_analyzers.readers.sql.scopes.mentions import mentions_in
from tidegate_analyzers.readers.sql.scopes.names import Aliases, Mention
from tidegate_analyzers.readers.sql.scopes.projections import project
from tidegate_analyzers.readers.sql.scopes.relations import bind, elements
from tidegate_analyzers.readers.sql.scopes.shapes import UNKNOWN, Bound, Col, Cte, Input, Scope, Shape
from tidegate_analyzers.readers.sql.scopes.unions import unite
from tidegate_analyzers.readers.sql.source import SqlSource
from tidegate_analyzers.syntax.sql import identifier_span
from tidegate_analyzers.syntax.template import Placeholder, Role
from tidegate_analyzers.text import Span

MAX_DEPTH = 60
"""Queries nested deeper than this are not understood."""

_LATERAL_ALIASES = frozenset(("snowflake", "databricks", "spark", "redshift", "duckdb", "clickhouse", "hive", ""))
"""Dialects whose select lists and conditions may use an alias made beside them; so may one that is not known."""

TypeOf = Callable[[exp.Expression, str, Callable[[exp.Column], str]], str]


@dataclass(eq=False)
class QueryMap:
    """A query with everything its names stand for.

    Attributes:
        source: the text it stands in.
        dialect: the SQL dialect.
        inputs: the relations from outside, each use by itself.
        scopes: every SELECT, the outer ones behind those they contain.
        ctes: every common table expression.
        mentions: every name of a column.
        compared: every comparison.
        united: for every union, the shapes of its arms.
        root: the scope of the outermost SELECT.
        shape: what the query gives.
    """

    source: SqlSource
    dialect: str
    inputs: list[Input] = field(default_factory=list)
    scopes: list[Scope] = field(default_factory=list)
    ctes: list[Cte] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)
    compared: list[exp.Expression] = field(default_factory=list)
    united: list[list[Shape]] = field(default_factory=list)
    root: Scope | None = None
    shape: Shape = field(default_factory=lambda: UNKNOWN)

    _mute: list[int] | None = None

    def mute(self) -> list[int]:
        """Where blocks stand of which nothing is seen, but which may render to anything."""
        if self._mute is None:
            self._mute = [
                placeholder.start
                for placeholder in self.source.parsed.template.placeholders
                if placeholder.role is Role.NOTHING and not self._renders_nothing(placeholder)
            ]
        return self._mute

    def _renders_nothing(self, placeholder: Placeholder) -> bool:
        if self.source.means(placeholder).kind == "none":
            return True
        made = self.source.makes(self.source.block(placeholder))
        return made is not None and made.kind == "clause"

    @cached_property
    def starts(self) -> frozenset[int]:
        """Where the placeholders start."""
        return frozenset(placeholder.start for placeholder in self.source.parsed.template.placeholders)

    @cached_property
    def templated(self) -> bool:
        """Whether there is Jinja in the text whose place something takes."""
        return bool(self.source.parsed.template.placeholders)

    at: dict[int, Mention] = field(default_factory=dict)
    """The mentions by where they start."""

    def add(self, mention: Mention) -> None:
        """Add a mention."""
        self.mentions.append(mention)
        if mention.span is not None:
            self.at[mention.span.start] = mention

    # -- the pass ----------------------------------------------------------------------------------------------------

    def query(
        self, node: exp.Expression, ctes: dict[str, Cte], parent: Scope | None, depth: int, outer: bool = False
    ) -> Shape:
        """The shape of a query of any kind.

        Args:
            node: SELECT, set operation, subquery in brackets, VALUES or a table.
            ctes: the common table expressions in reach.
            parent: the scope around it whose relations it may use.
            depth: how deep it is nested.
            outer: whether it is the outermost, or its first arm.
        """
        if depth > MAX_DEPTH:
            return UNKNOWN
        with_ = node.args.get("with_")
        if isinstance(with_, exp.With):
            ctes = self._with(with_, ctes, parent, depth)
        if isinstance(node, exp.Select):
            return self._select(node, ctes, parent, depth, outer)
        if isinstance(node, exp.SetOperation):
            return self._union(node, ctes, parent, depth, outer)
        if isinstance(node, exp.Subquery | exp.Paren):
            shape = self.query(node.this, ctes, parent, depth + 1, outer)
            return UNKNOWN if node.args.get("pivots") else shape
        if isinstance(node, exp.Table):
            scope = Scope(node, parent, ctes=ctes)
            return bind(self, scope, node, depth).shape
        return UNKNOWN

    def _with(self, with_: exp.With, ctes: dict[str, Cte], parent: Scope | None, depth: int) -> dict[str, Cte]:
        ctes = dict(ctes)
        for node in with_.expressions:
            if not isinstance(node, exp.CTE):
                continue
            alias = node.args.get("alias")
            label = alias.this if isinstance(alias, exp.TableAlias) else None
            names = (
                [(item.name, identifier_span(item)) for item in alias.columns]
                if isinstance(alias, exp.TableAlias)
                else []
            )
            cte = Cte(node.alias, identifier_span(label), node, UNKNOWN, scalar=bool(node.args.get("scalar")))
            self.ctes.append(cte)
            inside = ctes
            if with_.args.get("recursive"):
                # What it says of itself is what its first arm says.
                first = node.this
                while isinstance(first, exp.SetOperation | exp.Subquery) and first.args.get("with_") is None:
                    first = first.this
                cte.shape = _declared(first, names)
                inside = {**ctes, node.alias.casefold(): cte}
            before = len(self.scopes)
            shape = self.query(node.this, inside, parent, depth + 1)
            cte.shape = shape.renamed(names) if names else shape
            cte.scope = self.scopes[-1] if len(self.scopes) > before else None
            ctes[node.alias.casefold()] = cte
        return ctes

    def _select(self, node: exp.Select, ctes: dict[str, Cte], parent: Scope | None, depth: int, outer: bool) -> Shape:
        scope = Scope(node, parent, ctes=ctes)
        args = node.args
        from_ = args.get("from_")
        if isinstance(from_, exp.From):
            scope.relations.append(bind(self, scope, from_.this, depth))
            # A relation may bring joins of its own: `from a, b join c`, `from (a join b)`.
            for join in from_.this.args.get("joins") or ():
                self._join(scope, join, depth)
        for lateral in args.get("laterals") or ():
            scope.relations.append(bind(self, scope, lateral, depth))
        for join in args.get("joins") or ():
            self._join(scope, join, depth)
        if self.mute():
            self._hidden_parts(scope, node)
        lateral_aliases = Aliases.LAST if self.dialect in _LATERAL_ALIASES else Aliases.NO
        listed = scope.shape.known
        scope.shape = project(self, scope, node, lateral_aliases, depth)
        scope.shape.known = scope.shape.known and listed
        for column in scope.shape.columns():
            scope.done.setdefault(column.name.casefold(), column)
        for name in ("where", "prewhere", "connect", "match"):
            self._clause(scope, args.get(name), "where", lateral_aliases, depth)
        for name in ("group", "having", "qualify", "windows", "distinct", "order", "sort", "cluster", "distribute"):
            aliases = Aliases.FIRST if name in ("order", "sort") else Aliases.LAST
            clause = {"group": "group", "having": "having", "order": "order"}.get(name, name)
            value = args.get(name)
            for item in value if isinstance(value, list) else (value,):
                self._clause(scope, item, clause, aliases, depth)
        self.scopes.append(scope)
        if outer:
            self.root = scope
        return scope.shape

    def _hidden_parts(self, scope: Scope, node: exp.Select) -> None:
        """Take note of blocks that may bring relations or columns nobody sees."""
        from_ = node.args.get("from_")
        where = node.args.get("where") or node.args.get("group")
        whole = self.source.span_of(node)
        if whole is None:
            return
        middle = self.source.span_of(from_) if isinstance(from_, exp.From) else None
        after = self.source.span_of(where) if isinstance(where, exp.Expression) else None
        start = middle.start if middle is not None else whole.end
        # Behind the last word of a SELECT in brackets nothing of it can stand: who knows brackets that are hidden.
        end = after.start if after is not None else whole.end
        for at in self.mute():
            if whole.start <= at < start:
                scope.shape.known = False
            elif start <= at < end:
                scope.relations.append(Bound("", "", UNKNOWN))

    def _join(self, scope: Scope, join: exp.Expression, depth: int) -> None:
        args = join.args
        kind = str(args.get("kind") or "")
        if kind == "ARRAY":
            scope.relations.append(elements(self, scope, [join.this, *join.expressions], depth))
            return
        bound = bind(self, scope, join.this, depth)
        scope.relations.append(bound)
        if args.get("method") == "NATURAL":
            # Which of their columns become one is the database's affair.
            for relation in scope.relations:
                relation.shape = UNKNOWN
        using = args.get("using") or ()
        if using:
            bound.using = frozenset(item.name.casefold() for item in using)
            for item in using:
                mentions_in(self, scope, item, "using", Aliases.NO, depth)
        self._clause(scope, args.get("on"), "on", Aliases.NO, depth)
        if kind in ("SEMI", "ANTI") or str(args.get("side") or "") in ("SEMI", "ANTI"):
            bound.hidden = True

    def _clause(self, scope: Scope, node: exp.Expression | None, clause: str, aliases: Aliases, depth: int) -> None:
        if isinstance(node, exp.Expression):
            mentions_in(self, scope, node, clause, aliases, depth)

    def _union(
        self, node: exp.SetOperation, ctes: dict[str, Cte], parent: Scope | None, depth: int, outer: bool
    ) -> Shape:
        # Long unions lean to the left: `((a union b) union c)`.
        arms: list[exp.Expression] = []
        left: exp.Expression = node
        by_name = False
        while isinstance(left, exp.SetOperation):
            by_name = by_name or bool(left.args.get("by_name"))
            arms.append(left.expression)
            left = left.this
            if left.args.get("with_") is not None:
                break
        arms.append(left)
        arms.reverse()
        shapes = [self.query(arm, ctes, parent, depth + 1, outer and number == 0) for number, arm in enumerate(arms)]
        if not by_name:
            self.united.append(shapes)
        shape = unite(shapes, self.dialect, by_name=by_name)
        order = node.args.get("order")
        if isinstance(order, exp.Expression):
            scope = Scope(node, parent, ctes=ctes, shape=shape)
            scope.done = {column.name.casefold(): column for column in shape.columns()}
            for item in order.find_all(exp.Column):
                if not item.table and item.name.casefold() in scope.done:
                    mentions_in(self, scope, item, "order", Aliases.FIRST, depth)
        return shape


def _declared(first: exp.Expression, names: list[tuple[str, Span | None]]) -> Shape:
    """The columns of a recursive expression before it is read: those it is declared with or its first arm names."""
    if names:
        return Shape([Col(name) for name, _ in names])
    if not isinstance(first, exp.Select):
        return UNKNOWN
    items = [projection.alias_or_name for projection in first.expressions]
    if any(not name or name == "*" for name in items):
        return UNKNOWN
    return Shape([Col(name) for name in items])


def query_map(source: SqlSource, tree: exp.Expression, dialect: str) -> QueryMap:
    """What the names of a query stand for; a statement that writes is entered at its query."""
    found = QueryMap(source, dialect)
    if isinstance(tree, exp.Query):
        found.shape = found.query(tree, {}, None, 0, outer=True)
    elif isinstance(tree, exp.Insert | exp.Create) and isinstance(tree.args.get("expression"), exp.Query):
        ctes = found._with(tree.args["with_"], {}, None, 0) if isinstance(tree.args.get("with_"), exp.With) else {}
        found.shape = found.query(tree.args["expression"], ctes, None, 0, outer=True)
    return found
