"""The keywords of JSON Schema that are known here."""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from functools import lru_cache
from typing import Any, TypeAlias

Schema: TypeAlias = "MappingType[str, Any] | bool"

ANNOTATIONS = frozenset(
    (
        "$schema",
        "$id",
        "title",
        "description",
        "default",
        "examples",
        "format",
        "deprecated",
        "$comment",
        "$defs",
        "definitions",
        "x-required-by",
        "markdownDescription",
    )
)
KEYWORDS = frozenset(
    [
        "$ref",
        "type",
        "enum",
        "const",
        "properties",
        "patternProperties",
        "additionalProperties",
        "unevaluatedProperties",
        "required",
        "items",
        "minItems",
        "maxItems",
        "uniqueItems",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "minLength",
        "maxLength",
        "pattern",
        "anyOf",
        "oneOf",
        "allOf",
        "not",
        "if",
        "then",
        "else",
        "dependentRequired",
        "propertyNames",
    ]
)


@lru_cache(maxsize=8)
def keywords_used(text: str) -> frozenset[str]:
    """The keywords that a schema's text uses; for the test that all of them are known."""
    import json

    found: set[str] = set()

    def walk(node: Any, *, names: bool) -> None:
        if isinstance(node, dict):
            for key, value in node.items():
                if not names:
                    found.add(key)
                if key not in ("enum", "const", "default", "examples") or names:
                    walk(
                        value,
                        names=not names
                        and key in ("properties", "patternProperties", "$defs", "definitions", "dependentRequired"),
                    )
        elif isinstance(node, list):
            for item in node:
                walk(item, names=False)

    walk(json.loads(text), names=False)
    return frozenset(found)
