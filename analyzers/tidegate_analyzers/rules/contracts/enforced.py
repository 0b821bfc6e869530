"""What dbt does with the contracts of models."""

from __future__ import annotations

ENFORCING = frozenset(
    (
        "athena",
        "bigquery",
        "clickhouse",
        "databricks",
        "duckdb",
        "fabric",
        "postgres",
        "redshift",
        "snowflake",
        "spark",
        "sqlserver",
        "trino",
    )
)
"""Adapters that enforce the contracts of models."""
