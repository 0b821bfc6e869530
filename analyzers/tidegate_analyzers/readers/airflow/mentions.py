"""What the values of arguments name: assets, texts, the words of an opaque task."""

from __future__ import annotations

from tidegate_analyzers.readers.airflow.operators import (
    CLEARS,
)
from tidegate_analyzers.readers.python.values import CallOf, Items, Table, Text, Value

MAX_MENTIONS = 40


def texts_within(value: Value) -> list[str]:
    """Every text in a value."""
    if isinstance(value, Text):
        return [value.text]
    if isinstance(value, Items):
        return [text for item in value.items for text in texts_within(item)]
    if isinstance(value, Table):
        return [text for _, item in value.entries for text in texts_within(item)]
    return []


def asset_uri(value: Value) -> str:
    """The URI or name of an asset, as `Asset("...")`, `Dataset("...")` or a plain text gives it.

    An alias is none: which asset it stands for is told when the task runs.
    """
    if isinstance(value, Text):
        return value.text if value.known else ""
    if isinstance(value, CallOf) and value.function.rpartition(".")[2] in ("Asset", "Dataset"):
        given = dict(value.keywords)
        candidates = [given.get("uri"), given.get("name"), *value.arguments[:1]]
        return next((item.text for item in candidates if isinstance(item, Text) and item.known), "")
    return ""


def texts(value: Value | None) -> list[str]:
    """The texts of a list, or the one text there is."""
    if isinstance(value, Text):
        return [value.text]
    if isinstance(value, Items):
        return [item.text for item in value.items if isinstance(item, Text)]
    return []


def mentions(keywords: Table, operator: str, name: str) -> tuple[str, ...]:
    """Words that may name what an opaque task works on, clearing words first."""
    found: list[str] = [word for word in (operator, name) if CLEARS.search(word)]
    todo: list[Value] = [
        value for key, value in keywords.entries if key not in ("doc_md", "task_id", "owner", "email", "pool")
    ]
    while todo and len(found) < MAX_MENTIONS:
        value = todo.pop()
        if isinstance(value, Text):
            if value.text:
                found.append(value.text[:400])
        elif isinstance(value, Items):
            todo += value.items
        elif isinstance(value, Table):
            todo += [item for _, item in value.entries]
        elif isinstance(value, CallOf):
            todo += value.arguments
            todo += [item for _, item in value.keywords]
    return tuple(found)
