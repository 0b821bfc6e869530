"""How an asset of Dagster asks for its partitions: for the one at hand, or for the range that a run was given."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from tidegate_analyzers.facts import Setting, Site, Value
from tidegate_analyzers.readers.python.values import CallOf
from tidegate_analyzers.readers.python.values import Value as Evaluated

PARTITIONS = "@partitions"
"""The class that makes them."""
ASKED = "@partition asked"
"""`one` or `range`."""
OPEN = "@open"
"""Whether not all arguments of the asset are seen."""
_RANGE = frozenset(("partition_time_window", "partition_key_range", "partition_keys"))
_ONE = frozenset(("partition_key", "asset_partition_key_for_output", "asset_partition_key_for_input"))


def partition_settings(
    decorator: ast.Call, function: ast.AST, value: Callable[[ast.expr], Evaluated], site: Site
) -> Iterator[Setting]:
    """What the partitions of an asset are made by, and how its function asks for them."""
    given = next((keyword.value for keyword in decorator.keywords if keyword.arg == "partitions_def"), None)
    if given is None:
        return
    made = value(given)
    if isinstance(made, CallOf):
        yield _setting(PARTITIONS, made.function.rpartition(".")[2], site)
    words = {node.attr for node in ast.walk(function) if isinstance(node, ast.Attribute)}
    asked = "one" if words & _ONE else "range" if words & _RANGE else ""
    if asked:
        yield _setting(ASKED, asked, site)
    if any(keyword.arg is None for keyword in decorator.keywords):
        yield _setting(OPEN, "", site)


def _setting(name: str, value: str, site: Site) -> Setting:
    return Setting(name, Value(True, value, (), value, site), site)
