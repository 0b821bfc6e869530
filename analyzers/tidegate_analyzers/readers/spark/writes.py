"""What a batch write of Spark does to its target.

DataFrameWriter and DataFrameWriterV2: https://spark.apache.org/docs/latest/api/python/reference/pyspark.sql/io.html;
`txnAppId`, `txnVersion` and `replaceWhere`: https://docs.delta.io/latest/delta-batch.html.
"""

from __future__ import annotations

import re

from msgspec.structs import replace

from tidegate_analyzers.facts import Relation, Write
from tidegate_analyzers.readers.python.values import Items, Plain
from tidegate_analyzers.readers.spark.ops import (
    Arg,
    MakeSite,
    Op,
    Ops,
    Options,
    after,
    options,
    path_relation,
    table_of,
    text_of,
)
from tidegate_analyzers.readers.spark.reads import batch_reads

TERMINALS = frozenset(
    ("save", "saveAsTable", "insertInto", "parquet", "json", "csv", "orc", "text", "xml", "avro", "delta", "jdbc")
)
"""The calls that end a chain of `.write`."""
TERMINALS_V2 = frozenset(("append", "overwritePartitions", "overwrite", "create", "createOrReplace", "replace"))
"""The calls that end a chain of `.writeTo(…)`."""

_MODE_AT = {"save": 2, "saveAsTable": 2, "parquet": 1, "json": 1, "csv": 1, "orc": 1, "xml": 2, "jdbc": 2}
"""Which argument is the mode, in Python."""
_APPENDING = frozenset(
    (
        "", "parquet", "json", "csv", "orc", "avro", "text", "xml", "delta", "iceberg", "hive", "jdbc",
        "snowflake", "net.snowflake.spark.snowflake", "bigquery", "com.google.cloud.spark.bigquery",
        "redshift", "io.github.spark_redshift_community.spark.redshift", "com.databricks.spark.redshift",
        "com.databricks.spark.sqldw", "com.microsoft.sqlserver.jdbc.spark", "com.databricks.spark.csv",
        "com.databricks.spark.avro", "sqlserver", "postgresql", "mysql",
    )
)  # fmt: skip
"""Formats whose append matches no rows."""
_KEYED = frozenset(("org.apache.spark.sql.cassandra", "cosmos.oltp", "org.apache.hadoop.hbase.spark"))
"""Formats that write a row in the place of the one with its key."""
_TOPICS = frozenset(("kafka", "eventhubs", "pulsar", "kinesis", "aws-kinesis"))
CHANGES_ONLY = re.compile(r"readChange(?:Feed|Data)|\btable_changes\(|startingVersion|\bJob\.init\(|transformation_ctx")
"""Words of a file that reads what changed since a version, or keeps bookmarks: a second run finds nothing."""

_JOINS = frozenset(("join", "crossJoin", "union", "unionAll", "unionByName", "intersect"))

_V2 = {
    "append": "append",
    "overwritePartitions": "overwrite_partition",
    "overwrite": "overwrite_partition",
    "create": "create",
    "createOrReplace": "replace",
    "replace": "replace",
}


def batch_write(ops: Ops, site: MakeSite) -> Write | None:
    """The write that a chain ends in.

    Args:
        ops: the chain, up to the call that writes.
        site: makes sites.
    """
    if ops[-1].name in TERMINALS_V2 and (split := after(ops, "writeTo")) is not None:
        return _second(split[1], site)
    split = after(ops, "write")
    if split is None or split[1][0].called or ops[-1].name not in TERMINALS:
        return None
    tail = split[1]
    return _first(tail, options(tail), site)


def _second(tail: Ops, site: MakeSite) -> Write | None:
    named = tail[0].arg("table", 0)
    last = tail[-1]
    if named is None:
        return None
    mode = _V2[last.name]
    condition = last.args[0].text if last.args else ""
    return Write(
        mode,
        table_of(named),
        site(last.span),
        rows="query" if mode == "create" else "file",
        partition=condition[:200] if mode == "overwrite_partition" else "",
        whole=mode == "replace",
        option=f"writeTo(…).{last.name}()",
        by="spark",
    )


