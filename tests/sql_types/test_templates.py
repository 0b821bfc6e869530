"""Types that a template gives."""

from __future__ import annotations

import pytest
from sqlglot import exp

from tidegate_analyzers.readers.sql.types import type_of
from tidegate_analyzers.syntax.jinja import scan
from tidegate_analyzers.syntax.sql import parse_template


@pytest.mark.parametrize(
    ("dialect", "expression", "expected"),
    [
        ("duckdb", "cast(a as {{ dbt.type_string() }})", "varchar"),
        ("duckdb", "a::{{ type_int() }}", "integer"),
        ("duckdb", "cast(a as {{ dbt.type_timestamp() }})", "timestamp"),
        ("bigquery", "cast(a as {{ dbt.type_timestamp() }})", "timestamp"),
        ("bigquery", "cast(a as {{ type_string() }})", "string"),
        ("snowflake", "cast(a as {{ dbt.type_bigint() }})", "number(38,0)"),
        ("duckdb", "cast(a as {{ dbt.type_numeric() }})", ""),
        ("duckdb", "cast(a as {{ var('kind') }})", ""),
        ("duckdb", "cast(a as {{t}})", ""),
        ("duckdb", "a::{{ t }}(10)", ""),
        ("duckdb", "a::{{ t }}[]", ""),
        ("snowflake", "coalesce(a::{{ t }}, 'x')", ""),
        ("bigquery", "cast(a as array<{{ t }}>)", ""),
        ("trino", "cast(a as decimal(10, {{ scale }}))", ""),
        ("duckdb", "'{{ var('x') }}'", "varchar"),
        ("duckdb", "{{ var('x') }}", ""),
        ("duckdb", "{{ var('x') }} + 1", ""),
        ("duckdb", "{{ amount('x') }} / 100", ""),
    ],
)
def test_a_template_says_only_what_is_certain(dialect: str, expression: str, expected: str) -> None:
    text = f"select {expression} as it from t"
    select = parse_template(text, scan(text), dialect).statements[0].tree
    assert isinstance(select, exp.Select)
    assert type_of(select.expressions[0], dialect, lambda column: "") == expected
