"""The settings of dbt's nodes and their values."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.ide.completion import columns, names
from tidegate_analyzers.ide.completion.asked import Asked
from tidegate_analyzers.ide.completion.items import Item, Offer
from tidegate_analyzers.ide.completion.words import settings

_BOOLEANS = frozenset(
    (
        "enabled", "full_refresh", "store_failures", "transient", "automatic_clustering", "copy_grants", "secure", "bind",
        "backup", "unlogged", "require_partition_filter", "copy_partitions", "enable_refresh", "concurrent_batches",
        "invalidate_hard_deletes", "quote_columns", "inserts_only", "as_columnstore",
    )
)  # fmt: skip
_LISTS = frozenset(
    ("tags", "pre_hook", "post_hook", "merge_update_columns", "merge_exclude_columns", "cluster_by", "packages")
)
_MAPPINGS = {"contract": "{'enforced': true}", "persist_docs": "{'relation': true, 'columns': true}"}
_COLUMNS = frozenset(
    (
        "unique_key", "cluster_by", "event_time", "partition_by", "updated_at", "check_cols", "merge_update_columns",
        "merge_exclude_columns", "sort", "dist", "order_by", "primary_key", "clustered_by", "liquid_clustered_by", "bucketed_by",
    )
)  # fmt: skip
_STRATEGIES = {
    "append": "snowflake redshift postgres databricks spark athena trino clickhouse duckdb sqlserver fabric glue",
    "merge": "snowflake bigquery redshift postgres databricks spark athena trino duckdb fabric",
    "delete+insert": "snowflake redshift postgres trino clickhouse duckdb sqlserver fabric databricks",
    "insert_overwrite": "snowflake bigquery databricks spark athena clickhouse glue",
    "microbatch": "snowflake bigquery redshift postgres databricks spark athena trino clickhouse duckdb",
    "replace_where": "databricks",
}
"""Incremental strategies with their adapters: https://docs.getdbt.com/docs/build/incremental-strategy."""
_MATERIALIZATIONS = {
    "table": "", "view": "", "incremental": "", "ephemeral": "",
    "materialized_view": "postgres redshift bigquery databricks trino clickhouse materialize risingwave",
    "dynamic_table": "snowflake",
    "streaming_table": "databricks",
    "external": "duckdb",
    "dictionary": "clickhouse",
    "distributed_table": "clickhouse",
    "distributed_incremental": "clickhouse",
}  # fmt: skip
_VALUES = {
    "on_schema_change": ("ignore", "append_new_columns", "sync_all_columns", "fail"),
    "access": ("private", "protected", "public"),
    "batch_size": ("hour", "day", "month", "year"),
    "hard_deletes": ("ignore", "invalidate", "new_record"),
    "strategy": ("timestamp", "check"),
    "severity": ("error", "warn"),
    "store_failures_as": ("ephemeral", "table", "view"),
    "refresh_mode": ("AUTO", "FULL", "INCREMENTAL"),
    "initialize": ("ON_CREATE", "ON_SCHEDULE"),
    "file_format": ("delta", "iceberg", "parquet", "hudi", "orc", "csv", "json"),
    "table_type": ("hive", "iceberg"),
    "sort_type": ("compound", "interleaved"),
    "dist": ("auto", "even", "all"),
    "format": ("parquet", "orc", "avro", "json", "textfile"),
    "check_cols": ("all",),
    "on_configuration_change": ("apply", "continue", "fail"),
}
_TYPES = {
    "bigquery": "string int64 float64 numeric bignumeric bool date datetime timestamp time bytes json geography array<> struct<>",
    "snowflake": "varchar number integer float boolean date timestamp_ntz timestamp_tz timestamp_ltz time variant object array binary",
    "databricks": "string int bigint smallint double float decimal boolean date timestamp timestamp_ntz binary array<> struct<> map<>",
    "tsql": "varchar nvarchar int bigint smallint decimal float bit date datetime2 datetimeoffset time uniqueidentifier",
    "clickhouse": "String Int32 Int64 UInt32 UInt64 Float64 Decimal Bool Date DateTime DateTime64 UUID Array() Nullable() LowCardinality(String)",
    "": "varchar text integer bigint smallint numeric double boolean date timestamp timestamptz time json uuid",
}
_LIKE = {
    "spark": "databricks",
    "fabricspark": "databricks",
    "glue": "databricks",
    "sqlserver": "tsql",
    "synapse": "tsql",
    "fabric": "tsql",
}


