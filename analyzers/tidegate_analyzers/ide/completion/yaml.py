"""What is offered in YAML: keys and values, from the schema of the file and from the project."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise

from tidegate_analyzers.ide.completion import yaml_code, yaml_values
from tidegate_analyzers.ide.completion.asked import Asked
from tidegate_analyzers.ide.completion.items import Completion, Item, Offer
from tidegate_analyzers.ide.completion.schemas import schemas_of
from tidegate_analyzers.ide.completion.words import setting_word
from tidegate_analyzers.syntax.json_schema.lookup import (
    Key,
    Part,
    examples,
    expanded,
    keys,
    kinds,
    parts_at,
    told,
    words,
)
from tidegate_analyzers.syntax.yaml.cursor import ITEM, YamlPlace, place_at

_PLAIN = re.compile(r"[\w./][^:#\[\]{}\n]*")
_WORDS = frozenset(("true", "false", "yes", "no", "on", "off", "null"))
_OWN_ORDER = frozenset(("pipeline", "contract", "request"))
"""Sorts of files whose schemas list what matters first, and give examples that are worth taking."""
_TOP = (
    "name", "version", "profile", "model-paths", "vars", "models", "sources", "seeds", "snapshots", "exposures", "macros",
    "unit_tests", "groups", "semantic_models", "metrics",
)  # fmt: skip
_FIRST = (
    "name", "description", "columns", "data_tests", "config", "tables", "schema", "database", "data_type", "type", "target",
    "outputs", "depends_on", "owner",
)  # fmt: skip
"""Keys of dbt's files that are written most; the schema lists hundreds by their letters."""


def complete_yaml(asked: Asked) -> Completion | None:
    """What is offered at the cursor of a YAML file."""
    sort, roots = schemas_of(asked)
    place = place_at(asked.document, asked.offset)
    if sort and (found := yaml_code.complete_code(asked, place, sort)) is not None:
        return found
    if place is None or not sort:
        return None
    levels = place.levels
    steps: list[tuple[str, Mapping[str, str]]] = [(level.step, outer.scalars) for outer, level in pairwise(levels)]
    if place.key:
        steps.append((place.key, place.own.scalars))
    parts = parts_at(roots, steps)
    offer = Offer(place.typed)
    if place.key or place.in_sequence:
        offer.extend(_values(asked, place, sort, parts))
    if not place.key and place.flow != "[":
        offer.extend(_keys(asked, place, sort, parts))
    if not offer.items:
        return None
    return Completion(tuple(offer.items), place.span, asked.offset, (), offer.cut)


# -- values -----------------------------------------------------------------------------------------------------------


def _values(asked: Asked, place: YamlPlace, sort: str, parts: list[Part]) -> Iterator[Item]:
    """The values of the project, then those that the schema names."""
    taken = set(place.levels[-2].items) if place.in_sequence and len(place.levels) > 1 else set()
    for item in yaml_values.values(asked, place, sort):
        if item.label not in taken:
            yield _written(item, place)
    named = words(parts)
    for word in named or (examples(parts) if sort in _OWN_ORDER else ()):
        if word not in taken:
            yield _written(Item(word, "value", word), place)


def _written(item: Item, place: YamlPlace) -> Item:
    """A value as it is written at the place: quoted where that is needed, its quote closed, a blank before it."""
    text = item.insert
    if place.quote:
        closed = place.after.startswith(place.quote)
        text = text if closed else f"{text}{place.quote}"
    elif (item.kind != "test" and not _PLAIN.fullmatch(text)) or (text.lower() in _WORDS and item.kind != "value"):
        text = f'"{text}"'
    lead = " " if place.glued else ""
    return Item(item.label, item.kind, f"{lead}{text}", item.detail, item.snippet, item.about)


# -- keys -------------------------------------------------------------------------------------------------------------


