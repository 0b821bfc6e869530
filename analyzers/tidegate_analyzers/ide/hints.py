"""What is not written but meant: the columns of a `*`, and the types of columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tidegate_analyzers.facts import FileRead
from tidegate_analyzers.facts.columns import EVERY
from tidegate_analyzers.graph.columns import ColumnKey, KnownColumn, column_type, columns_of, flow_of, node_columns
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.text import Span

SHOWN = 5
"""How many columns of a `*` are shown in the line; the others are in the tooltip."""


@dataclass(frozen=True, slots=True)
class Hint:
    """A note behind an offset: `columns` of a star, or a `type`."""

    kind: str
    offset: int
    label: str
    tooltip: str = ""


def hints(view: View, path: str, read: FileRead, within: Span, *, stars: bool, types: bool) -> Iterator[Hint]:
    """The notes of a document within a span."""
    for number, node in enumerate(read.facts.nodes):
        key = NodeKey(path, number, node.name, node.kind)
        query = flow_of(view, key) if node.language == "sql" and (stars or types) else None
        if query is None:
            continue
        known = node_columns(view, key)
        by_site: dict[int, list[KnownColumn]] = {}
        for column in known.items:
            if column.path == path and column.site:
                by_site.setdefault(column.site, []).append(column)
        for output in query.outputs:
            span = read.span(output.site)
            made = by_site.get(output.site)
            if not output.site or not made or not within.start <= span.end <= within.end:
                continue
            if output.name == EVERY:
                if stars:
                    every = columns_of(view, path, query.inputs[output.origins[0].input])
                    yield _star(made, span, complete=every.complete)
            elif types and len(made) == 1 and (type_ := column_type(view, ColumnKey(key, made[0].name.casefold()))):
                yield Hint("type", span.end, f": {type_}")


def _star(made: list[KnownColumn], span: Span, *, complete: bool) -> Hint:
    names = [column.name for column in made]
    more = [f"{len(names) - SHOWN} more"] if len(names) > SHOWN else []
    rest = [] if complete else ["…"]
    return Hint("columns", span.end, f"= {', '.join([*names[:SHOWN], *more, *rest])}", ", ".join([*names, *rest]))
