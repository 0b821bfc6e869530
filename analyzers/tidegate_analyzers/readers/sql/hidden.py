"""What the template expressions in a statement hide."""

from __future__ import annotations

from tidegate_analyzers.readers.sql.source import SqlSource
from tidegate_analyzers.syntax.sql import Statement
from tidegate_analyzers.syntax.template import Role


def is_windowed(source: SqlSource, statement: Statement) -> bool:
    """Whether a run's window is used in a statement."""
    inside = source.parsed.template.within(statement.span.start, statement.span.end)
    return any(source.means(placeholder).kind == "window" for placeholder in inside)


def hidden_clause(source: SqlSource, statement: Statement) -> str:
    """Why part of a statement is not known: an expression that may render to a whole clause, else empty.

    The parser's statement ends with its last word; an expression behind it may still add to it.
    """
    following = (other.span.start for other in source.parsed.statements if other.span.start >= statement.span.end)
    for placeholder in source.parsed.template.within(statement.span.start, next(following, len(source.text))):
        if placeholder.role not in (Role.NOTHING, Role.QUERY):
            continue
        block = source.block(placeholder)
        written = " ".join(source.text[block.start : block.end].split())
        if placeholder.role is Role.QUERY:
            return f"'{written}' is a query that a macro makes"
        if source.means(placeholder).kind == "unknown":
            return f"'{written}' may add a clause"
    return ""
