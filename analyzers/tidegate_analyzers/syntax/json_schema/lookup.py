"""What a schema says of a place in a document that is not whole: the parts that may hold there, their keys and values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as MappingType
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

_DEPTH = 40
"""How many references and choices deep a part is looked for."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a schema, with the whole it refers to."""

    schema: MappingType[str, Any]
    root: MappingType[str, Any]


@dataclass(frozen=True, slots=True)
class Key:
    """A key that a mapping may have.

    Attributes:
        name: the key.
        parts: what may hold of its value.
        required: whether it must be there.
    """

    name: str
    parts: tuple[Part, ...]
    required: bool


def parts_at(roots: Sequence[MappingType[str, Any]], steps: Sequence[tuple[str, MappingType[str, str]]]) -> list[Part]:
    """The parts that may hold at a path.

    Args:
        roots: the schemas.
        steps: each step, a key or `-` for an item, with the scalars of the collection it leads out of.
    """
    parts = [Part(root, root) for root in roots]
    for step, scalars in steps:
        found: list[Part] = []
        for part in expanded(parts, scalars):
            found += _stepped(part, step)
        parts = found
    return parts


def expanded(parts: list[Part], scalars: MappingType[str, str] = MappingProxyType({})) -> list[Part]:
    """Parts with all that applies beside them; of choices, those that the known scalars do not rule out."""
    found: list[Part] = []
    for part in parts:
        _expand(part, scalars, found, 0)
    return found


def _expand(part: Part, scalars: MappingType[str, str], found: list[Part], depth: int) -> None:
    schema, root = part.schema, part.root
    if depth > _DEPTH or _ruled_out(schema, scalars):
        return
    found.append(part)
    if "$ref" in schema:
        target = _target(root, str(schema["$ref"]))
        if isinstance(target, dict):
            _expand(Part(target, root), scalars, found, depth + 1)
    for word in ("allOf", "anyOf", "oneOf"):
        for inner in schema.get(word, ()):
            if isinstance(inner, dict):
                _expand(Part(inner, root), scalars, found, depth + 1)
    if "if" in schema:
        for word in ("then",) if _holds(schema["if"], scalars) else ("else",):
            if isinstance(schema.get(word), dict):
                _expand(Part(schema[word], root), scalars, found, depth + 1)


def _ruled_out(schema: MappingType[str, Any], scalars: MappingType[str, str]) -> bool:
    """Whether a known scalar is not what a constant of the schema wants."""
    for name, inner in schema.get("properties", {}).items():
        if scalars.get(name) and isinstance(inner, dict) and ("const" in inner or "enum" in inner):
            wanted = inner["enum"] if "enum" in inner else [inner["const"]]
            if name in schema.get("required", ()) and scalars[name] not in map(str, wanted):
                return True
    return False


def _holds(condition: Any, scalars: MappingType[str, str]) -> bool:
    if not isinstance(condition, dict):
        return bool(condition)
    if not all(name in scalars for name in condition.get("required", ())):
        return False
    for name, inner in condition.get("properties", {}).items():
        wanted = inner.get("enum", [inner["const"]] if "const" in inner else None) if isinstance(inner, dict) else None
        if wanted is not None and name in scalars and scalars[name] not in map(str, wanted):
            return False
    return True


def _target(root: MappingType[str, Any], reference: str) -> Any:
    target: Any = root
    for step in reference.removeprefix("#").strip("/").split("/"):
        if step:
            target = target.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(target, dict) else None
    return target


def _stepped(part: Part, step: str) -> Iterator[Part]:
    schema = part.schema
    if step == "-":
        inner = schema.get("items")
        if isinstance(inner, dict):
            yield Part(inner, part.root)
        return
    named = schema.get("properties", {}).get(step)
    matching = [inner for pattern, inner in schema.get("patternProperties", {}).items() if re.search(pattern, step)]
    rest = schema.get("additionalProperties")
    for inner in [named, *matching] if named is not None or matching else [rest]:
        if isinstance(inner, dict):
            yield Part(inner, part.root)


def keys(parts: list[Part], scalars: MappingType[str, str]) -> list[Key]:
    """The keys that a mapping may have, those first that it must have."""
    found: dict[str, list[Part]] = {}
    required: set[str] = set()
    for part in expanded(parts, scalars):
        required.update(part.schema.get("required", ()))
        for name, inner in part.schema.get("properties", {}).items():
            if inner is not False:
                kept = found.setdefault(name, [])
                kept += [Part(inner, part.root)] if isinstance(inner, dict) else []
    listed = [Key(name, tuple(inner), name in required) for name, inner in found.items()]
    return sorted(listed, key=lambda key: not key.required)


def kinds(parts: list[Part]) -> set[str]:
    """The types that a value may have, `null` left out."""
    found: set[str] = set()
    for part in expanded(parts):
        given = part.schema.get("type")
        found.update([given] if isinstance(given, str) else given or ())
        if "properties" in part.schema:
            found.add("object")
        if "enum" in part.schema or "const" in part.schema:
            found.add("string")
    return found - {"null"}


def words(parts: list[Part]) -> list[str]:
    """The values that a schema names."""
    found: dict[str, None] = {}
    for part in expanded(parts):
        schema = part.schema
        for value in [*schema.get("enum", ()), *([schema["const"]] if "const" in schema else ())]:
            if value is not None:
                found.setdefault(_spelled(value))
    if "boolean" in kinds(parts):
        found |= dict.fromkeys(("true", "false"))
    return list(found)


def examples(parts: list[Part]) -> list[str]:
    """The values that a schema gives as examples."""
    given = [value for part in expanded(parts) for value in part.schema.get("examples", ())]
    return [_spelled(value) for value in given if isinstance(value, str | int | float)]


def _spelled(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def told(parts: list[Part]) -> str:
    """The description of a place, as near to it as there is one."""
    return next((str(part.schema["description"]) for part in expanded(parts) if part.schema.get("description")), "")
