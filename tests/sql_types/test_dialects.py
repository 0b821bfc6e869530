"""Types as each dialect's documentation has them, for databases that can't be asked here."""

from __future__ import annotations

import pytest
import sqlglot
from sqlglot import exp

from tidegate_analyzers.readers.sql.types import clash, same_type, type_of, with_variables

TABLE: dict[str, tuple[dict[str, str], str]] = {
    "snowflake": (
        {"n": "NUMBER(38,0)", "m": "NUMBER(18,2)", "f": "FLOAT", "s": "VARCHAR(16)", "d": "DATE", "t": "TIMESTAMP_NTZ",
         "v": "VARIANT", "b": "BOOLEAN"},
        """
        n::int | number(38,0)
        n::number(10,2) | number(10,2)
        s::string | varchar
        s::timestamp | timestamp_ntz
        s::varchar(10) | varchar(10)
        1 | number(1,0)
        'a' | varchar
        count(*) | number
        sum(n) | number(38,0)
        sum(m) | number
        sum(f) | float
        n + 1 | number(38,0)
        m * f | float
        m + n | number(38,2)
        n / 100 | number(38,6)
        coalesce(m, 0) | number(18,2)
        coalesce(n, m) | number(38,2)
        iff(b, 'a', 'b') | varchar
        v:a | variant
        v:a::string | varchar
        parse_json(s) | variant
        d - d | number
        d + 1 | date
        current_timestamp() | timestamp_ltz
        sysdate() | timestamp_ntz
        current_date | date
        date_trunc('month', d) | date
        date_trunc('month', t) | timestamp_ntz
        dateadd(day, 1, t) | timestamp_ntz
        dateadd(day, 1, d) |
        datediff(day, d, d) | number
        to_date(s) | date
        to_number(s, 10, 2) | number(10,2)
        upper(s) | varchar
        s || 'x' | varchar
        md5(s) | varchar
        listagg(s, ',') | varchar
        array_agg(s) | array
        row_number() over (order by n) | number
        lag(s) over (order by n) | varchar(16)
        max(d) | date
        n = 1 | boolean
        b and true | boolean
        year(d) | number
        split_part(s, ',', 1) | varchar
        round(f, 2) | float
        some_udf(n) |
        """,
    ),
    "bigquery": (
        {"i": "INT64", "f": "FLOAT64", "n": "NUMERIC", "s": "STRING", "d": "DATE", "dt": "DATETIME", "t": "TIMESTAMP",
         "x": "BYTES", "j": "JSON", "a": "ARRAY<STRING>", "b": "BOOL"},
        """
        cast(s as int64) | int64
        safe_cast(s as timestamp) | timestamp
        cast(s as datetime) | datetime
        cast(s as numeric) | numeric
        cast(a as array<int64>) | array<int64>
        1 | int64
        1.5 | float64
        i + 1 | int64
        i / 2 | float64
        i * n | numeric
        i * f | float64
        count(*) | int64
        countif(b) | int64
        sum(i) | int64
        sum(n) | numeric
        avg(i) | float64
        avg(n) | numeric
        coalesce(n, 0) | numeric
        coalesce(i, 0) | int64
        if(b, 'a', 'b') | string
        lower(s) | string
        lower(x) |
        concat(s, '-', s) | string
        substr(x, 1, 2) |
        substr(s, 1, 2) | string
        current_timestamp() | timestamp
        current_datetime() | datetime
        current_date() | date
        date_trunc(d, month) | date
        timestamp_trunc(t, day) | timestamp
        date_add(d, interval 1 day) | date
        timestamp_add(t, interval 1 day) | timestamp
        date_diff(d, d, day) | int64
        extract(year from d) | int64
        extract(date from t) | date
        date(t) | date
        datetime(t) | datetime
        parse_date('%Y', s) | date
        parse_timestamp('%Y', s) | timestamp
        format_date('%Y', d) | string
        json_value(j, '$.a') | string
        md5(s) | bytes
        to_hex(md5(s)) | string
        generate_uuid() | string
        array_length(a) | int64
        array_agg(s) | array<string>
        split(s, ',') | array<string>
        a[offset(0)] | string
        s like 'a%' | bool
        safe_divide(i, i) |
        round(n, 2) | numeric
        max(t) | timestamp
        row_number() over (order by i) | int64
        """,
    ),
    "postgres": (
        {"i": "integer", "l": "bigint", "r": "real", "f": "double precision", "n": "numeric(10,2)", "s": "varchar(20)",
         "t": "text", "d": "date", "at": "timestamp", "tz": "timestamptz", "b": "boolean", "j": "jsonb"},
        """
        i::bigint | bigint
        i::numeric(10,2) | numeric(10,2)
        i::float | double precision
        t::timestamptz | timestamp with time zone
        t::timestamp | timestamp
        t::varchar(5) | varchar(5)
        1 | integer
        1.5 | numeric
        'a' | text
        i + 1 | integer
        l / 2 | bigint
        i * n | numeric
        n * f | double precision
        count(*) | bigint
        sum(i) | bigint
        sum(l) | numeric
        sum(n) | numeric
        avg(i) | numeric
        avg(f) | double precision
        max(s) | text
        max(d) | date
        coalesce(l, 0) | bigint
        coalesce(n, 0) | numeric
        coalesce(d, '2024-01-01') | date
        case when b then 'a' else 'b' end | text
        now() | timestamp with time zone
        current_date | date
        date_trunc('day', at) | timestamp
        date_trunc('day', tz) | timestamptz
        date_trunc('day', d) | timestamp with time zone
        d - d | integer
        d + 1 | date
        d + interval '1 day' | timestamp
        at - at | interval
        at at time zone 'utc' | timestamp with time zone
        tz at time zone 'utc' | timestamp
        extract(year from d) |
        to_char(d, 'YYYY') | text
        to_date(t, 'YYYY') | date
        lower(t) | text
        s || 'x' | text
        length(t) | integer
        j ->> 'a' | text
        md5(t) | text
        row_number() over () | bigint
        ntile(4) over (order by i) | integer
        array_agg(i) | integer[]
        i is null | boolean
        bool_or(b) | boolean
        round(n, 2) | numeric
        generate_series(1, 10) | integer
        greatest(i, l) | bigint
        percentile_cont(0.5) within group (order by f) | double precision
        """,
    ),
    "redshift": (
        {"i": "integer", "l": "bigint", "f": "double precision", "n": "numeric(10,2)", "s": "varchar(20)", "d": "date",
         "t": "timestamp", "b": "boolean"},
        """
        i::bigint | bigint
        s::decimal | numeric(18,0)
        i + l | bigint
        sum(i) | bigint
        sum(l) | numeric(38,0)
        sum(n) | numeric(38,2)
        count(*) | bigint
        nvl(l, 0) | bigint
        date_trunc('day', t) | timestamp
        date_trunc('day', d) |
        dateadd(day, 1, d) | timestamp
        datediff(day, d, d) | bigint
        getdate() |
        current_date | date
        listagg(s, ',') | varchar
        lower(s) | varchar
        n + n |
        s || 'a' | varchar
        """,
    ),
    "databricks": (
        {"i": "int", "l": "bigint", "f": "double", "n": "decimal(10,2)", "s": "string", "d": "date", "t": "timestamp",
         "b": "boolean", "a": "array<string>"},
        """
        cast(s as int) | int
        cast(s as timestamp) | timestamp
        cast(s as decimal(10,2)) | decimal(10,2)
        cast(s as array<int>) | array<int>
        1 | int
        i + 1 | int
        i + l | bigint
        i / 2 | double
        n + n | decimal(11,2)
        n * 2 | decimal(12,2)
        sum(i) | bigint
        sum(n) | decimal(20,2)
        avg(n) | decimal(14,6)
        avg(i) | double
        count(*) | bigint
        date_trunc('day', t) | timestamp
        trunc(d, 'MM') | date
        date_add(d, 1) | date
        datediff(d, d) |
        to_date(s) | date
        to_timestamp(s) | timestamp
        current_timestamp() | timestamp
        current_date() | date
        from_unixtime(l) | string
        lower(s) | string
        concat(s, 'a') | string
        concat(a, a) | array<string>
        coalesce(d, t) | timestamp
        row_number() over (order by i) | int
        year(d) | int
        collect_list(s) | array<string>
        split(s, ',') | array<string>
        md5(s) | string
        length(s) | int
        if(b, 1, 0) | int
        get_json_object(s, '$.a') | string
        floor(f) | bigint
        """,
    ),
    "trino": (
        {"i": "integer", "l": "bigint", "f": "double", "n": "decimal(10,2)", "s": "varchar", "d": "date",
         "t": "timestamp(3)", "x": "varbinary", "b": "boolean", "a": "array(varchar)"},
        """
        cast(s as bigint) | bigint
        try_cast(s as double) | double
        cast(s as varchar(10)) | varchar(10)
        1 | integer
        1.5 | decimal(2,1)
        i / 2 | integer
        i + l | bigint
        n + n | decimal(11,2)
        n * n | decimal(20,4)
        l * f | double
        sum(i) | bigint
        sum(n) | decimal(38,2)
        avg(i) | double
        avg(n) | decimal(10,2)
        count(*) | bigint
        date_trunc('month', d) | date
        date_trunc('month', t) | timestamp(3)
        date_add('day', 1, d) | date
        date_diff('day', d, d) | bigint
        date_parse(s, '%Y') | timestamp
        from_unixtime(l) | timestamp with time zone
        now() | timestamp with time zone
        current_date | date
        substr(x, 1, 2) |
        substr(s, 1, 2) | varchar
        lower(s) | varchar
        lower(to_hex(x)) | varchar
        json_extract_scalar(s, '$.a') | varchar
        array_agg(s) | array(varchar)
        a[1] | varchar
        split(s, ',') | array(varchar)
        row_number() over () | bigint
        if(b, 1, 0) | integer
        coalesce(l, 0) | bigint
        coalesce(n, l) | decimal(21,2)
        bytearray_to_uint256(x) |
        max_by(s, i) | varchar
        approx_distinct(s) | bigint
        """,
    ),
    "clickhouse": (
        {"i": "Int32", "u": "UInt64", "f": "Float64", "s": "String", "d": "Date", "t": "DateTime", "o": "Nullable(String)"},
        """
        cast(s as Int64) | int64
        toString(i) | string
        toInt64(s) | int64
        toDate(t) | date
        count() | uint64
        uniq(s) | uint64
        sum(i) | int64
        sum(u) | uint64
        avg(i) | float64
        lower(s) | string
        length(s) | uint64
        i + u |
        i / 2 | float64
        s = 'a' | uint8
        coalesce(o, s) | string
        max(t) | datetime
        argMax(s, t) | string
        """,
    ),
    "tsql": (
        {"i": "int", "l": "bigint", "f": "float", "n": "decimal(10,2)", "s": "nvarchar(20)", "d": "date", "t": "datetime2"},
        """
        cast(s as int) | int
        convert(date, s) | date
        cast(s as datetime) | datetime
        cast(s as float) |
        i + 1 | int
        i / 2 | int
        i + l | bigint
        n + n | decimal(11,2)
        n * n | decimal(21,4)
        s + 'a' |
        count(*) | int
        count_big(*) | bigint
        sum(i) | int
        sum(n) | decimal(38,2)
        avg(i) | int
        getdate() | datetime
        datediff(day, d, d) | int
        row_number() over (order by i) | bigint
        year(d) | int
        max(d) | date
        coalesce(l, i) | bigint
        """,
    ),
    "": (
        {"i": "int", "s": "varchar"},
        """
        cast(i as bigint) | bigint
        i | int
        i + 1 |
        count(*) |
        """,
    ),
}  # fmt: skip

