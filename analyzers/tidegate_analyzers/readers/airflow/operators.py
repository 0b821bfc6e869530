"""What Airflow's operators do with their arguments.

From the reference of the providers (https://airflow.apache.org/docs/apache-airflow-providers/): which argument
holds SQL, which names a target, and what an operator does when the argument that decides it is not given.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

SQL_ARGUMENTS = ("sql", "query", "hql", "statement", "statements", "sqls", "bql", "sql_query")
"""Arguments that hold SQL or the path of a SQL file, in operators of any provider."""

BEFORE_ARGUMENTS = (
    "preoperator",
    "pg_preoperator",
    "mysql_preoperator",
    "pre_sql",
    "pre_operator",
    "presql",
    "truncate_sql",
    "delete_sql",
)
"""Arguments whose SQL runs before the operator's own work."""

SETTINGS = frozenset(
    [
        "task_id",
        "retries",
        "retry_delay",
        "retry_exponential_backoff",
        "owner",
        "trigger_rule",
        "pool",
        "queue",
        "depends_on_past",
        "email",
        "email_on_failure",
        "on_failure_callback",
        "execution_timeout",
        "autocommit",
        "split_statements",
        "write_disposition",
        "create_disposition",
        "schema_fields",
        "autodetect",
        "source_format",
        "schema_object",
        "max_bad_records",
        "ignore_unknown_values",
        "external_dag_id",
        "external_task_id",
        "trigger_dag_id",
        "deferrable",
        "timeout",
        "mode",
        "destination_project_dataset_table",
        "destination_dataset_table",
        "method",
        "table",
        "schema",
        "upsert_keys",
        "conn_id",
        "force_rerun",
        "bash_command",
        "do_xcom_push",
        "email_on_retry",
        "fail_task_on_validation_failure",
        "max_retry_delay",
        "on_success_callback",
        "poke_interval",
        "sla",
        "trigger_run_id",
    ]
)

DIALECTS = (
    ("bigquery", "bigquery"),
    ("snowflake", "snowflake"),
    ("redshift", "redshift"),
    ("postgres", "postgres"),
    ("cloudsql", "postgres"),
    ("athena", "athena"),
    ("trino", "trino"),
    ("presto", "trino"),
    ("hive", "hive"),
    ("clickhouse", "clickhouse"),
    ("mysql", "mysql"),
    ("mssql", "tsql"),
    ("synapse", "tsql"),
    ("databricks", "databricks"),
    ("spark", "spark"),
    ("duckdb", "duckdb"),
    ("oracle", "oracle"),
    ("sqlite", "sqlite"),
)
"""A word in an operator's or hook's name, and the dialect of its SQL."""

HARMLESS = re.compile(
    r"(?:Empty|Dummy|LatestOnly|Branch\w*|ShortCircuit|TriggerDagRun|Email|Slack\w*|SimpleHttp|Http|Sns\w*|GKE(?:Create|Delete|Start)Cluster|Dataproc(?:Create|Delete|Start|Stop|Update)Cluster|EmrCreateJobFlow|EmrTerminateJobFlow|RedshiftResumeCluster|RedshiftPauseCluster"
    r"|GreatExpectations\w*|GXValidate\w+|Soda\w*|DbtTest|DbtSourceFreshness|DbtDocs\w*|GCSListObjects|S3List\w*|BigQueryGet\w+|BigQueryCreate(?:EmptyDataset|EmptyTable|ExternalTable|Table)|(?:S3|GCS)CreateBucket|MSTeams\w*|Discord\w*|Telegram|Opsgenie\w*)Operator$|Sensor(?:Async)?$|^Asset|^Dataset|Check\w*Operator(?:Async)?$"
)
"""Operators that write no dataset; sensors, checks and those that make or end clusters among them."""

CLEARS = re.compile(
    r"delete|truncate|drop|clear|purge|clean|replace|overwrite|remove|swap|merge|upsert|dedup|recreate|rewrite|reset|rollback",
    re.I,
)
"""Words in the name of a task, function or method that suggest it clears or merges its target."""

NOT_A_TASK = frozenset(("DAG", "BaseOperator", "TaskGroup", "Operator"))


@dataclass(frozen=True, slots=True)
class Load:
    """How an operator loads.

    Attributes:
        target: the arguments that name the target, outermost part first.
        disposition: the argument that says append or replace.
        default: what it does when that argument is absent.
        key: the argument that names key columns.
        if_true: what it does when that argument is a switch that is on.
        partition: the argument that names the part of the target it writes.
    """

    target: tuple[str, ...]
    disposition: str = "write_disposition"
    default: str = "WRITE_EMPTY"
    key: str = ""
    if_true: str = ""
    partition: str = ""


_INTO_HIVE = Load(("hive_table",), "", "OVERWRITE", partition="partition")
_INTO_MYSQL = Load(("mysql_table",), "", "APPEND")
_FROM_BIGQUERY = Load(("target_table_name",), "replace", "APPEND", if_true="MERGE")


