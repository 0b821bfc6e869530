"""The data tests that YAML lists: their names, and the models and columns in their arguments.

https://docs.getdbt.com/reference/resource-properties/data-tests
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import ColumnName, Name, NodeRef, Sites
from tidegate_analyzers.readers.dbt.expressions import columns_in
from tidegate_analyzers.readers.values import refs_in_scalar
from tidegate_analyzers.syntax.yaml import Mapping, Node, Scalar, Sequence, text_of
from tidegate_analyzers.text import Span

BUILT_IN = frozenset(("unique", "not_null", "accepted_values", "relationships"))
"""dbt's own tests; nothing in a workspace makes them."""
_OF_OTHER = ("field",)
_OF_OWNER = frozenset(
    (
        "column_name",
        "combination_of_columns",
        "column_list",
        "compare_columns",
        "group_by_columns",
        "column_A",
        "column_B",
        "sort_column",
    )
)
_EXPRESSIONS = frozenset(
    (
        "condition",
        "expression",
        "group_condition",
        "lower_bound_column",
        "order_by",
        "partition_by",
        "row_condition",
        "upper_bound_column",
        "where",
    )
)
"""Arguments that are SQL about the rows of the model."""


def tests_of(entry: Mapping) -> Iterator[Node]:
    """The tests of a model, column or source table."""
    keyed = entry.keyed()
    for word in ("data_tests", "tests"):
        if word in keyed and isinstance(node := keyed[word][1], Sequence):
            yield from node.items()


def test_name(test: Node) -> str:
    """The name of a test entry: `unique`, or the first key of a mapping; `test_name` or `name` in the long form."""
    if isinstance(test, Scalar):
        return test.value
    if isinstance(test, Mapping):
        long_form = text_of(test.get("test_name"))
        return long_form or next((key.value for key, _ in test.items()), "")
    return ""


def name_of_test(test: Node, sites: Sites) -> Name | None:
    """The name of a test where it stands."""
    node: Node | None = test
    if isinstance(test, Mapping):
        node = test.get("test_name") or next((key for key, _ in test.items()), None)
    if not isinstance(node, Scalar) or not text_of(node):
        return None
    last = node.value.rpartition(".")[2]
    end = node.inner.end
    return Name("test", node.value, sites.add(Span(end - len(last), end)))


def columns_of_test(test: Node, owner: NodeRef | None, text: str, sites: Sites) -> Iterator[ColumnName]:
    """The columns that a test's arguments name: those of the model it stands at, and of the one it compares with."""
    if not isinstance(test, Mapping):
        return
    body: Mapping | None = test
    if "test_name" not in test.keyed():
        body = next((value for _, value in test.items() if isinstance(value, Mapping)), None)
    if body is None:
        return
    config = body.get("config")
    if isinstance(config, Mapping) and owner is not None and owner.names:
        yield from columns_in(config.get("where"), owner, text, sites)
    if isinstance(inner := body.get("arguments"), Mapping):
        body = inner
    other = next(iter(refs_in_scalar(body.get("to"), text, sites)), None)
    for key, value in body.items():
        if key.value in _EXPRESSIONS and owner is not None and owner.names:
            for item in value.items() if isinstance(value, Sequence) else (value,):
                yield from columns_in(item, owner, text, sites)
            continue
        of = other if key.value in _OF_OTHER else owner if key.value in _OF_OWNER else None
        if of is None or not of.names:
            continue
        for item in value.items() if isinstance(value, Sequence) else (value,):
            if isinstance(item, Scalar) and item.value.isidentifier():
                yield ColumnName(item.value, sites.add(item.inner), of)
