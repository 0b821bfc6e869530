"""What a relation in scope holds: columns in order, and stars whose columns only the graph knows."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from tidegate_analyzers.facts import Relation
from tidegate_analyzers.text import Span

IDENTITY, TRANSFORMATION, AGGREGATION, CONSTANT = "identity", "transformation", "aggregation", "constant"
_ORDER = {CONSTANT: 0, IDENTITY: 1, TRANSFORMATION: 2, AGGREGATION: 3}

Edge = tuple[int, str]
"""A column of an input: the input's number and the column's name."""


def kind_of(*kinds: str) -> str:
    """The kind of a column that is made in several steps: that of the strongest."""
    return max(kinds, key=_ORDER.__getitem__, default=CONSTANT)


@dataclass(slots=True, eq=False)
class Input:
    """A relation from outside of the file, each time it is used."""

    number: int
    relation: Relation
    span: Span | None


@dataclass(slots=True, eq=False)
class Col:
    """A column of a relation in scope.

    Attributes:
        name: its name.
        span: where the name stands: the alias, or the last part of the column it passes on.
        origins: the columns of inputs it is made of, in the order of mention.
        kind: identity, transformation, aggregation or constant, all steps taken together.
        type: its SQL type; `?` and an edge (`?0.amount`) where it is that of a column of an input; or empty.
        parents: the columns of the file that it is made of directly.
        tree: what it is computed by.
    """

    name: str
    span: Span | None = None
    origins: tuple[Edge, ...] = ()
    kind: str = CONSTANT
    type: str = ""
    parents: tuple[Col, ...] = ()
    tree: exp.Expression | None = None


@dataclass(slots=True, eq=False)
class Star:
    """All columns of an input, less some, some by another name.

    `inputs` has the input itself, and behind it those which a union adds rows of.
    """

    inputs: tuple[int, ...]
    without: frozenset[str] = frozenset()
    renamed: tuple[tuple[str, str], ...] = ()
    span: Span | None = None

    def source_name(self, folded: str) -> str | None:
        """What the input calls the column that is called `folded` here; `None` if it can't be of this star."""
        for old, new in self.renamed:
            if new.casefold() == folded:
                return old
            if old.casefold() == folded:
                return None
        return None if folded in self.without else folded


@dataclass(slots=True, eq=False)
class Shape:
    """The columns of a relation.

    Attributes:
        items: columns and stars in order.
        known: whether there are no others.
        extra: for columns that come through a star, what other arms of a union make them of.
        placed: whether each stands at its place in the list, though the names of some may not be known.
    """

    items: list[Col | Star] = field(default_factory=list)
    known: bool = True
    extra: dict[str, list[Col]] = field(default_factory=dict)
    placed: bool = False
    _by_name: dict[str, Col] | None = None
    _stars: tuple[Star, ...] = ()

    def column(self, folded: str) -> Col | None:
        """The column of a name."""
        if self._by_name is None:
            self._index()
        assert self._by_name is not None
        return self._by_name.get(folded)

    def stars(self) -> tuple[Star, ...]:
        """The stars."""
        if self._by_name is None:
            self._index()
        return self._stars

    def columns(self) -> list[Col]:
        """The columns whose names the file tells."""
        return [item for item in self.items if isinstance(item, Col)]

    def _index(self) -> None:
        names: dict[str, Col] = {}
        stars = []
        for item in self.items:
            if isinstance(item, Col):
                if item.name:
                    names.setdefault(item.name.casefold(), item)
            else:
                stars.append(item)
        self._by_name, self._stars = names, tuple(stars)

    def renamed(self, names: list[tuple[str, Span | None]]) -> Shape:
        """The shape under a list of column aliases, `t(a, b)`."""
        if not self.known or self.stars():
            return Shape([Col(name, span) for name, span in names], known=not self.stars())
        columns = self.columns()
        items: list[Col | Star] = [
            Col(name, span, columns[i].origins, columns[i].kind, columns[i].type, (columns[i],))
            for i, (name, span) in enumerate(names)
            if i < len(columns)
        ]
        items += columns[len(names) :]
        return Shape(items)


UNKNOWN = Shape(known=False)


@dataclass(slots=True, eq=False)
class Cte:
    """A common table expression; `span` is its name's."""

    name: str
    span: Span | None
    node: exp.CTE
    shape: Shape
    scope: Scope | None = None
    uses: list[Span] = field(default_factory=list)
    scalar: bool = False
    """Whether it is a value, not a query."""


@dataclass(slots=True, eq=False)
class Bound:
    """A relation in a FROM or JOIN.

    Attributes:
        name: what columns of it are qualified by, case folded; empty where it has no name.
        label: the same as written.
        shape: its columns.
        span: where its own name stands.
        alias_span: where its alias stands.
        cte, input: what it is, if one of these.
        using: the columns that its join merges.
        hidden: whether its columns are out of reach (semi and anti joins).
    """

    name: str
    label: str
    shape: Shape
    span: Span | None = None
    alias_span: Span | None = None
    cte: Cte | None = None
    input: Input | None = None
    using: frozenset[str] = frozenset()
    hidden: bool = False


@dataclass(slots=True, eq=False)
class Scope:
    """A SELECT with what its names may stand for.

    Attributes:
        node: the SELECT, or the statement.
        parent: the scope around it, for correlated subqueries.
        relations: what stands in FROM and JOIN.
        ctes: the common table expressions in reach, by folded name.
        shape: what it gives.
        span: from its first to its last word.
    """

    node: exp.Expression
    parent: Scope | None
    relations: list[Bound] = field(default_factory=list)
    ctes: dict[str, Cte] = field(default_factory=dict)
    shape: Shape = field(default_factory=Shape)
    done: dict[str, Col] = field(default_factory=dict)
    """The columns of the select list that are made so far, for aliases that are used beside them."""
