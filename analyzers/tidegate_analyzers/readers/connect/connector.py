"""What the configuration of a connector means: a job that reads topics and writes a store, or the other way."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Inferred, Job, Read, Relation, Setting, Sites, Step, Value, Write
from tidegate_analyzers.readers.connect import sinks
from tidegate_analyzers.readers.connect.errors import ENGINE, bad_records
from tidegate_analyzers.readers.connect.routing import routed
from tidegate_analyzers.readers.connect.settings import Config, words
from tidegate_analyzers.text import Span

CLASS = "connector.class"
_OF_THE_CLOUD = ("kafka.api.key", "kafka.auth.mode", "kafka.service.account.id", "cloud.provider")
"""Settings that only connectors have which Confluent Cloud runs."""
_TABLES = ("table.include.list", "table.whitelist", "collection.include.list", "tables")
_REGISTRY = ("AvroConverter", "ProtobufConverter", "JsonSchemaConverter")
_MAKES_TABLES = {
    "auto.evolve": ("true", True),
    "schema.evolution": ("basic", True),
    "allowNewBigQueryFields": ("true", True),
    "snowflake.enable.schematization": ("true", True),
    "iceberg.tables.evolve-schema-enabled": ("true", True),
    "auto.create": ("true", False),
    "autoCreateTables": ("true", False),
    "iceberg.tables.auto-create-enabled": ("true", False),
}
"""Settings by which a sink makes tables to fit what arrives, and whether it changes them afterwards."""


def job_of(config: Config, sites: Sites, plugin_key: str = CLASS) -> Job | None:
    """The job a configuration stands for, if it names a plugin."""
    named = config.entries.get(plugin_key)
    if named is None or not named.value:
        return None
    plugin = named.value if named.known else ""
    kind = _kind(plugin, config)
    managed = "." not in plugin or config.get(*_OF_THE_CLOUD) is not None
    at = Span(named.key_span.start, named.span.end)
    written = tuple(_writes(config, kind, plugin, at, sites))
    return Job(
        config.name,
        sites.add(config.name_span),
        ENGINE,
        kind or "connector",
        settings=tuple(
            Setting(
                e.key,
                Value(e.known, e.value if e.known else None, (), e.value, sites.add(e.span)),
                sites.add(e.key_span),
            )
            for e in config.entries.values()
        ),
        steps=tuple(Step("write", index=number) for number in range(len(written))),
        writes=written,
        reads=tuple(_reads(config, kind, sites)),
        bad_records=tuple(bad_records(config, kind, at, sites, managed=managed)),
        inferred=tuple(_inferred(config, sites)) if kind == "sink" and not managed else (),
        opaque=False,
        whole=sites.add(config.whole),
        continuous=True,
    )


def _kind(plugin: str, config: Config) -> str:
    """`sink`, `source`, or nothing where a plugin's name doesn't say and no topics are read."""
    last = plugin.rpartition(".")[2].casefold()
    if "sink" in last:
        return "sink"
    if "source" in last or plugin.startswith("io.debezium.connector.") or config.get("kafka.topic") is not None:
        return "source"
    reads = config.get("topics", "topics.regex") is not None
    return "sink" if reads and plugin else ""


def _reads(config: Config, kind: str, sites: Sites) -> Iterator[Read]:
    entry = config.get("topics") if kind == "sink" else config.get(*_TABLES)
    if entry is None or not entry.known:
        return
    for word in words(entry):
        if kind == "sink":
            yield Read(Relation("topic", (word,)), _within(entry.span, entry.value, word, sites))
        elif not set(word) & set("*[](|?\\"):
            yield Read(Relation("table", tuple(word.split("."))), _within(entry.span, entry.value, word, sites))


def _within(span: Span, value: str, word: str, sites: Sites) -> int:
    """Where a word of a list stands, if the list is written as it is read."""
    at = value.find(word)
    quotes = (span.end - span.start - len(value)) // 2
    exact = span.end - span.start - len(value) in (0, 2)
    start = span.start + quotes + at
    return sites.add(Span(start, start + len(word)) if exact and at >= 0 else span)


def _writes(config: Config, kind: str, plugin: str, at: Span, sites: Sites) -> Iterator[Write]:
    if kind == "sink":
        yield from sinks.writes(config, plugin, at, sites)
    elif kind == "source":
        for topic in _topics(config, plugin):
            why = "a source goes on where it stopped, by offsets that it keeps"
            yield Write("append", Relation("topic", (topic,)), sites.add(at), opaque=why, by="connector")


def _topics(config: Config, plugin: str) -> Iterator[str]:
    """The topics a source writes, where its settings name them."""
    named = [entry.value for key in ("kafka.topic", "topic") if (entry := config.get(key)) is not None and entry.known]
    for topic in named or _topics_of_tables(config, plugin):
        if (found := routed(config, topic)) is not None:
            yield found


def _topics_of_tables(config: Config, plugin: str) -> Iterator[str]:
    """A topic for each table: Debezium puts the prefix before all of its name, JDBC sources before its last part."""
    prefix, tables = config.get("topic.prefix", "database.server.name"), config.get(*_TABLES)
    if prefix is None or tables is None or not prefix.known or not tables.known:
        return
    databases = config.text("database.names") or ""
    for word in words(tables):
        if set(word) & set("*[](|?\\"):
            continue
        if not plugin.startswith("io.debezium."):
            yield f"{prefix.value}{word.rpartition('.')[2]}"
        elif "sqlserver" not in plugin:
            yield f"{prefix.value}.{word}"
        elif databases and "," not in databases:
            yield f"{prefix.value}.{databases}.{word}"


def _inferred(config: Config, sites: Sites) -> Iterator[Inferred]:
    """The settings by which a sink makes its tables from what arrives, unless a registry says what that is.

    A table that is made once and never changed is not spoken of where the worker's own converter is used, which may
    well ask a registry.
    """
    converter = config.text("value.converter")
    if converter is None or asks_registry(converter) or _registry(config):
        return
    for key, (value, evolves) in _MAKES_TABLES.items():
        entry = config.entries.get(key)
        if entry is not None and entry.known and entry.value.strip().casefold() == value and (evolves or converter):
            site = sites.add(Span(entry.key_span.start, entry.span.end))
            yield Inferred(ENGINE, f"{key}={entry.value}", site, evolves=evolves, certain=bool(converter))
            return


def asks_registry(converter: str) -> bool:
    """Whether a converter takes the schema of what it reads from a registry."""
    return converter.endswith(_REGISTRY)


def _registry(config: Config) -> bool:
    return any(
        key.startswith("value.converter.") and ("registry" in key or "apicurio" in key) for key in config.entries
    )