CASES = [
    (dialect, columns, *(part.strip() for part in line.rsplit(" | " if " | " in line else " |", 1)))
    for dialect, (columns, text) in TABLE.items()
    for line in text.strip().splitlines()
]


def answer(expression: str, dialect: str, columns: dict[str, str]) -> str:
    select = sqlglot.parse_one(f"select {expression} from x", read=dialect or None)
    assert isinstance(select, exp.Select)
    return type_of(select.expressions[0], dialect, lambda column: columns.get(column.name, ""))


@pytest.mark.parametrize(("dialect", "columns", "expression", "expected"), CASES)
def test_types(dialect: str, columns: dict[str, str], expression: str, expected: str) -> None:
    assert answer(expression, dialect, columns) == expected


SAME = [
    ("duckdb", "int", "INTEGER", True), ("duckdb", "int4", "integer", True), ("duckdb", "int8", "bigint", True),
    ("duckdb", "text", "varchar(10)", True), ("duckdb", "numeric", "decimal(18,3)", True),
    ("duckdb", "decimal(18,2)", "decimal(18,3)", False), ("duckdb", "float", "double", False),
    ("duckdb", "timestamptz", "TIMESTAMP WITH TIME ZONE", True), ("duckdb", "timestamp", "date", False),
    ("duckdb", "int[]", "INTEGER[]", True), ("duckdb", "int[]", "bigint[]", False), ("duckdb", "", "", False),
    ("snowflake", "int", "NUMBER(38, 0)", True), ("snowflake", "NUMBER", "number(38,0)", True),
    ("snowflake", "float", "double", True), ("snowflake", "text", "VARCHAR(16777216)", True),
    ("snowflake", "number(38,0)", "number(18,2)", False), ("snowflake", "timestamp_ntz", "timestamp_ltz", False),
    ("bigquery", "int", "INT64", True), ("bigquery", "timestamp", "datetime", False),
    ("bigquery", "array<string>", "ARRAY<STRING>", True), ("bigquery", "numeric", "bignumeric", False),
    ("postgres", "character varying(256)", "varchar", True), ("postgres", "float", "double precision", True),
    ("postgres", "timestamp without time zone", "timestamp(6)", True),
    ("postgres", "timestamp(6) with time zone", "timestamptz", True), ("postgres", "json", "jsonb", False),
    ("spark", "timestamp", "timestamp_ntz", False), ("databricks", "long", "bigint", True),
    ("clickhouse", "Nullable(Int64)", "int64", True), ("clickhouse", "LowCardinality(Nullable(String))", "string", True),
    ("clickhouse", "UInt8", "Int8", False), ("tsql", "nvarchar(10)", "varchar(max)", True),
    ("trino", "timestamp(3)", "timestamp(6)", True), ("trino", "array(varchar)", "array(varchar(5))", True),
]  # fmt: skip


