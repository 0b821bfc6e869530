"""Which column a name in a scope stands for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from tidegate_analyzers.readers.sql.scopes.shapes import IDENTITY, UNKNOWN, Bound, Col, Edge, Scope, Shape
from tidegate_analyzers.text import Span


@dataclass(slots=True, eq=False)
class Found:
    """What a name may stand for.

    Attributes:
        columns: columns that the file makes.
        edges: columns of inputs.
        unknown: whether something in scope may hold it of which nothing is known.
        ambiguous: whether several relations of the file have it.
        bound: the relation it was found in, where that is certain.
        firsts: where it may be of several relations, the column of an input for each.
        unless: the columns of inputs, if these have them, that are meant instead; input -1 is one that is not known.
    """

    columns: tuple[Col, ...] = ()
    edges: tuple[Edge, ...] = ()
    unknown: bool = False
    ambiguous: bool = False
    bound: Bound | None = None
    firsts: tuple[Edge, ...] = ()
    unless: tuple[Edge, ...] = ()

    @property
    def missing(self) -> bool:
        """Whether nothing in scope can be meant."""
        return not (self.columns or self.edges or self.unknown)

    @property
    def certain(self) -> bool:
        """Whether it is one thing for sure."""
        return not self.unknown and (bool(self.columns) or len({number for number, _ in self.edges}) == 1)


@dataclass(slots=True, eq=False)
class Mention:
    """A name of a column in the text, and what it stands for.

    Attributes:
        name: as written.
        span: where it stands, `qualifier` where the name of the relation before it stands.
        scope: where it is looked up.
        found: what it stands for.
        maybe: whether it may be no column at all.
        clause: `select`, `on`, `using`, `where`, `group`, `having`, `order`, `star` or ``.
    """

    name: str
    span: Span | None
    qualifier: Span | None
    scope: Scope
    found: Found
    maybe: bool = False
    clause: str = ""


def look(shape: Shape, folded: str) -> Found:
    """A column of a shape by its folded name."""
    column = shape.column(folded)
    if column is not None:
        return Found((column,))
    edges: list[Edge] = []
    for star in shape.stars():
        name = star.source_name(folded)
        if name is not None:
            edges += [(number, name) for number in star.inputs]
    extra = tuple(shape.extra.get(folded, ())) if edges else ()
    return Found(extra, tuple(edges), unknown=not shape.known)


def relation_named(scope: Scope, folded: str) -> tuple[Bound | None, bool]:
    """The relation of a name in a scope or those around it, and whether it was found around it."""
    outer = False
    current: Scope | None = scope
    while current is not None:
        named = [bound for bound in current.relations if bound.name == folded]
        if len(named) == 1:
            return named[0], outer
        if named:  # two of one name: which one is meant is the database's affair
            return Bound(folded, folded, UNKNOWN), outer
        current, outer = current.parent, True
    return None, outer


class Aliases(Enum):
    """Whether a clause sees the aliases of the select list."""

    NO = "no"
    LAST = "last"
    """After the columns of the relations: select lists and conditions in dialects that allow it."""
    FIRST = "first"
    """Before them: ORDER BY and GROUP BY."""


def unqualified(scope: Scope, folded: str, aliases: Aliases = Aliases.NO) -> Found:
    """A column by its bare name: in the relations of the scope, then in its select list, then around it."""
    alias = scope.done.get(folded) if aliases is not Aliases.NO else None
    if alias is not None and aliases is Aliases.FIRST:
        return Found((alias,))
    here = [
        (found, bound)
        for bound in scope.relations
        if not bound.hidden and not (found := look(bound.shape, folded)).missing
    ]
    exact = [(found, bound) for found, bound in here if found.columns and not found.edges]
    # BigQuery: the element of an array that is unnested is known by its alias.
    exact = [(found, bound) for found, bound in exact if bound.name == folded] or exact
    if exact:
        columns = tuple(column for found, _ in exact for column in found.columns)
        if any(folded in bound.using for bound in scope.relations):
            return Found(columns, tuple(edge for found, _ in here for edge in found.edges), bound=exact[0][1])
        # What ORDER BY names may come through a star of the select list.
        listed = aliases is Aliases.FIRST and bool(scope.shape.stars() or not scope.shape.known)
        return Found(columns[:1], ambiguous=len(exact) > 1 and alias is None and not listed, bound=exact[0][1])
    if alias is not None:
        passed = alias.kind == IDENTITY and {name.casefold() for _, name in alias.origins} == {folded}
        edges = tuple(edge for found, _ in here for edge in (found.edges or ((-1, folded),)))
        return Found((alias,), unless=() if passed else edges)
    if here:
        # USING makes one column of those that it merges.
        merged = any(folded in bound.using for bound in scope.relations)
        return Found(
            tuple(column for found, _ in here for column in found.columns),
            tuple(edge for found, _ in here for edge in found.edges),
            any(found.unknown for found, _ in here),
            bound=here[0][1] if len(here) == 1 or merged else None,
            firsts=tuple(found.edges[0] for found, _ in here if found.edges),
        )
    if scope.parent is not None:
        return unqualified(scope.parent, folded)
    named = scope.ctes.get(folded)
    # ClickHouse names values as others name queries: `with 1 as x select x`.
    return Found((Col(named.name, named.span),)) if named is not None and named.scalar else Found()
