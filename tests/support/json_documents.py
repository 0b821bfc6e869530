"""Documents made from a JSON Schema: most of what it speaks of, and now and then something it does not want."""

from __future__ import annotations

import re
from random import Random
from typing import Any

ODD: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    1,
    -1,
    1.5,
    2.0,
    "",
    "x",
    "ä→😀",
    "on",
    "1",
    [],
    {},
    [1, 1],
    [None],
    {"odd": 1},
)
WORDS = (
    "TG101",
    "G4",
    "unsafe-load",
    "orders",
    "1.2.3",
    "v3.1.0",
    "6",
    "2024-01-01",
    "2024-01-01T00:00:00Z",
    "P1D",
    "6h",
    "0 3 * * *",
    "a.b",
    "owner",
)
DEPTH = 7


class Maker:
    """Makes documents.

    Attributes:
        root: the schema.
        random: decides.
        odd: how often something is put where it may not belong.
    """

    def __init__(self, root: dict[str, Any], random: Random, odd: float) -> None:
        self.root = root
        self.random = random
        self.odd = odd
        self.every_condition = random.random() < 0.5

    def make(self, schema: Any, depth: int = 0) -> Any:
        """A document that mostly fits a schema."""
        if schema is False or self._now_and_then():
            return self.random.choice(ODD)
        parts = self._parts(schema)
        listed = [
            part["enum"] if "enum" in part else [part["const"]] for part in parts if {"enum", "const"} & set(part)
        ]
        if listed:
            return self.random.choice(listed[-1])
        kinds = [part["type"] for part in parts if "type" in part]
        kind = kinds[0] if kinds else "object" if any("properties" in part for part in parts) else "string"
        kind = self.random.choice(kind) if isinstance(kind, list) else kind
        if kind == "object":
            return self._object(parts, depth)
        if kind == "array":
            return self._array(parts, depth)
        if kind in ("integer", "number"):
            return self._number(parts, whole=kind == "integer")
        return {"boolean": self.random.random() < 0.5, "null": None}.get(kind, self._text(parts))

    def _parts(self, schema: Any) -> list[dict[str, Any]]:
        """A schema with all that applies beside it: what it refers to, and one of each choice it gives."""
        if not isinstance(schema, dict):
            return []
        parts = [schema]
        if "$ref" in schema:
            parts += self._parts(target(self.root, schema["$ref"]))
        for part in schema.get("allOf", ()):
            parts += self._parts(part)
        for word in ("oneOf", "anyOf"):
            if word in schema:
                parts = [*self._parts(self.random.choice(schema[word])), *parts]
        if "if" in schema:
            taken = ("if", "then") if self.every_condition or self.random.random() < 0.5 else ("else",)
            parts += [inner for word in taken for inner in self._parts(schema.get(word, True))]
        return parts

    def _object(self, parts: list[dict[str, Any]], depth: int) -> dict[str, Any]:
        named: dict[str, list[Any]] = {}
        for part in parts:
            for name, inner in part.get("properties", {}).items():
                named.setdefault(name, []).append(inner)
        required = {name for part in parts for name in part.get("required", ())}
        made: dict[str, Any] = {}
        for name, inner in named.items():
            wanted = 1 - self.odd if name in required else 0.6 / (depth + 1)
            if self.random.random() < wanted and depth < DEPTH:
                made[name] = self.make({"allOf": inner} if len(inner) > 1 else inner[0], depth + 1)
        if self._now_and_then():
            made[self.random.choice(["unknown", *named])] = self.random.choice(ODD)
        for part in parts:
            if isinstance(part.get("additionalProperties"), dict) and self.random.random() < 0.5:
                made["more"] = self.make(part["additionalProperties"], depth + 1)
        return made

    def _array(self, parts: list[dict[str, Any]], depth: int) -> list[Any]:
        inner = next((part["items"] for part in parts if "items" in part), True)
        least = max((part.get("minItems", 0) for part in parts), default=0)
        made = [self.make(inner, depth + 1) for _ in range(least + self.random.choice((0, 1, 1, 2)))]
        if made and self._now_and_then():
            made.append(made[0])
        return [] if self._now_and_then() else made

    def _number(self, parts: list[dict[str, Any]], *, whole: bool) -> Any:
        least = max(
            (part[word] for part in parts for word in ("minimum", "exclusiveMinimum") if word in part), default=0
        )
        most = min(
            (part[word] for part in parts for word in ("maximum", "exclusiveMaximum") if word in part), default=99
        )
        inside = [n for n in (least, least + 1, most, 7.0, *(() if whole else (least + 0.5,))) if least <= n <= most]
        return self.random.choice([least - 1, most + 1] if self._now_and_then() else inside or [least])

    def _text(self, parts: list[dict[str, Any]]) -> str:
        given = [
            str(text)
            for part in parts
            for text in (*part.get("examples", ()), *([part["default"]] if "default" in part else ()))
        ]
        patterns = [part["pattern"] for part in parts if "pattern" in part]
        fitting = [text for text in (*given, *WORDS) if all(re.search(pattern, text) for pattern in patterns)]
        return self.random.choice(WORDS if self._now_and_then() else fitting or WORDS)

    def _now_and_then(self) -> bool:
        return self.random.random() < self.odd


def target(root: dict[str, Any], reference: str) -> Any:
    """What a `$ref` within a schema means."""
    found: Any = root
    for part in reference.removeprefix("#").strip("/").split("/"):
        found = found[part] if part else found
    return found
