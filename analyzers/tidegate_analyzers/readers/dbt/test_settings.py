"""What the data tests in YAML say of themselves, constraints, and the dates at which versions end."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Setting, Sites
from tidegate_analyzers.facts.data_tests import DataTest
from tidegate_analyzers.facts.dbt import Constraint
from tidegate_analyzers.readers.dbt.data_tests import test_name
from tidegate_analyzers.readers.values import yaml_settings
from tidegate_analyzers.syntax.yaml import Mapping, Node, Scalar, Sequence, scalar_value, text_of

_SETTINGS = frozenset(("severity", "warn_if", "error_if", "store_failures", "store_failures_as", "enabled", "limit"))


def data_test(test: Node, site: int, column: str, text: str, sites: Sites) -> DataTest:
    """A test's entry: its settings stand under `config`, or beside its arguments."""
    body = test if isinstance(test, Mapping) else None
    inner = next((value for _, value in body.items() if isinstance(value, Mapping)), None) if body else None
    holders = (body,) if body is not None and "test_name" in body.keyed() else (inner, body)
    settings: list[Setting] = []
    for holder in holders:
        for mapping in (holder.get("config"), holder) if holder is not None else ():
            if isinstance(mapping, Mapping):
                left_out = [key.value for key, _ in mapping.items() if key.value not in _SETTINGS]
                settings += yaml_settings(mapping, text, sites, skip=left_out)
    return DataTest(test_name(test), site, column, tuple(settings))


def constraints(entry: Mapping, column: Scalar | None, sites: Sites) -> Iterator[Constraint]:
    """The constraints of a model, or of one of its columns."""
    listed = entry.get("constraints")
    for item in listed.items() if isinstance(listed, Sequence) else ():
        kind = item.get("type") if isinstance(item, Mapping) else None
        if not isinstance(item, Mapping) or not isinstance(kind, Scalar):
            continue
        named = item.get("columns")
        columns = (column.value,) if column is not None else _texts(named)
        accepted = any(_is_false(item.get(word)) for word in ("warn_unenforced", "warn_unsupported"))
        yield Constraint(kind.value, sites.add(kind.inner), columns, accepted)


def ends_of_versions(versions: Node | None) -> tuple[str, ...]:
    """The `deprecation_date` of each version, empty where it has none of its own."""
    items = versions.items() if isinstance(versions, Sequence) else ()
    return tuple((text_of(item.get("deprecation_date")) or "") if isinstance(item, Mapping) else "" for item in items)


def _texts(node: Node | None) -> tuple[str, ...]:
    return tuple(item.value for item in node.items() if isinstance(item, Scalar)) if isinstance(node, Sequence) else ()


def _is_false(node: Node | None) -> bool:
    return isinstance(node, Scalar) and scalar_value(node) is False
