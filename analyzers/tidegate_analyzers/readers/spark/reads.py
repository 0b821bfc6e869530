"""What a chain of Spark calls reads, and what becomes of records that can't be read.

Options of readers: https://spark.apache.org/docs/latest/sql-data-sources-json.html#data-source-option; `badRecordsPath`
and `rescuedDataColumn`: https://docs.databricks.com/en/ingestion/bad-records.html.
"""

from __future__ import annotations

import re

from tidegate_analyzers.facts import BadRecords, Inferred, Read, Relation
from tidegate_analyzers.readers.spark.ops import (
    MakeSite,
    Op,
    Ops,
    nested,
    options,
    path_relation,
    table_of,
    text_of,
)

TERMINALS = frozenset(
    ("load", "json", "csv", "text", "textFile", "parquet", "orc", "table", "delta", "avro", "xml", "jdbc")
)
"""The calls that end a chain of `.read` or `.readStream`."""
_TABLES = ("table", "forName")
_MESSAGES = {"kafka": "subscribe", "pulsar": "topic", "pubsub": "subscription"} | dict.fromkeys(
    ("kinesis", "aws-kinesis"), "streamname"
)
_OUTSIDE = frozenset(
    (*_MESSAGES, "eventhubs", "cloudfiles", "json", "csv", "text", "textfile", "xml", "sqs", "abs-aqs")
)
"""Formats whose records somebody else wrote, as text or bytes."""

_OF_COLUMNS = frozenset(("delta", "parquet", "orc", "iceberg", "hudi", "jdbc", "table", "bigquery"))
"""Formats without malformed records, which take no notice of how those are to be read."""

_CONVERTERS = frozenset(("from_json", "get_json_object", "json_tuple", "from_csv", "from_avro", "from_xml"))
"""Functions that give null for what they can't read."""
_KEEPS = re.compile(
    r"\bis_?null\b|\bis_?not_?null\b|\bis (?:not )?null\b|corrupt|badRecordsPath|rescued|quarantine|dead_?letter|\bdlq\b"
    r"|(?<!drop)malformed|reject|FAILFAST|schema_?registry",
    re.I,
)
"""Words of a file that may well set aside what can't be read, or see to it that nothing is."""


def batch_reads(ops: Ops, site: MakeSite) -> list[Read]:
    """The data a chain begins with, by batch or as a stream."""
    for at, op in enumerate(ops):
        if op.name in ("read", "readStream") and not op.called:
            return _read(ops[at:], site)
        if op.called and (op.name in _TABLES or op.name == "forPath"):
            named = op.arg("name", -1) or op.arg("tableName", -1) or (op.args[-1] if op.args else None)
            if named is not None:
                return [Read(path_relation(named) if op.name == "forPath" else table_of(named), site(named.span))]
            return []
    return []


def _read(chain: Ops, site: MakeSite) -> list[Read]:
    tail = source(chain)
    given = options(tail)
    last = tail[-1]
    form = source_format(tail)
    key = _MESSAGES.get(form)
    if key is not None:
        found = given.entries.get(key)
        return [Read(Relation("topic", (text_of(found),)), site(found.span))] if found is not None else []
    if last.name == "table":
        named = last.arg("tableName", 0)
        return [Read(table_of(named), site(named.span))] if named is not None else []
    named = given.entries.get("dbtable") or last.arg("path", 0) or given.entries.get("path")
    if named is None or last.name not in TERMINALS or last.name == "jdbc":
        return []
    return [Read(table_of(named) if "dbtable" in given else path_relation(named), site(named.span))]


def source(chain: Ops) -> Ops:
    """The part of a chain from `.read` to the call that loads."""
    for at, op in enumerate(chain):
        if op.called and op.name in TERMINALS:
            return chain[: at + 1]
    return chain


def source_format(tail: Ops) -> str:
    """The format that a source is read as, in lower case."""
    form = ""
    for op in tail:
        if op.called and op.name == "format":
            form = op.word("source", 0).casefold()
    return form or (tail[-1].name.casefold() if tail[-1].called else "")


