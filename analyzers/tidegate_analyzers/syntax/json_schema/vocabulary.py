"""The keywords of JSON Schema that are known here."""

from __future__ import annotations

from collections.abc import Mapping as MappingType
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
        "patternErrorMessage",
        "x-synonyms",
        "readOnly",
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
        "minProperties",
    ]
)
