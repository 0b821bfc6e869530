"""JSON Schema (draft 2019-09) checked on YAML nodes, so that every fault has its exact place.

The usual validators work on plain values and lose the positions. This one knows the keywords that the schemas
shipped with tidegate use; a test compares its verdicts with those of the `jsonschema` package, and fails when
a shipped schema uses a keyword that is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as MappingType
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, TypeAlias

from tidegate_analyzers.syntax.yaml import Mapping, Node, Scalar, Sequence, plain, resolved, scalar_value
from tidegate_analyzers.text import Span

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
MAX_VISITS = 100_000
"""How many node-and-schema pairs are looked at before checking gives up: aliases can unfold without end."""


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


def check(root: Node, schema: MappingType[str, Any], *, version: str = "1.2") -> list[Violation]:
    """Every violation of `schema` in a YAML document, in the order of the text.

    Args:
        root: the document's root.
        schema: a JSON Schema.
        version: the YAML version that decides what plain scalars mean.
    """
    checker = _Checker(schema, version)
    found = list(checker.node(root, schema, (), root.span))
    unique = {(violation.span, violation.message): violation for violation in found}
    return sorted(unique.values(), key=lambda violation: (violation.span, violation.message))


class _Checker:
    def __init__(self, root: MappingType[str, Any], version: str) -> None:
        self.root = root
        self.version = version
        self.visits = 0
        self.probing = 0
        self.plain_types: dict[int, str] = {}
        self.verdicts: dict[tuple[int, int], bool] = {}

    def node(self, node: Node, schema: Schema, path: tuple[str | int, ...], key_span: Span) -> Iterator[Violation]:
        self.visits += 1
        if self.visits > MAX_VISITS or schema is True or len(path) > 60:
            return
        node = resolved(node)
        if schema is False:
            yield Violation("shape", key_span, "nothing is allowed here", path)
            return
        if self._is_plainly_right(node, schema):
            return
        if "$ref" in schema:
            yield from self.node(node, self._target(str(schema["$ref"])), path, key_span)
        expected = schema.get("type")
        if expected is not None:
            types = [expected] if isinstance(expected, str) else list(expected)
            if not any(self._is(node, name) for name in types):
                yield Violation(
                    "type",
                    _place(node, key_span),
                    f"{self._what(node)} where {_or(map(_article, types))} is expected",
                    path,
                )
                return
        yield from self._value(node, schema, path, key_span)
        if isinstance(node, Mapping):
            yield from self._mapping(node, schema, path, key_span)
        elif isinstance(node, Sequence):
            yield from self._sequence(node, schema, path, key_span)
        yield from self._combined(node, schema, path, key_span)

    def _is_plainly_right(self, node: Node, schema: MappingType[str, Any]) -> bool:
        """True for a value whose schema asks for no more than a type, which it has; most are of this kind."""
        kind = self.plain_types.get(id(schema))
        if kind is None:
            words = schema.keys() - ANNOTATIONS
            kind = self.plain_types[id(schema)] = (
                str(schema["type"]) if words == {"type"} and isinstance(schema["type"], str) else ""
            )
        return bool(kind) and self._is(node, kind)

    def _holds(self, node: Node, condition: Schema) -> bool:
        """Whether an `if` holds. Most ask for the constant value of one key, which needs no general check."""
        if isinstance(condition, dict) and condition.keys() <= {"properties", "required"} and isinstance(node, Mapping):
            entries = node.keyed()
            if not all(name in entries for name in condition.get("required", ())):
                return False
            for name, inner in condition.get("properties", {}).items():
                if name not in entries:
                    continue
                value = entries[name][1]
                if isinstance(inner, dict) and inner.keys() == {"const"} and isinstance(value, Scalar):
                    if not _same(scalar_value(value, version=self.version), inner["const"]):
                        return False
                elif not self.valid(value, inner):
                    return False
            return True
        return self.valid(node, condition)

    def valid(self, node: Node, schema: Schema) -> bool:
        """Whether a node fits a schema. Nobody reads the faults found here, so no words are looked for."""
        key = (id(node), id(schema))
        verdict = self.verdicts.get(key)
        if verdict is None:
            self.probing += 1
            verdict = next(self.node(node, schema, (), node.span), None) is None
            self.probing -= 1
            self.verdicts[key] = verdict
        return verdict

    def _suggestion(self, word: str, known: list[str]) -> str:
        close = [] if self.probing else get_close_matches(word, known, 1)
        return close[0] if close else ""

    def _target(self, reference: str) -> Schema:
        target: Any = self.root
        for part in reference.removeprefix("#").strip("/").split("/"):
            if part:
                target = target[part.replace("~1", "/").replace("~0", "~")]
        return target if isinstance(target, bool | dict) else True

    # -- types and values ----------------------------------------------------------------------------------------

    def _is(self, node: Node, name: str) -> bool:
        if name == "object":
            return isinstance(node, Mapping)
        if name == "array":
            return isinstance(node, Sequence)
        if not isinstance(node, Scalar):
            return False
        value = scalar_value(node, version=self.version)
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

    def _what(self, node: Node) -> str:
        if isinstance(node, Mapping):
            return "a mapping"
        if isinstance(node, Sequence):
            return "a list"
        value = scalar_value(node, version=self.version) if isinstance(node, Scalar) else None
        if value is None:
            return "nothing"
        kind = {bool: "the boolean", int: "the number", float: "the number"}.get(type(value), "the text")
        written = node.value if isinstance(node, Scalar) else ""
        return f"{kind} '{written[:60]}'"

    def _value(
        self, node: Node, schema: MappingType[str, Any], path: tuple[str | int, ...], key_span: Span
    ) -> Iterator[Violation]:
        place = _place(node, key_span)
        if "enum" in schema or "const" in schema:
            allowed = list(schema["enum"]) if "enum" in schema else [schema["const"]]
            value = plain(node, version=self.version)
            if not any(_same(value, item) for item in allowed):
                close = (
                    self._suggestion(str(value), [str(item) for item in allowed]) if isinstance(node, Scalar) else ""
                )
                hint = f"; did you mean '{close}'?" if close else ""
                yield Violation(
                    "value", place, f"{self._what(node)} where {_or(map(_spelled, allowed))} is expected{hint}", path
                )
        if not isinstance(node, Scalar):
            return
        value = scalar_value(node, version=self.version)
        if isinstance(value, str):
            if "pattern" in schema and not re.search(str(schema["pattern"]), value):
                yield Violation("value", place, f"'{value[:60]}' does not have the form {schema['pattern']}", path)
            if len(value) < schema.get("minLength", 0):
                yield Violation("value", place, f"at least {schema['minLength']} characters are expected", path)
            if len(value) > schema.get("maxLength", len(value)):
                yield Violation("value", place, f"at most {schema['maxLength']} characters are expected", path)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield from self._bounds(value, schema, path, place)

    def _bounds(
        self, value: float, schema: MappingType[str, Any], path: tuple[str | int, ...], place: Span
    ) -> Iterator[Violation]:
        if "minimum" in schema and value < schema["minimum"]:
            yield Violation("value", place, f"{value} where at least {schema['minimum']} is expected", path)
        if "maximum" in schema and value > schema["maximum"]:
            yield Violation("value", place, f"{value} where at most {schema['maximum']} is expected", path)
        if "exclusiveMinimum" in schema and value <= schema["exclusiveMinimum"]:
            yield Violation("value", place, f"{value} where more than {schema['exclusiveMinimum']} is expected", path)
        if "exclusiveMaximum" in schema and value >= schema["exclusiveMaximum"]:
            yield Violation("value", place, f"{value} where less than {schema['exclusiveMaximum']} is expected", path)

    # -- collections ------------------------------------------------------------------------------------------------

    def _mapping(
        self, node: Mapping, schema: MappingType[str, Any], path: tuple[str | int, ...], key_span: Span
    ) -> Iterator[Violation]:
        entries = node.keyed()
        for name in schema.get("required", ()):
            if name not in entries:
                yield Violation("missing_key", _head(node, key_span), f"'{name}' is missing", path, str(name))
        for name, others in schema.get("dependentRequired", {}).items():
            for other in others if name in entries else ():
                if other not in entries:
                    yield Violation(
                        "missing_key", entries[name][0].span, f"'{name}' needs '{other}' beside it", path, str(other)
                    )
        properties = schema.get("properties", {})
        patterns = schema.get("patternProperties", {})
        for name, (key, value) in entries.items():
            if name in properties:
                yield from self.node(value, properties[name], (*path, name), key.span)
            for pattern, inner in patterns.items():
                if re.search(pattern, name):
                    yield from self.node(value, inner, (*path, name), key.span)
            if "propertyNames" in schema:
                yield from self.node(key, schema["propertyNames"], (*path, name), key.span)
        if "additionalProperties" in schema:
            rest = {
                name: entry
                for name, entry in entries.items()
                if name not in properties and not any(re.search(p, name) for p in patterns)
            }
            yield from self._extra(rest, schema["additionalProperties"], list(properties), path)
        if "unevaluatedProperties" in schema:
            known = self._evaluated(node, schema)
            rest = {name: entry for name, entry in entries.items() if name not in known}
            yield from self._extra(
                rest, schema["unevaluatedProperties"], sorted(self._nameable(schema)) if rest else [], path
            )

    def _extra(
        self, rest: dict[str, tuple[Scalar, Node]], schema: Schema, known: list[str], path: tuple[str | int, ...]
    ) -> Iterator[Violation]:
        for name, (key, value) in rest.items():
            if schema is False and name in known:  # other forms of this mapping have it
                yield Violation("unknown_key", key.span, f"the key '{name}' does not belong here", path, name)
            elif schema is False:
                close = self._suggestion(name, known)
                hint = f"; did you mean '{close}'?" if close else ""
                yield Violation("unknown_key", key.span, f"unknown key '{name}'{hint}", path, name, close)
            else:
                yield from self.node(value, schema, (*path, name), key.span)

    def _evaluated(self, node: Mapping, schema: Schema) -> set[str]:
        """The keys that some applicable part of a schema speaks of."""
        if isinstance(schema, bool):
            return set()
        names = set(node.keyed())
        known = names & set(schema.get("properties", ()))
        known |= {name for name in names for pattern in schema.get("patternProperties", ()) if re.search(pattern, name)}
        if "additionalProperties" in schema:
            return names
        if "$ref" in schema:
            known |= self._evaluated(node, self._target(str(schema["$ref"])))
        for part in schema.get("allOf", ()):
            known |= self._evaluated(node, part)
        for part in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
            if self.valid(node, part):
                known |= self._evaluated(node, part)
        if "if" in schema:
            holds = self._holds(node, schema["if"])
            if holds:
                known |= self._evaluated(node, schema["if"])
            known |= self._evaluated(node, schema.get("then" if holds else "else", True))
        return known

    def _nameable(self, schema: Schema) -> set[str]:
        """Every key that a schema could speak of; candidates for a suggestion."""
        if isinstance(schema, bool):
            return set()
        names = set(schema.get("properties", ()))
        if "$ref" in schema:
            names |= self._nameable(self._target(str(schema["$ref"])))
        for word in ("allOf", "anyOf", "oneOf"):
            for part in schema.get(word, ()):
                names |= self._nameable(part)
        for word in ("then", "else"):
            names |= self._nameable(schema.get(word, True))
        return names

    def _sequence(
        self, node: Sequence, schema: MappingType[str, Any], path: tuple[str | int, ...], key_span: Span
    ) -> Iterator[Violation]:
        items = list(node.items())
        if len(items) < schema.get("minItems", 0):
            yield Violation(
                "shape", key_span, f"at least {schema['minItems']} items are expected, {len(items)} found", path
            )
        if len(items) > schema.get("maxItems", len(items)):
            yield Violation(
                "shape", key_span, f"at most {schema['maxItems']} items are expected, {len(items)} found", path
            )
        if schema.get("uniqueItems"):
            values = [plain(item, version=self.version, budget=1_000) for item in items]
            for index, item in enumerate(items):
                if any(_same(values[index], other) for other in values[:index]):
                    yield Violation("value", item.span, "this item stands in the list twice", (*path, index))
        inner = schema.get("items")
        if inner is not None:
            for index, item in enumerate(items):
                yield from self.node(item, inner, (*path, index), item.span)

    # -- combinations -------------------------------------------------------------------------------------------------

    def _combined(
        self, node: Node, schema: MappingType[str, Any], path: tuple[str | int, ...], key_span: Span
    ) -> Iterator[Violation]:
        for part in schema.get("allOf", ()):
            yield from self.node(node, part, path, key_span)
        if "anyOf" in schema and not any(self.valid(node, part) for part in schema["anyOf"]):
            yield from self._best(node, schema["anyOf"], path, key_span)
        if "oneOf" in schema:
            holding = [part for part in schema["oneOf"] if self.valid(node, part)]
            if not holding:
                yield from self._best(node, schema["oneOf"], path, key_span)
            elif len(holding) > 1:
                yield Violation(
                    "shape", key_span, f"this fits {len(holding)} of the forms that exclude each other", path
                )
        if "not" in schema and self.valid(node, schema["not"]):
            yield Violation("shape", key_span, "this form is not allowed here", path)
        if "if" in schema:
            branch = "then" if self._holds(node, schema["if"]) else "else"
            if branch in schema:
                yield from self.node(node, schema[branch], path, key_span)

    def _best(
        self, node: Node, parts: list[Schema], path: tuple[str | int, ...], key_span: Span
    ) -> Iterator[Violation]:
        """The faults of the alternative that fits best; alternatives that only name missing keys are joined."""
        attempts = [list(self.node(node, part, path, key_span)) for part in parts]
        if all(len(a) == 1 and a[0].kind == "missing_key" and a[0].path == path for a in attempts):
            names = list(dict.fromkeys(a[0].key for a in attempts))
            yield Violation(
                "missing_key",
                attempts[0][0].span,
                f"one of {', '.join(map(_spelled, names))} is missing",
                path,
                names[0],
            )
            return
        of_type = [a for a in attempts if not any(v.kind == "type" and v.path == path for v in a)]
        if not of_type:
            types = [
                v.message.partition(" where ")[2].removesuffix(" is expected")
                for a in attempts
                for v in a
                if v.kind == "type" and v.path == path
            ]
            yield Violation(
                "type",
                _place(node, key_span),
                f"{self._what(node)} where {_or(dict.fromkeys(types))} is expected",
                path,
            )
            return
        yield from min(of_type, key=len)


def _place(node: Node, key_span: Span) -> Span:
    """What to underline for a value: a scalar itself, the key of a collection or of nothing."""
    if isinstance(node, Scalar) and node.end > node.start:
        return node.span
    return key_span


def _head(node: Mapping, key_span: Span) -> Span:
    """What to underline for a missing key: the key above, or the mapping's first key."""
    above = key_span.end > key_span.start and key_span != node.span
    if above and not (node.start <= key_span.start and key_span.end >= node.end):
        return key_span
    first = node.entries[0][0] if node.entries else None
    return first.span if first is not None else Span(node.start, min(node.start + 1, max(node.end, node.start)))


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    return bool(left == right)


def _spelled(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else f"'{value}'"


def _article(name: str) -> str:
    return {
        "object": "a mapping",
        "array": "a list",
        "string": "text",
        "boolean": "true or false",
        "null": "nothing",
        "integer": "a whole number",
        "number": "a number",
    }.get(name, name)


def _or(words: Any) -> str:
    listed = list(words)
    if len(listed) <= 1:
        return "".join(listed)
    if len(listed) > 12:
        listed = [*listed[:12], "…"]
    return ", ".join(listed[:-1]) + f" or {listed[-1]}"


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
