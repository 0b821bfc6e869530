"""Fixes for the tests of dbt models: that their key is one, and that what fails is kept."""

from __future__ import annotations

import re
from typing import Any

from tidegate_analyzers.fixes.base import Workspace, fix
from tidegate_analyzers.fixes.dbt_config import new_properties, properties_entry
from tidegate_analyzers.fixes.dbt_sources import insert_all, word_for_tests
from tidegate_analyzers.fixes.known import known_model
from tidegate_analyzers.fixes.yaml_edit import insert_item, insert_key
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.dbt.data_tests import tested_key
from tidegate_analyzers.syntax.yaml import Mapping, Node, Scalar, Sequence, node_at, parse_yaml, text_of
from tidegate_analyzers.text import Change, Document

_TESTS = ("unique", "not_null")


@fix("dbt.key-tests")
def key_tests(workspace: Workspace, path: str, index: str, name: str) -> Change | None:
    """Test that the key is unique and not null; a key of several columns needs dbt_utils."""
    view = workspace.view
    key = NodeKey(path, int(index), name, "model")
    project = view.layout.project_of(path)
    if project is None:
        return None
    columns = [*_key(workspace, key)]
    if not columns or any("<" in column for column in columns):
        return None
    found = properties_entry(workspace, key)
    if len(columns) > 1:
        if "dbt_utils" not in project.packages:
            return None
        return _combination(workspace, found, path, name, columns)
    if found is None:
        word = "data_tests"
        return new_properties(workspace, path, name, {"columns": [{"name": columns[0], word: [*_TESTS]}]})
    document, entry = found
    word = word_for_tests(workspace, project, document)
    listed = entry.get("columns")
    if listed is None:
        return Change((insert_key(document, entry, "columns", [{"name": columns[0], word: [*_TESTS]}]),))
    if not isinstance(listed, Sequence) or not listed.entries:
        return None
    for item in listed.items():
        column = item.get("name") if isinstance(item, Mapping) else None
        if isinstance(item, Mapping) and isinstance(column, Scalar) and _same(column.value, columns[0]):
            return _at_column(document, item, word)
    return Change((insert_item(document, listed, {"name": columns[0], word: [*_TESTS]}),))


def _key(workspace: Workspace, key: NodeKey) -> tuple[str, ...]:
    """The key that tests or the configuration tell; else the column that is called as the model's key would be."""
    known = known_model(workspace.view, key)
    if known.key:
        return known.key
    _, nullable = tested_key(workspace.view, key)
    if nullable:
        return nullable[:1]
    thing = re.sub(r"^(?:fct|dim|fact|mart|rpt)_", "", key.name)
    likely = {"id", f"{thing}_id", f"{thing.removesuffix('s')}_id"}
    named = [column.name for column in known.columns if column.name.casefold() in likely]
    return (named[0],) if len(named) == 1 else ()


def _same(left: str, right: str) -> bool:
    return left.casefold() == right.casefold()


def _at_column(document: Document, column: Mapping, word: str) -> Change | None:
    """The tests that a column does not have yet."""
    given = column.entry("data_tests") or column.entry("tests")
    if given is None:
        return Change((insert_key(document, column, word, [*_TESTS]),))
    listed = given[1]
    if not isinstance(listed, Sequence) or not listed.entries:
        return None
    present = {_name(item) for item in listed.items()}
    missing = [test for test in _TESTS if test not in present]
    return Change((insert_item(document, listed, missing[0]),)) if len(missing) == 1 else None


def _name(test: Node) -> str:
    if isinstance(test, Mapping):
        return next((key.value for key, _ in test.items()), "")
    return text_of(test) or ""


def _combination(
    workspace: Workspace,
    found: tuple[Document, Mapping] | None,
    path: str,
    name: str,
    columns: list[str],
) -> Change | None:
    test: dict[str, Any] = {
        "dbt_utils.unique_combination_of_columns": {"combination_of_columns": columns},
    }
    if found is None:
        return new_properties(workspace, path, name, {"data_tests": [test]})
    document, entry = found
    project = workspace.view.layout.project_of(path)
    given = entry.entry("data_tests") or entry.entry("tests")
    if given is not None:
        listed = given[1]
        return (
            Change((insert_item(document, listed, test),)) if isinstance(listed, Sequence) and listed.entries else None
        )
    word = word_for_tests(workspace, project, document) if project is not None else "data_tests"
    return Change((insert_key(document, entry, word, [test]),))


@fix("dbt.store-failures")
def store_failures(workspace: Workspace, path: str, site: str) -> Change | None:
    """Keep the rows that fail a test: under its `config`, or beside what it sets already."""
    document = workspace.document(path)
    if document is None:
        return None
    at = workspace.span(path, site).start
    for root in parse_yaml(document.text).documents:
        way = [node for _, node in node_at(root, at)]
        entry = next((node for node in reversed(way) if isinstance(node, Mapping) and _holds(node, at)), None)
        if entry is None:
            continue
        body = (
            entry
            if "test_name" in entry.keyed()
            else next((v for _, v in entry.items() if isinstance(v, Mapping)), None)
        )
        if body is None:
            return None
        config = body.get("config")
        if isinstance(config, Mapping) and config.entries:
            return Change(tuple(insert_all(document, config, {"store_failures": True})))
        if config is None and body.entries:
            return Change((insert_key(document, body, "store_failures", True),))
    return None


def _holds(mapping: Mapping, at: int) -> bool:
    """Whether a test's name stands at a place of a mapping: as its key, or as its `test_name`."""
    name = mapping.get("test_name")
    return any(key.start <= at <= key.end for key, _ in mapping.items()) or (
        isinstance(name, Scalar) and name.start <= at <= name.end
    )
