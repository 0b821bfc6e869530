"""The programs that send SQL or load data from a command line, with the options that matter.

From the reference of each: `psql`, `mysql`, `snowsql`, `bq`, `clickhouse-client`, `sqlite3`, `duckdb`, `hive`, `beeline`,
`spark-sql`, `trino`, `sqlcmd`, `impala-shell`.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Client(NamedTuple):
    """A client of a database.

    Attributes:
        dialect: the dialect of its SQL.
        sql: the options that hold SQL.
        file: the options that name a file of it.
        database: whether its first plain word is the database, and the next may be SQL.
    """

    dialect: str
    sql: tuple[str, ...]
    file: tuple[str, ...]
    database: bool = False


CLIENTS = {
    "psql": Client("postgres", ("-c", "--command"), ("-f", "--file")),
    "mysql": Client("mysql", ("-e", "--execute"), ()),
    "mariadb": Client("mysql", ("-e", "--execute"), ()),
    "snowsql": Client("snowflake", ("-q", "--query"), ("-f", "--filename")),
    "clickhouse-client": Client("clickhouse", ("-q", "--query"), ("--queries-file",)),
    "clickhouse": Client("clickhouse", ("-q", "--query"), ("--queries-file",)),
    "sqlite3": Client("sqlite", ("-cmd",), ("-init",), database=True),
    "duckdb": Client("duckdb", ("-c", "-s"), ("-f", "-init"), database=True),
    "hive": Client("hive", ("-e",), ("-f",)),
    "beeline": Client("hive", ("-e",), ("-f",)),
    "spark-sql": Client("spark", ("-e",), ("-f",)),
    "trino": Client("trino", ("--execute",), ("-f", "--file")),
    "presto": Client("trino", ("--execute",), ("-f", "--file")),
    "sqlcmd": Client("tsql", ("-Q", "-q"), ("-i",)),
    "impala-shell": Client("hive", ("-q", "--query"), ("-f", "--query_file")),
    "vsql": Client("postgres", ("-c", "--command"), ("-f", "--file")),
}

STORAGE = {
    ("aws", "s3"): ("cp", "mv", "sync", "rm"),
    ("gsutil",): ("cp", "mv", "rsync", "rm"),
    ("gcloud", "storage"): ("cp", "mv", "rsync", "rm"),
    ("hdfs", "dfs"): ("-put", "-mv", "-copyFromLocal", "-rm"),
    ("hadoop", "fs"): ("-put", "-mv", "-copyFromLocal", "-rm"),
    ("azcopy",): ("copy", "sync", "remove"),
    ("rm",): (),
}
"""Programs that copy and delete files, with their commands; the last of each deletes."""

WRAPPERS = frozenset(("sudo", "exec", "time", "nohup", "env", "command", "nice", "stdbuf", "docker-entrypoint"))
"""Programs that run the program behind them."""

RUNNERS = {"poetry": "run", "uv": "run", "pipenv": "run", "pdm": "run", "hatch": "run", "conda": "run", "rye": "run"}
"""Programs that run the program behind a word of theirs."""

HARMLESS = frozenset(
    [
        "echo",
        "printf",
        "cd",
        "pushd",
        "popd",
        "mkdir",
        "ls",
        "sleep",
        "date",
        "export",
        "set",
        "unset",
        "test",
        "[",
        "[[",
        "true",
        "false",
        ":",
        "exit",
        "return",
        "wait",
        "read",
        "touch",
        "cat",
        "head",
        "tail",
        "wc",
        "sort",
        "uniq",
        "cut",
        "tr",
        "grep",
        "egrep",
        "sed",
        "awk",
        "jq",
        "split",
        "join",
        "paste",
        "diff",
        "cmp",
        "find",
        "xargs",
        "tar",
        "zip",
        "unzip",
        "gzip",
        "gunzip",
        "bzip2",
        "cp",
        "mv",
        "ln",
        "chmod",
        "chown",
        "which",
        "type",
        "uname",
        "hostname",
        "whoami",
        "pwd",
        "basename",
        "dirname",
        "env",
        "ulimit",
        "trap",
        "shift",
        "local",
        "declare",
        "let",
        "kinit",
    ]
)
"""Programs that touch no dataset of the warehouse."""

BQ_COMMANDS = frozenset(
    [
        "load",
        "query",
        "cp",
        "rm",
        "mk",
        "extract",
        "show",
        "ls",
        "head",
        "insert",
        "update",
        "wait",
        "cancel",
        "partition",
        "truncate",
        "mkdef",
        "init",
        "version",
    ]
)
BQ_VALUES = re.compile(
    r"--(?:source_format|destination_table|time_partitioning_\w+|field_delimiter|skip_leading_rows|max_bad_records|project_id|"
    r"dataset_id|location|format|schema|clustering_fields|job_id|null_marker|quote|encoding|parameter|max_rows|bigqueryrc|"
    r"destination_schema|schema_update_option|maximum_bytes_billed|label|udf_resource|range_partitioning|n|"
    r"destination_kms_key|service_account|application_default_credential_file|api|hive_partitioning_\w+|"
    r"max_rows_per_request|start_row|start_index|expiration|decimal_target_types|projection_fields|reference_file_schema_uri|"
    r"expiration_time|description|table|connection_id|external_table_definition|view|materialized_view)\Z"
)
"""Options of `bq` whose value may be the next word."""
