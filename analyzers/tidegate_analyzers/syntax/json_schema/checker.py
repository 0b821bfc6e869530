"""A schema checked on the nodes of a YAML document."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from collections.abc import Mapping as MappingType
from typing import Any

from tidegate_analyzers.syntax.json_schema.parts import (
    COMBINED,
    CONDITION,
    MAPPING,
    ONLY_TYPE,
    SEQUENCE,
    VALUE,
    kind_of,
    known_of,
)
from tidegate_analyzers.syntax.json_schema.values import is_of, same, value_violations
from tidegate_analyzers.syntax.json_schema.violation import (
    Violation,
    article,
    either,
    head_of,
    place_of,
    spelled,
    suggestion,
    what,
)
from tidegate_analyzers.syntax.json_schema.vocabulary import Schema
from tidegate_analyzers.syntax.yaml import Mapping, Node, Scalar, Sequence, plain, resolved, scalar_value
from tidegate_analyzers.text import Span

MAX_VISITS = 100_000
"""How many node-and-schema pairs are looked at before checking gives up: aliases can unfold without end."""


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
        self.root, self.kinds, self.always = known_of(root)
        self.synonyms: MappingType[str, str] = root.get("x-synonyms", {})
        self.version = version
        self.visits = 0
        self.probing = 0
        self.verdicts: dict[tuple[int, int], bool] = {}

    def node(self, node: Node, schema: Schema, path: tuple[str | int, ...], key_span: Span) -> Iterator[Violation]:
        self.visits += 1
        if self.visits > MAX_VISITS or schema is True or len(path) > 60:
            return
        node = resolved(node)
        if schema is False:
            yield Violation("shape", key_span, "nothing is allowed here", path)
            return
        kind = self.kinds.get(id(schema))
        if kind is None:
            kind = self.kinds[id(schema)] = kind_of(schema)
        if kind == ONLY_TYPE and is_of(node, schema["type"], self.version):
            return  # most parts ask for no more
        if "$ref" in schema:
            yield from self.node(node, self._target(str(schema["$ref"])), path, key_span)
        expected = schema.get("type")
        if expected is not None:
            types = [expected] if isinstance(expected, str) else list(expected)
            if not any(is_of(node, name, self.version) for name in types):
                yield Violation(
                    "type",
                    place_of(node, key_span),
                    f"{what(node, self.version)} where {either(map(article, types))} is expected",
                    path,
                )
                return
        if kind & VALUE:
            yield from value_violations(node, schema, path, key_span, self.version, brief=self.probing > 0)
        if kind & MAPPING and isinstance(node, Mapping):
            yield from self._mapping(node, schema, path, key_span)
        if kind & SEQUENCE and isinstance(node, Sequence):
            yield from self._sequence(node, schema, path, key_span)
        if kind & COMBINED:
            yield from self._combined(node, schema, path, key_span)

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
                    if not same(scalar_value(value, version=self.version), inner["const"]):
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

    def _target(self, reference: str) -> Schema:
        target: Any = self.root
        for part in reference.removeprefix("#").strip("/").split("/"):
            if part:
                target = target[part.replace("~1", "/").replace("~0", "~")]
        return target if isinstance(target, bool | dict) else True

    # -- collections ------------------------------------------------------------------------------------------------

    def _mapping(
        self, node: Mapping, schema: MappingType[str, Any], path: tuple[str | int, ...], key_span: Span
    ) -> Iterator[Violation]:
        entries = node.keyed()
        if len(entries) < schema.get("minProperties", 0):
            yield Violation(
                "shape", head_of(node, key_span), f"at least {schema['minProperties']} keys are expected", path
            )
        for name in schema.get("required", ()):
            if name not in entries:
                yield Violation("missing_key", head_of(node, key_span), f"'{name}' is missing", path, str(name))
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
            known: Set[str] = self._always(schema)
            if not entries.keys() <= known:
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
                close = "" if self.probing else self._meant(name, known)
                hint = f"; did you mean '{close}'?" if close else ""
                yield Violation("unknown_key", key.span, f"unknown key '{name}'{hint}", path, name, close)
            else:
                yield from self.node(value, schema, (*path, name), key.span)

    def _meant(self, name: str, known: list[str]) -> str:
        """The key that a word stands for: by what the schema calls it, or by its spelling."""
        synonym = self.synonyms.get(name, "")
        return synonym if synonym in known else suggestion(name, known)

    def _always(self, schema: Schema) -> frozenset[str]:
        """The keys that a schema speaks of whatever the node holds."""
        if isinstance(schema, bool):
            return frozenset()
        known = self.always.get(id(schema))
        if known is None:
            self.always[id(schema)] = frozenset()  # a schema may lead back to itself
            parts = [*schema.get("allOf", ()), *([self._target(str(schema["$ref"]))] if "$ref" in schema else [])]
            known = frozenset(schema.get("properties", ())).union(*map(self._always, parts))
            self.always[id(schema)] = known
        return known

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
                if any(same(values[index], other) for other in values[:index]):
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
            if isinstance(part, dict) and part.keys() <= CONDITION:
                yield from self._conditional(node, part, path, key_span)
            else:
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
        yield from self._conditional(node, schema, path, key_span)

    def _conditional(
        self, node: Node, schema: MappingType[str, Any], path: tuple[str | int, ...], key_span: Span
    ) -> Iterator[Violation]:
        if "if" not in schema:
            return
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
                f"one of {', '.join(map(spelled, names))} is missing",
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
                place_of(node, key_span),
                f"{what(node, self.version)} where {either(dict.fromkeys(types))} is expected",
                path,
            )
            return
        yield from min(of_type, key=len)