LOADS: dict[str, Load] = {
    "GCSToBigQueryOperator": Load(("destination_project_dataset_table",)),
    "GoogleCloudStorageToBigQueryOperator": Load(("destination_project_dataset_table",)),
    "BigQueryToBigQueryOperator": Load(("destination_project_dataset_table",)),
    "BigQueryOperator": Load(("destination_dataset_table",)),
    "BigQueryExecuteQueryOperator": Load(("destination_dataset_table",)),
    "S3ToRedshiftOperator": Load(("schema", "table"), "method", "APPEND", "upsert_keys"),
    "S3ToRedshiftTransfer": Load(("schema", "table"), "method", "APPEND", "upsert_keys"),
    "CopyFromExternalStageToSnowflakeOperator": Load(("database", "schema", "table"), "copy_options", "COPY"),
    "S3ToSnowflakeOperator": Load(("schema", "table"), "copy_options", "COPY"),
    "GenericTransfer": Load(("destination_table",), "insert_args.replace", "APPEND", if_true="MERGE"),
    "S3ToSqlOperator": Load(("schema", "table"), "", "APPEND"),
    "SFTPToBigQueryOperator": Load(("destination_project_dataset_table",)),
    "DatabricksCopyIntoOperator": Load(("table_name",), "force_copy", "COPY", if_true="APPEND"),
    "BigQueryToPostgresOperator": _FROM_BIGQUERY,
    "BigQueryToMySqlOperator": _FROM_BIGQUERY,
    "BigQueryToMsSqlOperator": _FROM_BIGQUERY,
    "HiveToMySqlOperator": _INTO_MYSQL,
    "HiveToMySqlTransfer": _INTO_MYSQL,
    "PrestoToMySqlOperator": _INTO_MYSQL,
    "TrinoToMySqlOperator": _INTO_MYSQL,
    "VerticaToMySqlOperator": _INTO_MYSQL,
    "OracleToOracleOperator": Load(("destination_table",), "", "APPEND"),
    "MySqlToHiveOperator": _INTO_HIVE,
    "MySqlToHiveTransfer": _INTO_HIVE,
    "MsSqlToHiveOperator": _INTO_HIVE,
    "S3ToHiveOperator": _INTO_HIVE,
    "VerticaToHiveOperator": _INTO_HIVE,
}
"""Operators that load a table by arguments alone."""

APPENDS = frozenset(("WRITE_APPEND", "APPEND", "append"))
REPLACES = frozenset(("WRITE_TRUNCATE", "WRITE_TRUNCATE_DATA", "REPLACE", "replace", "overwrite", "OVERWRITE"))
REFUSES = frozenset(("WRITE_EMPTY",))
MERGES = frozenset(("UPSERT", "upsert", "merge", "MERGE"))

_TO_GCS = ("gs", "bucket", "filename")
_TO_S3 = ("s3", "s3_bucket", "s3_key")
FILES: dict[str, tuple[str, str, str]] = {
    "MySQLToGCSOperator": _TO_GCS,
    "PostgresToGCSOperator": _TO_GCS,
    "MSSQLToGCSOperator": _TO_GCS,
    "OracleToGCSOperator": _TO_GCS,
    "PrestoToGCSOperator": _TO_GCS,
    "TrinoToGCSOperator": _TO_GCS,
    "LocalFilesystemToGCSOperator": ("gs", "bucket", "dst"),
    "GCSToGCSOperator": ("gs", "destination_bucket", "destination_object"),
    "SFTPToGCSOperator": ("gs", "destination_bucket", "destination_path"),
    "SqlToS3Operator": _TO_S3,
    "MySQLToS3Operator": _TO_S3,
    "RedshiftToS3Operator": _TO_S3,
    "MongoToS3Operator": _TO_S3,
    "HttpToS3Operator": _TO_S3,
    "SFTPToS3Operator": _TO_S3,
    "LocalFilesystemToS3Operator": ("s3", "dest_bucket", "dest_key"),
    "GCSToS3Operator": ("s3", "", "dest_s3_key"),
    "BigQueryToGCSOperator": ("gs", "", "destination_cloud_storage_uris"),
}
"""Operators that write files: how the address begins, and the arguments with the bucket and the key."""

DROPS: dict[str, tuple[str, ...]] = {
    "BigQueryDeleteTableOperator": ("deletion_dataset_table",),
    "BigQueryTableDeleteOperator": ("deletion_dataset_table",),
    "BigQueryDeleteDatasetOperator": ("dataset_id",),
}
"""Operators that remove a table, with the argument that names it."""

PREFIXES = {
    "S3DeleteObjectsOperator": ("prefix", "keys"),
    "GCSDeleteObjectsOperator": ("prefix", "objects"),
    "GoogleCloudStorageDeleteOperator": ("prefix", "objects"),
    "ADLSDeleteOperator": ("path",),
}
"""Operators that delete files, with the arguments that say which."""

NAMED_DAGS = {
    "ExternalTaskSensor": "external_dag_id",
    "ExternalTaskMarker": "external_dag_id",
    "TriggerDagRunOperator": "trigger_dag_id",
}
"""Operators that name another DAG, with the argument that does."""

CLOCK_ARGUMENTS = frozenset(
    [
        "sql",
        "query",
        "hql",
        "statement",
        "op_kwargs",
        "op_args",
        "params",
        "bash_command",
        "env",
        "env_vars",
        "source_objects",
        "destination_object",
        "destination_key",
        "destination_project_dataset_table",
        "destination_dataset_table",
        "destination_table",
        "destination_bucket",
        "destination",
        "arguments",
        "templates_dict",
        "bucket_key",
        "prefix",
        "conf",
        "filename",
        "key",
        "dest_key",
        "s3_key",
        "parameters",
        "application_args",
        "cmds",
        "configuration",
        "source_object",
        "remote_path",
        "local_path",
    ]
)
"""Arguments in which the time of parsing or running stands for the window of the run."""


def dialect_of(name: str) -> str:
    """The dialect that an operator's or hook's name tells, else empty."""
    lowered = name.lower()
    return next((dialect for word, dialect in DIALECTS if word in lowered), "")
