"""Say which relation an ambiguous column is of."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.fixes.base import edit
from tidegate_analyzers.fixes.sql_names import qualifier
from tidegate_analyzers.graph.available import columns_of_shape
from tidegate_analyzers.ide.refactor.asked import FIX, Asked, Refactoring
from tidegate_analyzers.text import Change, Span


def qualify(asked: Asked) -> Iterator[Refactoring]:
    """On a bare name that several relations have."""
    query = asked.query if asked.role.kind in ("dbt_sql", "sql") else None
    if query is None:
        return
    for item in asked.found("TG710"):
        place = asked.place(item)
        mention = query.at.get(place.start)
        if mention is None or mention.qualifier is not None or mention.span is None:
            continue
        for bound in mention.scope.relations:
            columns, _ = columns_of_shape(asked.view, asked.path, query, bound.shape)
            has = any(column.name.casefold() == mention.name.casefold() for column in columns)
            name = qualifier(asked.workspace, asked.document, bound) if has and not bound.hidden else ""
            if name:
                change = Change((edit(asked.document, Span(place.start, place.start), f"{name}."),))
                title = f"Take '{name}.{mention.name}'"
                yield Refactoring(title, FIX, change, "TG710", safe=False)
