"""What the sinks of known plugins do to the tables, indexes and buckets they write."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tidegate_analyzers.facts import Relation, Sites, Write
from tidegate_analyzers.readers.connect.routing import routed
from tidegate_analyzers.readers.connect.settings import Config, Entry, words
from tidegate_analyzers.text import Span

_KEYED = re.compile(
    r"(?:Elasticsearch|OpenSearch|Opensearch|Cassandra|DynamoDb|Redis|HBase|Bigtable|Couchbase|Bucket|Kudu|Infinispan)"
    r"\w*Sink(?:Connector)?$"
)
"""Stores that know one value for each key, or name each document by its place in the topic."""
_FILES = re.compile(
    r"(?:S3|Gcs|GCS|Hdfs3?|AzureBlobStorage|AzureDataLakeGen[12]|Oss)(?:Storage)?_?S(?:ink|INK)(?:Connector)?$"
)
_TABLES = re.compile(
    r"(?:BigQuery|BigQueryStorage|Snowflake|SnowflakeStreaming|Mongo[Dd]b|Mongo|MongoDbAtlas|Iceberg|Click[Hh]ouse|DatabricksDeltaLake"
    r"|SingleStore|Vertica|HANA|Spanner|Netezza)Sink(?:Connector)?(?:V2)?$"
)
"""Stores with tables of which this module doesn't know how rows get into them."""
_JDBC = re.compile(r"(?:Jdbc|Postgres|MySql|MicrosoftSqlServer|OracleDatabase|Redshift)Sink(?:Connector)?(?:V2)?$")
_QUESTDB = "QuestDBSinkConnector"
_MONGODB = re.compile(r"(?:^|com\.mongodb\.kafka\.connect\.)Mongo(?:DbAtlas)?Sink(?:Connector)?$")
_NEW_IDS = ("BsonOidStrategy", "UuidStrategy")
"""Strategies by which MongoDB gives a document another `_id` each time it comes."""
_ID = ("document.id.strategy", "doc.id.strategy")
_ID_ELSEWHERE = re.compile(
    r"change\.data\.capture\.handler|cdc\.handler|write(?:model)?\.strategy|^topic\.override\.|_id$"
)
"""What else may say which document a record stands for."""

_RECORD = ("record_key", "record_value")
"""The keys that the records bring along."""


@dataclass(frozen=True, slots=True)
class _Way:
    """How a sink writes.

    `said` is the setting that says so, `option` the words a message uses, `key` what it matches by.
    """

    mode: str
    option: str = ""
    said: Entry | None = None
    key: tuple[str, ...] = ()
    opaque: str = ""


def writes(config: Config, plugin: str, at: Span, sites: Sites) -> Iterator[Write]:
    """What a sink does to each of its targets; nothing for those that send records to no store."""
    last = plugin.rpartition(".")[2]
    if not any(known.search(last) for known in (_KEYED, _FILES, _JDBC, _TABLES)) and last != _QUESTDB:
        return
    way = _way(config, plugin)
    site = sites.add(Span(way.said.key_span.start, way.said.span.end) if way.said else at)
    for target in _targets(config, plugin):
        yield Write(
            way.mode,
            target,
            site,
            rows="file" if way.mode == "append" else "",
            key=way.key,
            opaque=way.opaque,
            option=way.option,
            by="connector",
            store=_store(config, plugin),
        )


def _way(config: Config, plugin: str) -> _Way:
    last = plugin.rpartition(".")[2]
    read: Callable[[Config], _Way] | None = None
    if plugin.startswith("io.debezium.connector.jdbc."):
        read = _debezium_jdbc
    elif _MONGODB.search(plugin):
        read = _mongodb
    elif _JDBC.search(last):
        read = _jdbc
    elif last == _QUESTDB:
        read = _questdb
    elif _FILES.search(last):
        read = _files
    if read is not None:
        return read(config)
    if _KEYED.search(last):
        return _Way("merge", "by the record's key or place", config.get("key.ignore"))
    return _Way("append", opaque=f"how {last} writes is not known")


def _jdbc(config: Config) -> _Way:
    mode, keyed = config.get("insert.mode"), config.get("pk.mode")
    if (mode is not None and not mode.known) or (keyed is not None and not keyed.known):
        return _Way("append", opaque="how it writes is put in from elsewhere")
    if mode is None and not config.complete:
        return _Way("append", opaque="its configuration can't be read whole")
    word = (mode.value if mode else "insert").strip().casefold()
    if word in ("upsert", "update"):
        return _Way("merge", f"insert.mode={word}", mode, tuple(words(config.get("pk.fields"))))
    by = (keyed.value if keyed else "none").strip().casefold()
    if mode is not None and word == "insert" and by in _RECORD:
        return _Way("append", f"insert.mode=insert does not look for the key that pk.mode={by} gives", mode)
    if word != "insert" or by != "none":
        return _Way("append", opaque=f"pk.mode={by} gives the rows a key, which the table may enforce")
    said = "insert.mode=insert" if mode else "insert.mode is 'insert' by default"
    return _Way("append", f"{said}, and no pk.mode gives its rows a key", mode)


