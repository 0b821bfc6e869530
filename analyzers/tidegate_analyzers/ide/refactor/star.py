"""Write out the columns of a `*`."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.fixes.star import expanded
from tidegate_analyzers.ide.refactor.asked import REWRITE, Asked, Refactoring


def expand_star(asked: Asked) -> Iterator[Refactoring]:
    """On a `*` all of whose columns are known."""
    line = asked.document.lines.line_text(asked.document.lines.position(asked.at).line)
    if asked.role.kind not in ("dbt_sql", "sql") or "*" not in line:
        return
    number, change = expanded(asked.workspace, asked.document, asked.at)
    if change is not None:
        yield Refactoring(f"Expand * to {number} column{'' if number == 1 else 's'}", REWRITE, change)