def _keys(asked: Asked, place: YamlPlace, sort: str, parts: list[Part]) -> Iterator[Item]:
    """The keys that are not there yet; where the place holds a list, its items with their dash."""
    given = {key for key in place.own.scalars if key != place.typed}
    found = keys(parts, place.own.scalars)
    lead = " " if place.glued else ""
    indent = place.column + len(lead)
    if not found and place.own.step != ITEM and not place.flow:
        yield from _items(asked, place, sort, parts)
        return
    for item in yaml_values.names_of_keys(asked, place, sort):
        if item.label not in given:
            yield Item(item.label, "key", f"{lead}{_key(item.label, {'object'}, indent, place, asked)}", item.detail)
    ranked = found if sort in _OWN_ORDER else sorted(found, key=lambda key: _rank(key, _FIRST if place.path else _TOP))
    for key in ranked:
        if key.name not in given and _fits(asked, key.name):
            yield _key_item(asked, key, lead, indent, place)


def _rank(key: Key, usual: tuple[str, ...]) -> tuple[bool, int]:
    name = key.name.lstrip("+")
    if name in usual:
        return not key.required, usual.index(name)
    return not key.required, len(usual) + (0 if (word := setting_word(name)) and not word.adapters else 1)


def _fits(asked: Asked, name: str) -> bool:
    """Whether a setting is one of the adapter, as far as that is known."""
    word = setting_word(name.lstrip("+"))
    return word is None or not word.adapters or not asked.adapter or asked.adapter in word.adapters


def _key_item(asked: Asked, key: Key, lead: str, indent: int, place: YamlPlace) -> Item:
    parts = list(key.parts)
    text = told(parts)
    word = setting_word(key.name.lstrip("+"))
    about: tuple[str | int, ...] = ("setting", word.name) if word is not None else ("text", text) if text else ()
    detail = word.text if word is not None else text
    insert = f"{lead}{_key(key.name, kinds(parts), indent, place, asked, _first_key(parts))}"
    return Item(key.name, "key", insert, ("required " if key.required else "") + detail[:80], False, about)


def _first_key(parts: list[Part]) -> str:
    """The key that every item of a list must have, if there is one."""
    inner = [
        Part(part.schema["items"], part.root) for part in expanded(parts) if isinstance(part.schema.get("items"), dict)
    ]
    return next((key.name for key in keys(inner, {}) if key.required), "")


def _key(name: str, types: set[str], indent: int, place: YamlPlace, asked: Asked, first: str = "") -> str:
    """A key with what begins its value: a blank, or the next line where only a mapping or list can follow."""
    written = name if re.fullmatch(r"[\w.+-]+", name) else f'"{name}"'
    if place.after.lstrip().startswith(":"):
        return written
    if place.flow or types - {"object", "array"} or not types:
        return f"{written}: "
    newline = asked.document.newline
    deeper = " " * (indent + 2)
    if "array" in types:
        return f"{written}:{newline}{deeper}- {f'{first}: ' if first else ''}"
    return f"{written}:{newline}{deeper}"


def _items(asked: Asked, place: YamlPlace, sort: str, parts: list[Part]) -> Iterator[Item]:
    """The beginnings of an item, where a list is expected and no dash is typed."""
    inner = [
        Part(part.schema["items"], part.root) for part in expanded(parts) if isinstance(part.schema.get("items"), dict)
    ]
    if not inner:
        return
    for key in keys(inner, {}):
        if key.required or key.name == "name":
            item = _key_item(asked, key, "", place.column + 2, place)
            yield Item(f"- {key.name}", "key", f"- {item.insert}", item.detail, False, item.about)
    within = YamlPlace((*place.levels, type(place.own)(ITEM)), "", place.typed, place.span, place.column + 2, place.quote, place.after, place.flow, False, place.text_at)  # fmt: skip
    for item in _values(asked, within, sort, inner):
        yield Item(f"- {item.label}", item.kind, f"- {item.insert}", item.detail, item.snippet, item.about)