def bad_of_read(tail: Ops, site: MakeSite) -> BadRecords | None:
    """What a reader does with records that it can't read, if it says so."""
    given = options(tail)
    last = tail[-1]
    place = _place(tail, "mode") or last
    kept = next(
        (name for name in ("badRecordsPath", "columnNameOfCorruptRecord", "rescuedDataColumn") if name in given), ""
    )
    if kept:
        return BadRecords("set_aside", "spark", kept, site((_place(tail, kept) or last).span), _outside(tail))
    mode = given.word("mode").upper()
    if source_format(tail) in _OF_COLUMNS:
        return None
    if mode == "DROPMALFORMED":
        return BadRecords("dropped", "spark", "mode=DROPMALFORMED", site(place.span), _outside(tail))
    if mode == "FAILFAST":
        return BadRecords("fails", "spark", "mode=FAILFAST", site(place.span), _outside(tail))
    return None


def inferred(before: Ops, target: Relation | None, site: MakeSite) -> Inferred | None:
    """The option by which a reader of text takes types from what it happens to read, where a chain begins with it."""
    at = next((at for at, op in enumerate(before) if op.name in ("read", "readStream") and not op.called), None)
    tail = source(before[at:]) if at is not None else ()
    if not tail:
        return None
    given = options(tail)
    for name in ("inferSchema", "cloudFiles.inferColumnTypes"):
        if given.word(name).casefold() == "true" and not any(op.called and op.name == "schema" for op in tail):
            return Inferred(
                "spark", f"{name}=true", site((_place(tail, name) or tail[-1]).span), target=target, reader=True
            )
    return None


def _place(tail: Ops, option: str) -> Op | None:
    return next((op for op in tail if op.name == "option" and op.word("key", 0).casefold() == option.casefold()), None)


def _outside(tail: Ops) -> bool:
    return source_format(tail) in _OUTSIDE


def nulled(before: Ops, whole: str, site: MakeSite) -> BadRecords | None:
    """The conversion of outside data whose nulls a chain goes on to write.

    Args:
        before: the chain up to the write.
        whole: the text of the file: a word in it that may keep what can't be read is enough.
        site: makes sites.
    """
    tail = next((before[at:] for at, op in enumerate(before) if op.name in ("read", "readStream")), ())
    if not tail or source_format(source(tail)) not in _OUTSIDE or _KEEPS.search(whole):
        return None
    for op in nested(tail):
        if op.name in _CONVERTERS and _converts(op):
            return BadRecords("nulled", "spark", op.name, site(op.span), outside=True)
    return _fitted(source(tail), whole, site) if tail[0].name == "readStream" else None


def _fitted(tail: Ops, whole: str, site: MakeSite) -> BadRecords | None:
    """A stream of files whose records are fitted into a schema: one that doesn't fit gives nulls, and no error."""
    given, form = options(tail), source_format(tail)
    made = next((op for op in tail if op.called and op.name == "schema"), None)
    if form == "cloudfiles":
        form = given.word("cloudFiles.format").casefold()
    elsewhere = [item.text for op in tail if op.name == "options" for item in op.args]
    seen = given.closed or (bool(elsewhere) and all(_is_made_in(whole, name) for name in elsewhere))
    if made is None or form not in ("json", "csv") or "mode" in given or not seen:
        return None
    return BadRecords("nulled", "spark", f"a stream of {form} files with a schema", site(made.span), outside=True)


def _is_made_in(whole: str, name: str) -> bool:
    return re.search(rf"\b{re.escape(name)}\b\s*(?::[^=\n]+)?\+?=", whole) is not None


def _converts(op: Op) -> bool:
    """Whether a function gives null for what it can't read: `from_avro` stops, unless it is told not to."""
    words = " ".join(item.text for item in op.args[1:]).upper()
    return "PERMISSIVE" in words if op.name == "from_avro" else "FAILFAST" not in words
