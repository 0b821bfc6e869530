"""The columns of a dataset as a table."""

from __future__ import annotations

from tidegate_analyzers.graph.columns import ColumnKey, Dataset, column_description, column_type, dataset_columns
from tidegate_analyzers.graph.index import View

MOST = 20
"""How many columns are shown before the rest is counted."""
_WIDTH = 100


def column_table(view: View, dataset: Dataset) -> str:
    """The columns that a dataset is known to have, with their types and descriptions, as Markdown; empty for none."""
    known = dataset_columns(view, dataset)
    names = list(dict.fromkeys(item.name for item in known.items))
    if not names:
        return ""
    rows = [_row(view, ColumnKey(dataset, name.casefold()), name) for name in names[:MOST]]
    told = any(text for *_, text in rows)
    head = ["| column | type | |" if told else "| column | type |", "|---|---|---|" if told else "|---|---|"]
    lines = [f"| `{name}` | {type_} |" + (f" {text} |" if told else "") for name, type_, text in rows]
    rest = len(names) - MOST
    more = [f"and {rest} more" if rest > 0 else "", "" if known.complete else "There may be others."]
    return "\n".join((*head, *lines)) + "".join(f"\n\n{text}" for text in more if text)


def _row(view: View, key: ColumnKey, name: str) -> tuple[str, str, str]:
    type_ = column_type(view, key)
    text = " ".join(column_description(view, key)[0].split()).replace("|", "\\|")
    if len(text) > _WIDTH:
        text = text[: _WIDTH - 1].rstrip() + "…"
    return name, f"`{type_}`" if type_ else "", text
