"""What the parts of a schema ask about: found out once, so that checking asks no more than the schema does."""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from typing import Any, TypeAlias

from tidegate_analyzers.syntax.json_schema.vocabulary import ANNOTATIONS

VALUE, MAPPING, SEQUENCE, COMBINED, ONLY_TYPE = 1, 2, 4, 8, 16
_ASKS = {
    VALUE: frozenset(
        ("enum", "const", "pattern", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
    ),
    MAPPING: frozenset(
        (
            "required", "dependentRequired", "properties", "patternProperties", "propertyNames", "additionalProperties",
            "unevaluatedProperties", "minProperties",
        )
    ),
    SEQUENCE: frozenset(("items", "minItems", "maxItems", "uniqueItems")),
    COMBINED: frozenset(("allOf", "anyOf", "oneOf", "not", "if")),
}  # fmt: skip
CONDITION = frozenset(("if", "then", "else"))
_Known: TypeAlias = tuple[MappingType[str, Any], dict[int, int], dict[int, frozenset[str]]]
_known: dict[int, _Known] = {}


def known_of(root: MappingType[str, Any]) -> _Known:
    """A schema with what its parts ask about and always speak of, by their identity; found out once for a schema."""
    known = _known.get(id(root))
    if known is None or known[0] is not root:
        if len(_known) >= 16:
            _known.clear()
        known = _known[id(root)] = (root, {}, {})
    return known


def kind_of(schema: MappingType[str, Any]) -> int:
    """What a part asks about: a sum of the kinds above."""
    words = schema.keys() - ANNOTATIONS
    if words == {"type"} and isinstance(schema["type"], str):
        return ONLY_TYPE
    return sum(kind for kind, asked in _ASKS.items() if words & asked)
