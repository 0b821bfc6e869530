"""What operators that load by arguments alone do to their target."""

from __future__ import annotations

import re

from tidegate_analyzers.facts import Relation, Site, Write
from tidegate_analyzers.readers.airflow.operators import (
    APPENDS,
    MERGES,
    REFUSES,
    REPLACES,
)
from tidegate_analyzers.readers.airflow.steps import table_relation
from tidegate_analyzers.readers.python.values import Choice, Imported, Items, Plain, Table, Text, Value

_FORCE = re.compile(r"\bforce\s*=\s*true\b", re.I)


def load_write(
    relation: Relation, given: Value | None, default: str, site: Site, key: tuple[str, ...], if_true: str = ""
) -> Write:
    """The write of a load job, by the word that says how it writes, or the switch that does."""
    word = default
    opaque = ""
    if isinstance(given, Plain) and given.value is True and if_true:
        word = if_true
    elif default == "COPY" and isinstance(given, Text):
        word = "APPEND" if _FORCE.search(given.text) else default
        opaque = "" if given.known else "how it writes is not known"
    elif isinstance(given, Text) and given.known:
        word = given.text
    elif isinstance(given, Imported):
        word = given.name
    elif isinstance(given, Choice):
        words = {item.text for item in given.options if isinstance(item, Text)}
        word = words.pop() if len(words) == 1 and len(given.options) == 1 else ""
        opaque = "how it writes depends on a condition"
    elif given is not None and not isinstance(given, Items | Plain):
        word = getattr(given, "text", "").rpartition(".")[2]
        opaque = "" if word in APPENDS | REPLACES | REFUSES else "how it writes is not known"
    last = relation.parts[-1] if relation.parts else ""
    if word in APPENDS:
        return Write(
            "append", relation, site, rows="file", option=word, opaque=opaque, partition=last.partition("$")[2], key=key
        )
    if word in REPLACES:
        mode = "overwrite_partition" if "$" in last else "replace"
        return Write(
            mode,
            relation,
            site,
            rows="file",
            option=word,
            opaque=opaque,
            whole=mode == "replace",
            partition=last.partition("$")[2],
        )
    if word in MERGES:
        return Write("merge", relation, site, rows="file", option=word, key=key, opaque=opaque)
    if word == "COPY":
        return Write("append", relation, site, rows="file", option="copy into", opaque=opaque)
    if word in REFUSES:
        return Write("create", relation, site, rows="file", option=word, opaque=opaque)
    return Write("call", relation, site, rows="file", option=word, opaque=opaque or "how it writes is not known")


def big_query_table(value: Value | None) -> Relation:
    """The table that a job's `destinationTable` names."""
    if not isinstance(value, Table):
        return Relation("table", ())
    parts = [part.text for name in ("projectId", "datasetId", "tableId") if isinstance(part := value.get(name), Text)]
    return table_relation(".".join(parts)) if isinstance(value.get("tableId"), Text) else Relation("table", ())
