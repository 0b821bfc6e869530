"""The checker of JSON Schemas that knows places, against the one that everybody uses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from jsonschema import Draft201909Validator, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for

from tests.support.json_documents import Maker, target
from tidegate_analyzers import reference_files
from tidegate_analyzers.syntax.json_schema import ANNOTATIONS, KEYWORDS, check
from tidegate_analyzers.syntax.yaml import parse_yaml

SCHEMAS = sorted(
    file.relative_to(reference_files.root() / "schemas").as_posix().removesuffix(".schema.json")
    for file in (reference_files.root() / "schemas").rglob("*.schema.json")
)
DOCUMENTS = 250
Path = tuple[str | int, ...]
_ONE_LEVEL_UP = frozenset(("uniqueItems", None))
"""Keywords whose faults are told at the item or key here, and at the whole list or mapping there, as those of names are; `None` is `false`."""
_SCHEMAS_BY_NAME = ("properties", "patternProperties")
_LISTS_OF_SCHEMAS = ("allOf", "anyOf", "oneOf")
_INNER_SCHEMAS = (
    "items",
    "additionalProperties",
    "unevaluatedProperties",
    "propertyNames",
    "not",
    "if",
    "then",
    "else",
)

SMALL: dict[str, tuple[dict[str, Any], list[Any]]] = {
    "uniqueItems": (
        {"uniqueItems": True},
        [[1, 2], [1, 1], [1, True], [0, False], [{"a": 1}, {"a": 1}], [[1], [True]], "aa"],
    ),
    "enum": ({"enum": [1, "a", None, [True]]}, [1, 1.0, True, "a", "b", None, False, [True], [1]]),
    "const": ({"const": False}, [False, 0, None, ""]),
    "integer": ({"type": "integer"}, [1, 1.0, 1.5, True, "1", None]),
    "types": ({"type": ["number", "null"]}, [1, 1.5, None, True, [], {}]),
    "not": ({"not": {"type": "string"}}, ["a", 1]),
    "dependentRequired": ({"dependentRequired": {"a": ["b"]}}, [{}, {"a": 1}, {"a": 1, "b": 1}, {"b": 1}, 1]),
    "propertyNames": ({"propertyNames": {"pattern": "^a"}}, [{"a": 1}, {"b": 1}, {"ab": 1, "b": 2}]),
    "patternProperties": (
        {"patternProperties": {"^x-": {"type": "string"}}, "additionalProperties": {"type": "number"}},
        [{"x-a": "1"}, {"x-a": 1}, {"a": 1}, {"a": "1"}],
    ),
    "unevaluatedProperties": (
        {
            "properties": {"kind": {}},
            "if": {"properties": {"kind": {"const": "a"}}, "required": ["kind"]},
            "then": {"properties": {"one": {"type": "string"}}},
            "else": {"properties": {"two": True}},
            "unevaluatedProperties": False,
        },
        [
            {"kind": "a", "one": "x"},
            {"kind": "a", "two": 1},
            {"two": 1},
            {"one": "x"},
            {"kind": "a", "one": 1, "three": 1},
        ],
    ),
    "oneOf": ({"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}, [{}, {"a": 1}, {"b": 1}, {"a": 1, "b": 1}]),
    "bounds": (
        {"minimum": 0, "maximum": 2, "exclusiveMaximum": 2, "exclusiveMinimum": -1},
        [-1, -0.5, 0, 1.5, 2, 3, "9", True],
    ),
    "lengths": (
        {"minLength": 1, "maxLength": 2, "minItems": 1, "maxItems": 2},
        ["", "a", "😀😀", "abc", [], [1], [1, 2, 3]],
    ),
    "minProperties": ({"minProperties": 1}, [{}, {"a": 1}, [], "", 1]),
    "false": ({"properties": {"a": False, "b": True}}, [{"a": 1}, {"b": 1}, {}]),
}
each_schema = pytest.mark.parametrize("name", SCHEMAS)


@each_schema
@pytest.mark.parametrize("odd", [0.0, 0.01, 0.05], ids=["right", "nearly right", "wrong"])
def test_verdicts_and_places_are_those_of_jsonschema(name: str, odd: float) -> None:
    schema = reference_files.schema(name)
    validator = validator_for(schema)(schema)
    for seed in range(DOCUMENTS):
        document = Maker(schema, Random(seed), odd).make(schema)
        agree(document, schema, validator, f"seed {seed}")


@pytest.mark.parametrize("name", SMALL)
def test_each_keyword_means_what_it_means_there(name: str) -> None:
    schema, documents = SMALL[name]
    for document in documents:
        agree(document, schema, Draft201909Validator(schema), name)


@each_schema
def test_documents_are_right_and_wrong(name: str) -> None:
    """The comparison above is worth something: it sees both sides of each schema."""
    schema = reference_files.schema(name)
    verdicts = [
        not faults(Maker(schema, Random(seed), odd).make(schema), schema)
        for odd in (0.0, 0.01, 0.05)
        for seed in range(DOCUMENTS)
    ]
    assert min(verdicts.count(True), verdicts.count(False)) >= len(verdicts) / 50


@each_schema
def test_every_keyword_is_known(name: str) -> None:
    schema = reference_files.schema(name)
    unknown = {word for part in _schemas(schema, schema, set()) for word in part} - KEYWORDS - ANNOTATIONS
    assert not unknown


def agree(document: Any, schema: dict[str, Any], validator: Validator, what: str) -> None:
    """Fail unless both see the same faults in a document at the same places."""
    expected = list(validator.iter_errors(document))
    found = faults(document, schema)
    shown = f"{what}: {json.dumps(document, ensure_ascii=False)}"
    told = [error for error in expected if _follows(error, expected) or any(_is_told(error, path) for path in found)]
    missed = [(list(error.absolute_path), error.message) for error in expected if error not in told]
    assert not missed, f"{shown}\nmissed: {missed}\nfound: {found}"
    invented = {path: words for path, words in found.items() if not any(_is_told(error, path) for error in expected)}
    assert not invented, f"{shown}\ninvented: {invented}"


def faults(document: Any, schema: dict[str, Any]) -> dict[Path, str]:
    """What is found in a document, by its path."""
    (root,) = parse_yaml(json.dumps(document, ensure_ascii=False)).documents
    return {violation.path: violation.message for violation in check(root, schema)}


def _is_told(error: ValidationError, path: Path) -> bool:
    """Whether a path is the place of an error, or one below it where the error is about alternatives."""
    place = tuple(error.absolute_path)
    if path == place:
        return True
    below = path[: len(place)] == place
    higher = error.validator in _ONE_LEVEL_UP or "propertyNames" in error.absolute_schema_path
    return below and (bool(error.context) or (higher and len(path) == len(place) + 1))


def _follows(error: ValidationError, errors: list[ValidationError]) -> bool:
    """Whether keys count as unevaluated only because something else is wrong in or below the part that names them."""
    place = tuple(error.absolute_path)
    return error.validator == "unevaluatedProperties" and any(
        tuple(other.absolute_path)[: len(place)] == place
        and (len(other.absolute_path) > len(place) or other.validator != "unevaluatedProperties")
        for other in errors
    )


def _schemas(schema: Any, root: dict[str, Any], seen: set[int]) -> Iterator[dict[str, Any]]:
    """Every schema that applies somewhere, reached as a validator reaches it."""
    if not isinstance(schema, dict) or id(schema) in seen:
        return
    seen.add(id(schema))
    yield schema
    inner = [schema[word] for word in _INNER_SCHEMAS if word in schema]
    inner += [part for word in _LISTS_OF_SCHEMAS for part in schema.get(word, ())]
    inner += [part for word in _SCHEMAS_BY_NAME for part in schema.get(word, {}).values()]
    inner += [target(root, schema["$ref"])] if "$ref" in schema else []
    for part in inner:
        yield from _schemas(part, root, seen)
