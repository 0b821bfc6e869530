"""The columns of a model's query, read once for each way its undecided conditions may fall.

Conditions of which nothing is known (`{% if var('x') %}`) are read as true, and once more as false; what the two
readings do not agree on is not certain.
"""

from __future__ import annotations

import msgspec
from sqlglot import exp

from tidegate_analyzers.facts import ColumnFlow, Sites, Use
from tidegate_analyzers.readers.dbt.usual_macros import produces
from tidegate_analyzers.readers.sql.flow import column_flow
from tidegate_analyzers.readers.sql.source import SqlSource
from tidegate_analyzers.syntax.sql import ParsedTemplate, parse_template
from tidegate_analyzers.text import Span


def query_of(parsed: ParsedTemplate) -> exp.Expression | None:
    """The one query of a text; `None` where there is none, or several."""
    if parsed.failed:
        return None
    found: exp.Expression | None = None
    for statement in parsed.statements:
        tree = statement.tree
        if isinstance(tree, exp.Expression) and isinstance(tree, exp.Query):
            if found is not None:
                return None
            found = tree
    return found


def model_flow(source: SqlSource, dialect: str) -> ColumnFlow | None:
    """What the query of a model does with columns; `None` where it is not understood."""
    query = query_of(source.parsed)
    if query is None:
        return None
    source.makes = lambda block: produces(block, dialect)
    first = column_flow(source, query, dialect)
    undecided = source.parsed.template.undecided
    if not undecided:
        return first
    truths = {condition: not truth for condition, truth in undecided}
    parsed = parse_template(source.text, source.scan, dialect, truths=truths)
    query = query_of(parsed)
    other_sites = Sites()
    other = (
        column_flow(
            SqlSource(source.text, source.scan, parsed, other_sites, source.meaning, source.place, source.makes),
            query,
            dialect,
        )
        if query is not None
        else ColumnFlow()
    )
    return _agreed(first, source.sites, other, other_sites, source.parsed.template.guarded)


def _agreed(
    first: ColumnFlow, sites: Sites, other: ColumnFlow, other_sites: Sites, guarded: tuple[Span, ...]
) -> ColumnFlow:
    names = {output.name.casefold() for output in first.outputs}
    closed = first.closed and other.closed and names == {output.name.casefold() for output in other.outputs}
    doubted = {(use.name, other_sites.span(use.site).start) for use in other.uses if use.state == "missing"}
    uses = []
    for use in first.uses:
        span = sites.span(use.site)
        if use.state in ("missing", "ambiguous") and (use.name, span.start) not in doubted:
            continue
        uses.append(_guarded(use) if any(part.start <= span.start < part.end for part in guarded) else use)
    return msgspec.structs.replace(first, closed=closed, uses=tuple(uses))


def _guarded(use: Use) -> Use:
    """A mention that some runs don't have."""
    return msgspec.structs.replace(use, state="maybe") if use.inputs else use