def resource_of(asked: Asked) -> str:
    """The kind of node that `config()` speaks of in the file."""
    return asked.role.resource if asked.role is not None and asked.role.resource else "model"


def keys(asked: Asked, given: set[str], *, write: str = "{}", snippets: bool = False) -> Iterator[Item]:
    """The settings that a node can have and does not have yet, those of another adapter left out."""
    kind = resource_of(asked)
    kinds = {kind} if kind != "macro" else {"model", "test"}
    for setting in settings():
        if setting.name in given or not setting.kinds & kinds:
            continue
        if setting.adapters and asked.adapter and asked.adapter not in setting.adapters:
            continue
        insert, is_snippet = write.format(setting.name), False
        if write.endswith("=") and snippets:
            insert, is_snippet = insert + _place(setting.name), True
        yield Item(setting.name, "key", insert, setting.text, is_snippet, ("setting", setting.name))


def _place(name: str) -> str:
    """Where the value of a setting is filled in, as a snippet."""
    if name in _BOOLEANS:
        return "${1|true,false|}"
    if name in _MAPPINGS:
        return _MAPPINGS[name].replace("}", "\\}")
    if name in (
        "meta",
        "grants",
        "docs",
        "partition_by",
        "properties",
        "tblproperties",
        "labels",
        "quoting",
        "column_types",
    ):
        return "{$1\\}"
    if name in ("lookback", "hours_to_expiration", "partition_expiration_days", "limit", "buckets"):
        return "$1"
    return "['$1']" if name in _LISTS else "'$1'"


def values(asked: Asked, key: str, offer: Offer, *, quote: str = "") -> None:
    """The values of a setting; `quote` is put around texts where none is written yet."""
    if not quote or key not in _BOOLEANS:
        offer.extend(_written(item, quote) for item in texts(asked, key, offer))
    if quote and key in _BOOLEANS:
        offer.extend(Item(word, "value", word) for word in ("true", "false"))
    if quote and key in _MAPPINGS:
        offer.extend([Item(_MAPPINGS[key], "value", _MAPPINGS[key])])


def _written(item: Item, quote: str) -> Item:
    return Item(item.label, item.kind, f"{quote}{item.insert}{quote}", item.detail, about=item.about) if quote else item


def texts(asked: Asked, key: str, offer: Offer) -> Iterator[Item]:
    """The values of a setting that are texts."""
    if key == "materialized":
        for name, adapters in _MATERIALIZATIONS.items():
            if not adapters or not asked.adapter or asked.adapter in adapters.split():
                yield Item(name, "value", name)
        for name in names.definitions(asked.view, "materialization"):
            last = name.rpartition(".")[2]
            yield Item(last, "value", last, "materialization of the project")
    elif key == "incremental_strategy":
        for name, adapters in _STRATEGIES.items():
            if not asked.adapter or asked.adapter in adapters.split():
                yield Item(name, "value", name)
        for name in names.names(asked.view, "macro"):
            if name.startswith("get_incremental_") and name.endswith("_sql"):
                own = name.removeprefix("get_incremental_").removesuffix("_sql")
                yield Item(own, "value", own, "strategy of the project")
    elif key == "tags":
        yield from names.values(names.tags(asked.view), "value", "tag")
    elif key == "group":
        yield from names.values(names.names(asked.view, "group"), "value", "group")
    elif key in _VALUES:
        yield from names.values(_VALUES[key], "value")
    if key in _COLUMNS:
        yield from columns.of_model(asked)


def types(asked: Asked) -> Iterator[Item]:
    """The usual types of the adapter."""
    adapter = _LIKE.get(asked.adapter, asked.adapter)
    return names.values(_TYPES.get(adapter, _TYPES[""]).split(), "type")
