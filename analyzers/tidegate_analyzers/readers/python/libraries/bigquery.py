"""The BigQuery client: load jobs that go on over rows they can't read.

`LoadJobConfig(max_bad_records=0)`: https://cloud.google.com/python/docs/reference/bigquery/latest.
"""

from __future__ import annotations

import re

from tidegate_analyzers.facts import BadRecords
from tidegate_analyzers.readers.python.libraries.base import Call, Library
from tidegate_analyzers.readers.python.values import Plain

_LOADS = re.compile(r"\bload_table_from_(\w+)")


def _config(call: Call) -> bool:
    node = call.argument("max_bad_records")
    if set(_LOADS.findall(call.file.text)) == {"dataframe"} and "source_format" not in call.file.text:
        return False  # frames are sent as Parquet, for which BigQuery takes no notice of it
    value = call.given("max_bad_records")
    if node is not None and isinstance(value, Plain) and value.value:
        by = f"max_bad_records={call.written(node)}"
        call.effects.bad(BadRecords("dropped", "bigquery", by, call.add(node), outside=True))
    return False


LIBRARY = Library("bigquery", ("google.cloud", "google.cloud.bigquery"), {"LoadJobConfig": _config})