def _first(tail: Ops, given: Options, site: MakeSite) -> Write | None:
    last = tail[-1]
    form = _format(tail)
    mode, at, known = _mode(tail)
    target = _target(tail, given, form)
    if target is None:
        return None
    written = f"mode('{mode}')" if at is not last else f"{last.name}()"
    partition = _partition(given)
    opaque = "" if known else "how it writes is not known"
    lacks = ""
    if mode == "overwrite":
        mode = "overwrite_partition" if partition else "replace"
    elif mode == "append":
        mode, opaque, lacks = _append(form, given, opaque)
    else:
        mode = "create"
    return Write(
        mode,
        target,
        site(at.span),
        rows="query" if mode == "create" else "file",
        key=_hudi_key(given) if mode == "merge" else (),
        partition=partition if mode == "overwrite_partition" else "",
        whole=mode == "replace",
        opaque=opaque,
        option=written,
        by="spark",
        lacks=lacks,
        folders=folders(tail),
        form=form,
    )


def _append(form: str, given: Options, opaque: str) -> tuple[str, str, str]:
    """What an append comes to: (mode, why it can't be judged, the option that is missing)."""
    tokens = [name for name in ("txnAppId", "txnVersion") if _has(given, name)]
    if len(tokens) == 2:
        return "once", opaque, ""
    if not given.closed:
        opaque = opaque or "some of its options are not known"
    if tokens:
        return "append", opaque, "txnVersion" if tokens == ["txnAppId"] else "txnAppId"
    if form in _KEYED:
        return "merge", opaque, ""
    if form in ("hudi", "org.apache.hudi"):
        operation = given.word("hoodie.datasource.write.operation") or (
            "unknown" if "hoodie.datasource.write.operation" in given else "upsert"
        )
        if operation == "upsert":
            return "merge", "", ""
        if operation == "insert_overwrite":
            return "overwrite_partition", "", ""
        if operation not in ("insert", "bulk_insert") or "hoodie.datasource.write.insert.drop.duplicates" in given:
            return "append", opaque or "how Hudi writes is not known", ""
        return "append", opaque, ""
    if form in _TOPICS:
        return "append", "readers of a topic deal with records that come twice", ""
    if form not in _APPENDING:
        return "append", opaque or f"whether '{form}' matches rows by key is not known", ""
    return "append", opaque, ""


def _has(given: Options, name: str) -> bool:
    return name in given or f"spark.databricks.delta.write.{name}" in given


def _mode(tail: Ops) -> tuple[str, Op, bool]:
    """How a chain writes, the step that says so, and whether that is certain."""
    last = tail[-1]
    found: tuple[Arg | None, Op] | None = None
    for op in tail:
        if op.name == "mode" and op.called:
            found = (op.arg("saveMode", 0), op)
    own = last.arg("mode", _MODE_AT.get(last.name, -1))
    if own is not None and not (isinstance(own.value, Plain) and own.value.value is None):
        found = (own, last)
    if last.name == "insertInto":
        overwrite = last.arg("overwrite", 1)
        if overwrite is not None and isinstance(overwrite.value, Plain):
            return ("overwrite" if overwrite.value.value else "append"), last, True
        if overwrite is not None:
            return "append", last, False
        if found is None:
            return "append", last, True
    if found is None:
        return "errorifexists", last, not last.spread
    arg, op = found
    word = arg.word.casefold() if arg is not None else ""
    return word or "append", op, bool(word)


