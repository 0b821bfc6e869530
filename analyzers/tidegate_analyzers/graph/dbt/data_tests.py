"""What the data tests of a model show of its key."""

from __future__ import annotations

import re

from tidegate_analyzers.facts import columns
from tidegate_analyzers.facts.data_tests import DataTest, data_tests
from tidegate_analyzers.graph.dbt.nodes import NodeKey, node_of, properties_of
from tidegate_analyzers.graph.dbt.references import users
from tidegate_analyzers.graph.index import View

OF_KEYS = re.compile(r"uniq|primary_?key|duplicat|distinct|\bpk\b|_pk\b|\bpk_", re.I)
"""Names of tests that are about keys."""


def tests_of_model(view: View, key: NodeKey) -> list[tuple[str, DataTest]]:
    """The data tests that YAML lists for a model, each with its file."""
    node = node_of(view, key)
    project = view.layout.project_of(key.path)
    return [
        (path, test)
        for path, entry in properties_of(view, project, key.kind, node.name if node is not None else key.name)
        if entry.tests
        for test in data_tests(entry.data_tests)
    ]


def tested_key(view: View, key: NodeKey) -> tuple[str, tuple[str, ...]]:
    """What shows a model's key: in words, empty where nothing does, and the columns that are unique but may be null."""
    node = node_of(view, key)
    project = view.layout.project_of(key.path)
    nullable: list[str] = []
    for _, entry in properties_of(view, project, key.kind, node.name if node is not None else key.name):
        if entry.key:
            return f"tests or constraints show the key {', '.join(entry.key)}", ()
        for column in columns(entry.columns) if entry.tests or entry.constraints else ():
            if column.unique and column.not_null:
                return f"'{column.name}' is tested to be unique and not null", ()
            if column.unique:
                nullable.append(column.name)
        if any(constraint.kind == "unique" and len(constraint.columns) > 1 for constraint in entry.constraints):
            return "a constraint says what is unique", ()
    for _, test in tests_of_model(view, key):
        if OF_KEYS.search(test.base_name) and not (test.column and test.base_name == "unique"):
            return f"the test '{test.name}' is about the key", ()
    for posting, kind in users(view, key):
        facts = view.facts(posting.path) if kind == "test" else None
        if facts is not None and OF_KEYS.search(facts.nodes[posting.number].name):
            return f"the test {posting.path} is about the key", ()
    return "", tuple(nullable)
