"""The columns of a union: the names of the first arm, made of the columns of all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tidegate_analyzers.readers.sql.scopes.shapes import Col, Edge, Shape, Star, kind_of
from tidegate_analyzers.readers.sql.types import united

MAX_EXTRA = 50
"""Of the arms of a union behind a star, so many are noted for each column."""


def unite(arms: Sequence[Shape], dialect: str, *, by_name: bool) -> Shape:
    """The shape of a union of some arms.

    Args:
        arms: the shapes, the first of which gives the names.
        dialect: the SQL dialect, which says what type two types come to.
        by_name: whether columns of one name belong together, wherever they stand.
    """
    first, rest = arms[0], arms[1:]
    by_place = not by_name and _alike(arms)
    items: list[Col | Star] = []
    for number, item in enumerate(first.items):
        if isinstance(item, Star):
            others = [other for arm in rest if isinstance(other := _at(arm, number), Star)]
            inputs = dict.fromkeys((*item.inputs, *(i for other in others for i in other.inputs)))
            items.append(Star(tuple(inputs), item.without, item.renamed, item.span))
        elif by_place:
            items.append(_joined(item, [other for arm in rest if isinstance(other := _at(arm, number), Col)], dialect))
        else:
            items.append(
                _joined(item, [other for arm in rest if (other := _named(arm, item.name)) is not None], dialect)
            )
    extra = dict(first.extra)
    if by_name or first.stars():
        _others(first, rest, items, extra, by_name=by_name)
    return Shape(items, first.known and (not by_name or all(arm.known for arm in rest)), extra)


def _alike(arms: Sequence[Shape]) -> bool:
    """Whether the columns of all arms can be matched by their places: the same columns and stars in the same order."""
    if not any(arm.stars() for arm in arms):
        return True
    form = [isinstance(item, Star) for item in arms[0].items]
    return all([isinstance(item, Star) for item in arm.items] == form for arm in arms)


def _at(shape: Shape, number: int) -> Col | Star | None:
    return shape.items[number] if number < len(shape.items) else None


def _named(shape: Shape, name: str) -> Col | None:
    """The column of a name, which may come through a star."""
    folded = name.casefold()
    found = shape.column(folded)
    if found is not None:
        return found
    edges: list[Edge] = []
    for star in shape.stars():
        source = star.source_name(folded)
        edges += [(number, source) for number in star.inputs] if source is not None else []
    return Col(name, None, tuple(edges), "identity") if edges else None


def _joined(one: Col, others: list[Col], dialect: str) -> Col:
    if not others:
        return one
    columns = [one, *others]
    type_ = one.type
    for other in dict.fromkeys(column.type for column in others):
        type_ = united(type_, other, dialect)
    return Col(
        one.name,
        one.span,
        tuple(dict.fromkeys(edge for column in columns for edge in column.origins)),
        kind_of(*(column.kind for column in columns)),
        type_,
        tuple(columns),
    )


def _others(
    first: Shape, rest: Iterable[Shape], items: list[Col | Star], extra: dict[str, list[Col]], *, by_name: bool
) -> None:
    """The columns that the first arm does not name: new ones by name, else those that may come through its star."""
    taken = {column.name.casefold() for column in first.columns()}
    for arm in rest:
        for column in arm.columns():
            folded = column.name.casefold()
            if folded in taken:
                continue
            if by_name:
                taken.add(folded)
                items.append(column)
            elif len(extra.get(folded, ())) < MAX_EXTRA:
                extra[folded] = [*extra.get(folded, ()), column]