@pytest.mark.parametrize(("dialect", "left", "right", "expected"), SAME)
def test_one_type_in_two_spellings(dialect: str, left: str, right: str, expected: bool) -> None:
    assert same_type(left, right, dialect) is expected
    assert same_type(right, left, dialect) is expected


CLASHES = [
    ("bigquery", "int64", "string", True), ("bigquery", "int64", "numeric", False),
    ("bigquery", "date", "timestamp", True), ("bigquery", "datetime", "timestamp", True),
    ("bigquery", "date", "datetime", False), ("bigquery", "date", "string", True),
    ("bigquery", "bytes", "string", True), ("postgres", "integer", "text", True),
    ("postgres", "uuid", "varchar(36)", True), ("postgres", "integer", "numeric", False),
    ("postgres", "date", "timestamptz", False), ("postgres", "citext", "integer", False),
    ("trino", "varchar", "bigint", True), ("trino", "varchar(3)", "date", True), ("trino", "real", "bigint", False),
    ("snowflake", "varchar", "number(38,0)", False), ("snowflake", "date", "number(38,0)", True),
    ("redshift", "varchar", "integer", False), ("spark", "string", "int", False), ("databricks", "date", "int", True),
    ("duckdb", "varchar", "integer", False), ("duckdb", "date", "integer", True), ("clickhouse", "String", "Int64", True),
    ("clickhouse", "Nullable(String)", "UInt8", True), ("tsql", "date", "int", True), ("tsql", "datetime2", "int", False),
    ("", "date", "int", False), ("mysql", "date", "int", False), ("postgres", "", "text", False),
    ("postgres", "?0.id", "text", False), ("bigquery", "struct<a int64>", "int64", False),
]  # fmt: skip


