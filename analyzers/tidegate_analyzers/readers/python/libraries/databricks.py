"""Declarative pipelines of Databricks and Spark: tables and views with expectations.

`@dlt.expect_or_drop("name", "condition")` removes the rows that fail it. The package has the name of another, dltHub's,
whose decorators are others: https://docs.databricks.com/en/delta-live-tables/expectations.html,
https://spark.apache.org/docs/latest/declarative-pipelines-programming-guide.html.
"""

from __future__ import annotations

import ast
import re

from tidegate_analyzers.facts import BadRecords
from tidegate_analyzers.readers.python.libraries.base import Call, Function, Library
from tidegate_analyzers.readers.python.names import dotted

_DROPS = ("expect_or_drop", "expect_all_or_drop")
_KEEPS = re.compile(
    r"quarantin|invalid|reject|dead_?letter|\bbad_|_bad\b|malformed|\bnot\s*\(|failed_(?:rows|records)", re.I
)
"""Words of a file that may well have a table of what its expectations drop."""


def _declared(call: Call, function: Function | None) -> None:
    """What the expectations of a table do with the rows that fail them."""
    if function is None or _KEEPS.search(call.file.text):
        return
    for decorator in function.decorator_list:
        name = dotted(decorator).rpartition(".")[2]
        if name in _DROPS and isinstance(decorator, ast.Call):
            site = call.add(decorator)
            note = "rows that fail the expectation"
            call.effects.bad(BadRecords("dropped", "databricks", name, site, outside=True, note=note))


LIBRARY = Library(
    "databricks",
    ("dlt", "pyspark"),
    {},
    decorators=dict.fromkeys(("table", "view", "materialized_view", "temporary_view"), _declared),
)