def _debezium_jdbc(config: Config) -> _Way:
    mode, keyed = config.get("insert.mode"), config.get("primary.key.mode")
    word = (mode.value if mode else "insert").strip().casefold()
    if mode is not None and mode.known and word in ("upsert", "update"):
        return _Way("merge", f"insert.mode={word}", mode, tuple(words(config.get("primary.key.fields"))))
    by = keyed.value.strip().casefold() if keyed is not None and keyed.known else ""
    if mode is not None and mode.known and word == "insert" and by in _RECORD:
        return _Way("append", f"insert.mode=insert does not look for the key that primary.key.mode={by} gives", mode)
    none = keyed is not None and keyed.known and keyed.value.strip().casefold() == "none"
    if none and word == "insert" and (mode is None or mode.known):
        return _Way("append", "insert.mode=insert, and primary.key.mode=none gives its rows no key", mode or keyed)
    return _Way("append", opaque="whether the table has a key is not known")


def _mongodb(config: Config) -> _Way:
    """Documents are found by their `_id`, which is made for the record unless a strategy takes it from there."""
    said = config.get(*_ID)
    strategy = said.value.strip().rpartition(".")[2] if said is not None and said.known else ""
    if said is not None and strategy and strategy not in _NEW_IDS:
        return _Way("merge", f"{said.key}={strategy}", said)
    if said is None and any(_ID_ELSEWHERE.search(text) for e in config.entries.values() for text in (e.key, e.value)):
        return _Way("append", opaque="what identifies a document is told elsewhere")
    if said is not None and not said.known:
        return _Way("append", opaque="what identifies a document is put in from elsewhere")
    how = f"{said.key}={strategy}" if said is not None else f"{_ID[0]} is BsonOidStrategy by default"
    return _Way("append", f"{how}, and gives a document without _id a new one each time", said)


def _questdb(config: Config) -> _Way:
    return _Way("append", "QuestDB adds each row unless the table has DEDUP UPSERT KEYS", config.get("include.key"))


def _files(config: Config) -> _Way:
    """Files whose names are those of their first offsets are written again as they were; the clock spoils that."""
    partitioner = config.text("partitioner.class")
    by_clock = config.get("rotate.schedule.interval.ms")
    if by_clock is not None and by_clock.value.strip() not in ("-1", "0"):
        return _Way("append", opaque="the clock cuts its files", said=by_clock)
    last = (partitioner or "").rpartition(".")[2]
    if partitioner is None or last not in ("", "DefaultPartitioner", "FieldPartitioner"):
        return _Way("append", opaque="when its files are cut may depend on the clock")
    return _Way("replace", "its files are named by their offsets", config.get("flush.size"))


def _store(config: Config, plugin: str) -> str:
    """The database a sink writes to, by the address or by the plugin's name."""
    last = plugin.rpartition(".")[2]
    if last == _QUESTDB:
        return "questdb"
    if _MONGODB.search(plugin):
        return "mongodb"
    address = re.match(r"jdbc:(\w+):", config.text("connection.url") or "")
    if address is not None:
        return {"postgresql": "postgres"}.get(address.group(1), address.group(1))
    return next((name for name in ("snowflake", "bigquery", "redshift") if name in last.casefold()), "")


_TABLE = ("table.name.format", "collection.name.format", "table", "mongodb.collection", "collection", "index.name")


def _targets(config: Config, plugin: str) -> Iterator[Relation]:
    kind = "path" if _FILES.search(plugin.rpartition(".")[2]) else "table"
    if kind == "path":
        bucket = config.get("s3.bucket.name", "gcs.bucket.name", "hdfs.url", "azblob.container.name", "oss.bucket")
        yield Relation(kind, (bucket.value if bucket is not None and bucket.known else "{bucket}",))
        return
    form = config.get(*_TABLE)
    if form is not None and not form.known:
        yield Relation(kind, (f"{{{form.value}}}",))
        return
    pattern = form.value if form is not None and form.value else "${topic}"
    topics = config.get("topics")
    listed = list(words(topics)) if topics is not None and topics.known else []
    mapped = _mapped(config)
    if "${topic}" not in pattern:
        yield Relation(kind, tuple(pattern.split(".")))
        return
    for topic in listed or ["{topics}"]:
        name = mapped.get(topic) or (routed(config, topic) if listed else None) or f"{{{topic}}}"
        name = pattern.replace("${topic}", name.replace(".", "_") if plugin.startswith("io.debezium.") else name)
        yield Relation(kind, tuple(part for part in name.split(".") if part) or (name,))


def _mapped(config: Config) -> dict[str, str]:
    """`topic:table` pairs, by which some sinks name their tables."""
    entry = config.get("topic2table.map", "snowflake.topic2table.map")
    pairs = (word.partition(":") for word in words(entry))
    return {topic.strip(): table.strip() for topic, _, table in pairs if table}