@pytest.mark.parametrize(("dialect", "left", "right", "expected"), CLASHES)
def test_types_that_can_not_be_compared(dialect: str, left: str, right: str, expected: bool) -> None:
    assert clash(left, right, dialect) is expected
    assert clash(right, left, dialect) is expected


VARIABLES = [
    ("a", "?0.a", "bigint"),
    ("max(a)", "?0.a", "bigint"),
    ("coalesce(a, null)", "?0.a", "bigint"),
    ("sum(a)", "?=sum{?0.a}", "hugeint"),
    ("coalesce(a, 0)", "?=common{?0.a|#1}", "bigint"),
    ("a + b", "?=+{?0.a|?0.b}", "double"),
    ("round(sum(a * b) / 2, 2)", "?=round{?=/{?=sum{?=*{?0.a|?0.b}}|#1}|2}", "double"),
    ("case when a > 1 then a else b end", "?=common{?0.a|?0.b}", "double"),
    ("array_agg(a)", "?=list{?0.a}", "bigint[]"),
    ("s || 'x'", "varchar", "varchar"),
    ("coalesce(s, 'x')", "?=common{?0.s|'}", "varchar"),
    ("date_trunc('day', a)", "?=trunc{?0.a}", ""),
    ("count(a)", "bigint", "bigint"),
    ("a + unknown", "", ""),
    ("coalesce(a, missing)", "?=common{?0.a|?0.missing}", ""),
]


@pytest.mark.parametrize(("expression", "term", "expected"), VARIABLES)
def test_what_waits_for_the_type_of_a_column(expression: str, term: str, expected: str) -> None:
    columns = {name: f"?0.{name}" for name in ("a", "b", "s", "missing")}
    found = answer(expression, "duckdb", columns)
    assert found == term
    types = {"?0.a": "bigint", "?0.b": "double", "?0.s": "varchar"}
    assert with_variables(found, "duckdb", lambda name: types.get(name, "")) == expected


def test_depth_has_an_end() -> None:
    assert answer(" + ".join(["1"] * 300), "duckdb", {}) == ""
