"""One fault, and how it is put into words."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from tidegate_analyzers.syntax.yaml import Mapping, Node, Scalar, Sequence, scalar_value
from tidegate_analyzers.text import Span


@dataclass(frozen=True, slots=True)
class Violation:
    """One fault.

    Attributes:
        kind: `unknown_key`, `missing_key`, `type`, `value` or `shape`.
        span: the key, the value or the mapping it is about.
        message: what was found and what was expected.
        path: the keys and indexes that lead to the node.
        key: the key in question, for unknown and missing keys.
        suggestion: a known key that an unknown one resembles.
    """

    kind: str
    span: Span
    message: str
    path: tuple[str | int, ...]
    key: str = ""
    suggestion: str = ""


def place_of(node: Node, key_span: Span) -> Span:
    """What to underline for a value: a scalar itself, the key of a collection or of nothing."""
    if isinstance(node, Scalar) and node.end > node.start:
        return node.span
    return key_span


def head_of(node: Mapping, key_span: Span) -> Span:
    """What to underline for a missing key: the key above, or the mapping's first key."""
    above = key_span.end > key_span.start and key_span != node.span
    if above and not (node.start <= key_span.start and key_span.end >= node.end):
        return key_span
    first = node.entries[0][0] if node.entries else None
    return first.span if first is not None else Span(node.start, min(node.start + 1, max(node.end, node.start)))


def what(node: Node, version: str) -> str:
    """A node in words."""
    if isinstance(node, Mapping):
        return "a mapping"
    if isinstance(node, Sequence):
        return "a list"
    value = scalar_value(node, version=version) if isinstance(node, Scalar) else None
    if value is None:
        return "nothing"
    kind = {bool: "the boolean", int: "the number", float: "the number"}.get(type(value), "the text")
    written = node.value if isinstance(node, Scalar) else ""
    return f"{kind} '{written[:60]}'"


def spelled(value: Any) -> str:
    """A value as JSON writes it, in quotes."""
    return str(value).lower() if isinstance(value, bool) else f"'{value}'"


def article(name: str) -> str:
    """A type of JSON in words."""
    return {
        "object": "a mapping",
        "array": "a list",
        "string": "text",
        "boolean": "true or false",
        "null": "nothing",
        "integer": "a whole number",
        "number": "a number",
    }.get(name, name)


def either(words: Any) -> str:
    """Words joined by commas and a last `or`."""
    listed = list(words)
    if len(listed) <= 1:
        return "".join(listed)
    if len(listed) > 12:
        listed = [*listed[:12], "…"]
    return ", ".join(listed[:-1]) + f" or {listed[-1]}"


def suggestion(word: str, known: list[str]) -> str:
    """The known word that an unknown one resembles, if there is one."""
    return next(iter(get_close_matches(word, known, 1)), "")
