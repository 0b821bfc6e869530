"""Connectors and formats of Flink: what they read and write, and what a format does with what it can't read.

https://nightlies.apache.org/flink/flink-docs-stable/docs/connectors/table/overview/.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.facts import BadRecords, Relation
from tidegate_analyzers.readers.flink.notes import Table

CHANGES = frozenset(
    f"{database}-cdc"
    for database in ("postgres", "mysql", "oracle", "sqlserver", "mongodb", "db2", "tidb", "oceanbase", "vitess")
)
"""Connectors that read the changes of a database."""
ENDLESS = CHANGES | {"kafka", "upsert-kafka", "kinesis", "kinesis-legacy", "pulsar", "rabbitmq", "pubsub"}
"""Connectors that read without end, and from elsewhere."""
SHOWN = frozenset(("print", "blackhole", "datagen"))
"""Connectors of demonstrations."""
_FAILS = frozenset(("json", "csv", "debezium-json", "canal-json", "maxwell-json", "ogg-json", "avro", "protobuf"))
"""Formats at whose faults a job fails; those that ask a schema registry are left out, as are `raw` and its like."""
_OF_CHANGES = re.compile(r"debezium|canal|maxwell|ogg|changelog", re.I)
_IGNORES = re.compile(r"(?:^|\.)(?:[\w-]+)\.ignore-parse-errors$")
_OF_SOURCES = re.compile(r"^scan\.|^source\.|^topic-pattern$")
"""Options that only a source has."""


def relation(table: Table, name: str) -> Relation:
    """What a table stands for outside of Flink."""
    connector = table.option("connector")
    if connector in ("kafka", "upsert-kafka", "pulsar") and (topics := table.option("topic") or table.option("topics")):
        return Relation("topic", (topics.partition(";")[0],))
    if connector.startswith("kinesis") and (stream := table.option("stream") or table.option("stream.arn")):
        return Relation("topic", (stream.rpartition("/")[2],))
    if (outer := table.option("table-name") or table.option("table")) and connector:
        return Relation("table", tuple(outer.split(".")))
    if path := table.option("path"):
        return Relation("path", (path,))
    return Relation("table", tuple(name.split(".")))


def ends(table: Table) -> bool:
    """Whether a table is read up to some place, and no further."""
    mode = table.option("scan.bounded.mode") or "unbounded"
    counted = bool(table.option("number-of-rows"))
    return mode != "unbounded" or table.option("scan.startup.mode") == "snapshot" or counted


def is_append(table: Table) -> bool:
    """Whether each record of a table is a row of its own, and no change of another."""
    form = table.option("format") or table.option("value.format")
    by_row = table.option("connector") in ENDLESS - CHANGES - {"upsert-kafka"}
    return by_row and bool(form) and not _OF_CHANGES.search(form) and not table.key


def is_source(table: Table) -> bool:
    """Whether a table has options that only one that is read has."""
    return any(_OF_SOURCES.search(key) for key in table.options)


def bad_records(table: Table) -> Iterator[BadRecords]:
    """What becomes of the records of a source that its format can't read."""
    connector = table.option("connector")
    for key, option in table.options.items():
        if _IGNORES.search(key):
            if option.value.strip().casefold() == "true":
                yield BadRecords("dropped", "flink", f"'{key}' = 'true'", option.site, outside=connector != "datagen")
            elif option.value.strip().casefold() != "false":
                return
            elif connector in ENDLESS:
                yield _stops(table, f"'{key}' = 'false'", option.site)
            return
    for key in ("format", "value.format"):
        found = table.options.get(key)
        if found is not None and found.value.strip().casefold() in _FAILS and connector in ENDLESS and table.closed:
            yield _stops(table, f"'{key}' = '{found.value}'", found.site)
            return


def _stops(table: Table, by: str, site: int) -> BadRecords:
    note = "the job fails at it, and reads it again after each restart"
    return BadRecords("stops", "flink", by, site, outside=True, note=note)
