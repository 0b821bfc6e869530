"""What a schema says of single values: types, words, forms and bounds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as MappingType
from typing import Any

from tidegate_analyzers.syntax.json_schema.violation import Violation, either, place_of, spelled, suggestion, what
from tidegate_analyzers.syntax.yaml import Mapping, Node, Scalar, Sequence, plain, scalar_value
from tidegate_analyzers.text import Span


def is_of(node: Node, name: str, version: str) -> bool:
    """Whether a node is of a type of JSON."""
    if name == "object":
        return isinstance(node, Mapping)
    if name == "array":
        return isinstance(node, Sequence)
    if not isinstance(node, Scalar):
        return False
    value = scalar_value(node, version=version)
    if name == "string":
        return isinstance(value, str)
    if name == "boolean":
        return isinstance(value, bool)
    if name == "null":
        return value is None
    if name == "integer":
        return (isinstance(value, int) and not isinstance(value, bool)) or (
            isinstance(value, float) and value.is_integer()
        )
    return name == "number" and isinstance(value, int | float) and not isinstance(value, bool)


def value_violations(
    node: Node, schema: MappingType[str, Any], path: tuple[str | int, ...], key_span: Span, version: str, *, brief: bool
) -> Iterator[Violation]:
    """What a schema says against the value of a node; nobody reads the words of a `brief` one."""
    place = place_of(node, key_span)
    if "enum" in schema or "const" in schema:
        allowed = list(schema["enum"]) if "enum" in schema else [schema["const"]]
        value = plain(node, version=version)
        if not any(same(value, item) for item in allowed):
            named = isinstance(node, Scalar) and not brief
            close = suggestion(str(value), [str(item) for item in allowed]) if named else ""
            hint = f"; did you mean '{close}'?" if close else ""
            yield Violation(
                "value", place, f"{what(node, version)} where {either(map(spelled, allowed))} is expected{hint}", path
            )
    if not isinstance(node, Scalar):
        return
    value = scalar_value(node, version=version)
    if isinstance(value, str):
        if "pattern" in schema and not re.search(str(schema["pattern"]), value):
            told = schema.get("patternErrorMessage") or f"the form {schema['pattern']} is expected"
            yield Violation("value", place, f"'{value[:60]}' where {told}", path)
        if len(value) < schema.get("minLength", 0):
            yield Violation("value", place, f"at least {schema['minLength']} characters are expected", path)
        if len(value) > schema.get("maxLength", len(value)):
            yield Violation("value", place, f"at most {schema['maxLength']} characters are expected", path)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _bounds(value, schema, path, place)


def _bounds(
    value: float, schema: MappingType[str, Any], path: tuple[str | int, ...], place: Span
) -> Iterator[Violation]:
    if "minimum" in schema and value < schema["minimum"]:
        yield Violation("value", place, f"{value} where at least {schema['minimum']} is expected", path)
    if "maximum" in schema and value > schema["maximum"]:
        yield Violation("value", place, f"{value} where at most {schema['maximum']} is expected", path)
    if "exclusiveMinimum" in schema and value <= schema["exclusiveMinimum"]:
        yield Violation("value", place, f"{value} where more than {schema['exclusiveMinimum']} is expected", path)
    if "exclusiveMaximum" in schema and value >= schema["exclusiveMaximum"]:
        yield Violation("value", place, f"{value} where less than {schema['exclusiveMaximum']} is expected", path)


def same(left: Any, right: Any) -> bool:
    """Whether two values are equal; `true` is not 1."""
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(value, right[key]) for key, value in left.items())
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    return bool(left == right)