def _format(tail: Ops) -> str:
    last = tail[-1]
    form = ""
    for op in tail:
        if op.name == "format" and op.called:
            form = op.word("source", 0).casefold() or "{{ format }}"
    own = last.arg("format", 1) if last.name in ("save", "saveAsTable") else None
    if own is not None and own.word:
        form = own.word.casefold()
    return form or (last.name if last.name not in ("save", "saveAsTable", "insertInto") else "")


def _target(tail: Ops, given: Options, form: str) -> Relation | None:
    last = tail[-1]
    if last.name in ("saveAsTable", "insertInto"):
        named = last.arg("name" if last.name == "saveAsTable" else "tableName", 0)
        return table_of(named) if named is not None else None
    if last.name == "jdbc":
        named = last.arg("table", 1)
        return table_of(named) if named is not None else None
    for option in ("dbtable", "table", "topic", "hoodie.table.name"):
        found = given.entries.get(option)
        if found is not None and not (option == "hoodie.table.name" and last.args):
            return Relation("topic", (text_of(found),)) if option == "topic" else table_of(found)
    path = last.arg("path", 0) or given.entries.get("path")
    if path is None:
        return None
    return table_of(path) if form in ("bigquery", "iceberg") and "/" not in text_of(path) else path_relation(path)


def _partition(given: Options) -> str:
    """The part of the target that an overwrite replaces, in words; empty where it replaces all."""
    if "replaceWhere" in given:
        return given.text("replaceWhere") or "replaceWhere"
    dynamic = given.word("partitionOverwriteMode").casefold() == "dynamic"
    return "the partitions it has rows for" if dynamic else ""


def _hudi_key(given: Options) -> tuple[str, ...]:
    key = given.word("hoodie.datasource.write.recordkey.field")
    return tuple(name.strip() for name in key.split(",") if name.strip())


def folders(tail: Ops) -> tuple[str, ...]:
    """The columns by which the files of a target lie in folders."""
    found: list[str] = []
    for op in tail:
        if op.name in ("partitionBy", "partitionedBy"):
            found = [item.word for item in op.args if item.word]
    return tuple(found)


def in_context(found: Write, before: Ops, whole: str, site: MakeSite) -> Write:
    """A write with what the frame it writes, and the file around it, say of it.

    Args:
        found: the write.
        before: the chain that makes the frame.
        whole: the text of the file.
        site: makes sites.
    """
    if found.mode == "append" and not found.opaque and CHANGES_ONLY.search(_source_of(before) or whole):
        found = replace(found, opaque="the file reads what changed since the run before")
    if _of_literals(before):
        return replace(found, rows="literals")
    return replace(found, reads_target=found.reads_target or _compared(before, found, site))


def _source_of(before: Ops) -> str:
    """How the rows of a frame are read, in words; empty where not all of it is seen."""
    at = next((at for at, op in enumerate(before) if op.name == "read" and not op.called), None)
    if at is None or not options(before).closed:
        return ""
    words = [f"{op.name}({', '.join(item.text for item in op.args)})" for op in before[at:]]
    for op in before[at:]:
        if op.name in _JOINS and op.called:
            others = [_source_of(item.plan()) for item in op.args[:1]]
            if not all(others):
                return ""
            words += others
    return " ".join(words)


def _of_literals(before: Ops) -> bool:
    """Whether the rows of a frame are written down in the program."""
    for op in before:
        if op.name == "createDataFrame" and op.called:
            given = op.arg("data", 0)
            return given is not None and isinstance(given.value, Items)
        if op.name == "range" and op.called:
            return True
    return False


def _compared(before: Ops, found: Write, site: MakeSite) -> bool:
    """Whether a frame is compared with what the target holds: rows that are there already may be left out."""
    for op in before:
        if op.name in ("join", "exceptAll", "subtract", "except") and op.args:
            how = " ".join(item.text.casefold() for item in op.args[1:])
            if op.name != "join" or "anti" in how or "left" in how:
                others = batch_reads(op.args[0].plan(), site)
                if not others or any(item.relation == found.target for item in others):
                    return True
    return False
