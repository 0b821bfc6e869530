"""Declarative pipelines of Databricks and Spark: tables and views with expectations.

`@dlt.expect_or_drop("name", "condition")` removes the rows that fail it. The package has the name of another, dltHub's,
whose decorators are others: https://docs.databricks.com/en/delta-live-tables/expectations.html,
https://spark.apache.org/docs/latest/declarative-pipelines-programming-guide.html.
"""

from __future__ import annotations

import ast
import re

from tidegate_analyzers.facts import BadRecords, Relation
from tidegate_analyzers.readers.python.libraries.base import Call, Function, Library
from tidegate_analyzers.readers.python.libraries.spark import steps_of
from tidegate_analyzers.readers.python.names import dotted
from tidegate_analyzers.readers.spark.streams import of_pipeline

_DROPS = ("expect_or_drop", "expect_all_or_drop")
_KEEPS = re.compile(
    r"quarantin|invalid|reject|dead_?letter|\bbad_|_bad\b|malformed|\bnot\s*\(|failed_(?:rows|records)", re.I
)
"""Words of a file that may well have a table of what its expectations drop."""
_READS = re.compile(r"(?:^|\.)(?:read|read_stream|table)$")
_KEPT = ("table", "materialized_view")


def _declared(call: Call, function: Function | None) -> None:
    """The query of a table, and what its expectations do with the rows that fail them."""
    if function is None:
        return
    _query(call, function)
    _expectations(call, function)


def _query(call: Call, function: Function) -> None:
    """The continuous query that a function gives back."""
    named = call.text("target") or call.text("name")
    target = Relation("table", (named or function.name,))
    for chain in call.returned:
        stream = of_pipeline(steps_of(call, chain), target, call.add(function), call.mark)
        if stream is not None:
            call.effects.stream(stream)


def _expectations(call: Call, function: Function) -> None:
    if _KEEPS.search(call.file.text):
        return
    if _first_read(function) in _tables(call.file.tree):
        return  # the table it reads from keeps the rows that it drops
    for decorator in function.decorator_list:
        name = dotted(decorator).rpartition(".")[2]
        if name in _DROPS and isinstance(decorator, ast.Call):
            site = call.add(decorator)
            note = "rows that fail the expectation"
            call.effects.bad(BadRecords("dropped", "databricks", name, site, outside=True, note=note))


def _first_read(function: Function) -> str:
    """The dataset of the pipeline that a function begins with; empty where none is named."""
    calls = [
        node
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
        and _READS.search(dotted(node.func))
    ]
    if not calls:
        return ""
    first = min(calls, key=lambda node: (node.lineno, node.col_offset)).args[0]
    return str(first.value).removeprefix("LIVE.") if isinstance(first, ast.Constant) else ""


def _tables(tree: ast.Module) -> set[str]:
    """The names of the tables, which keep their rows, that a module declares."""
    found: set[str] = set()
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef):
            continue
        for decorator in node.decorator_list:
            call = decorator if isinstance(decorator, ast.Call) else None
            if dotted(call.func if call else decorator).rpartition(".")[2] in _KEPT:
                named = [item.value for item in call.keywords if item.arg == "name"] if call else []
                name = named[0].value if named and isinstance(named[0], ast.Constant) else node.name
                found.add(str(name))
    return found


LIBRARY = Library(
    "databricks",
    ("dlt", "pyspark"),
    {},
    decorators=dict.fromkeys(("table", "view", "materialized_view", "temporary_view", "append_flow"), _declared),
)
