"""What DuckDB says the type of an expression is, and what we say."""

from __future__ import annotations

from functools import cache
from itertools import product
from pathlib import Path

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from tidegate_analyzers.readers.sql.types import clash, type_of

COLUMNS = {
    "b": "BOOLEAN", "i1": "TINYINT", "i2": "SMALLINT", "i": "INTEGER", "l": "BIGINT", "h": "HUGEINT",
    "u1": "UTINYINT", "u4": "UINTEGER", "u8": "UBIGINT", "f": "FLOAT", "d": "DOUBLE", "n": "DECIMAL(18,3)",
    "n5": "DECIMAL(5,2)", "n30": "DECIMAL(30,10)", "s": "VARCHAR", "day": "DATE", "moment": "TIMESTAMP",
    "tz": "TIMESTAMP WITH TIME ZONE", "clock": "TIME", "span": "INTERVAL", "doc": "JSON", "id": "UUID",
    "bin": "BLOB", "items": "INTEGER[]", "names": "VARCHAR[]", "pair": "STRUCT(a INTEGER)",
}  # fmt: skip
EXPRESSIONS = Path(__file__).with_name("duckdb.txt")


@cache
def database() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(f"create table t ({', '.join(f'{name} {type_}' for name, type_ in COLUMNS.items())})")
    return connection


def real(expression: str) -> str | None:
    """The type that DuckDB describes, or nothing where it takes no such expression."""
    connection = database()
    try:
        rows = connection.execute(f"describe select {expression} as x from t").fetchall()
    except duckdb.Error:
        return None
    return str(rows[0][1]).lower()


def ours(expression: str) -> str:
    select = sqlglot.parse_one(f"select {expression} from t", read="duckdb")
    assert isinstance(select, exp.Select)
    return type_of(select.expressions[0], "duckdb", lambda column: COLUMNS.get(column.name, ""))


def listed(section: str) -> list[str]:
    text = EXPRESSIONS.read_text("utf-8").partition(f"# {section}\n")[2].partition("\n# ")[0]
    return [line for line in text.splitlines() if line]


@pytest.mark.parametrize("expression", listed("known"))
def test_the_type_is_the_databases(expression: str) -> None:
    assert real(expression) is not None
    assert ours(expression) == real(expression)


@pytest.mark.parametrize("expression", listed("not said"))
def test_what_is_not_certain_is_not_said(expression: str) -> None:
    assert ours(expression) == ""


FORMS = [
    "{0} + {1}", "{0} - {1}", "{0} * {1}", "{0} / {1}", "{0} // {1}", "{0} % {1}", "coalesce({0}, {1})",
    "case when b then {0} else {1} end", "nullif({0}, {1})", "greatest({0}, {1})", "{0} || {1}", "concat({0}, {1})",
    "lead({0}, 1, {1}) over ()", "if(b, {0}, {1})",
]  # fmt: skip
OPERANDS = [*COLUMNS, "1", "100000", "1.5", "0.25", "'2024-01-01'", "null", "interval 1 day", "1e3"]


@pytest.mark.parametrize("form", FORMS)
def test_no_pair_of_types_is_wrong(form: str) -> None:
    wrong, said, known = [], 0, 0
    for left, right in product(OPERANDS, repeat=2):
        expression = form.format(left, right)
        theirs = real(expression)
        if theirs is None:
            continue
        known += 1
        mine = ours(expression)
        said += bool(mine)
        if mine and mine != theirs:
            wrong.append((expression, mine, theirs))
    assert wrong == []
    assert said > known / 8, f"{said} of {known}"


ONE = [
    "sum({0})", "avg({0})", "min({0})", "max({0})", "count({0})", "median({0})", "abs({0})", "-{0}", "round({0})",
    "round({0}, 2)", "round({0}, 9)", "floor({0})", "ceil({0})", "sqrt({0})", "date_trunc('day', {0})", "lower({0})",
    "length({0})", "sum({0}) over ()", "array_agg({0})", "list({0})", "any_value({0})", "first({0})", "mode({0})",
    "arg_max({0}, i)", "first_value({0}) over (order by i)", "lag({0}) over (order by i)", "{0}::varchar",
    "extract(year from {0})", "date({0})", "year({0})", "strftime({0}, '%Y')", "{0} is null", "{0} = {0}",
    "quantile_cont({0}, 0.5)", "percentile_cont(0.5) within group (order by {0})", "stddev({0})", "md5({0})",
    "coalesce({0}, null)", "({0})", "(select {0})", "[{0}]", "[{0}, null]", "replace({0}, 'a', 'b')", "substr({0}, 1)",
    "trim({0})", "reverse({0})", "left({0}, 1)", "{0} at time zone 'UTC'", "date_add({0}, interval 1 day)",
    "last_day({0})", "sign({0})", "string_split({0}, ',')", "unnest({0})", "{0}[1]", "least({0}, 1)", "try_cast({0} as int)",
    "bool_or({0})", "string_agg({0}, ',')", "dayname({0})", "epoch({0})", "datediff('day', {0}, {0})",
    "time_bucket(interval '1 day', {0})", "bit_and({0})", "generate_series({0}, {0})", "ln({0})", "power({0}, 2)",
    "approx_count_distinct({0})", "approx_quantile({0}, 0.5)", "hash({0})", "upper({0})", "count_if({0})",
]  # fmt: skip


@pytest.mark.parametrize("form", ONE)
def test_no_function_of_one_type_is_wrong(form: str) -> None:
    known = [(item, theirs) for item in OPERANDS if (theirs := real(form.format(item))) is not None]
    assert known
    answers = [(form.format(item), ours(form.format(item)), theirs) for item, theirs in known]
    assert [answer for answer in answers if answer[1] and answer[1] != answer[2]] == []


def test_a_clash_is_refused() -> None:
    """Every pair that is said to clash is one that DuckDB can't compare."""
    database().execute(
        "create or replace table v as select true b, 1 i, 1.5::double d, 1.5::decimal(18,3) n, 'x' s, current_date as day,"
        " now()::timestamp moment, now() tz, [1] items, uuid() id"
    )
    wrong, clashes = [], 0
    for left, right in product(["b", "i", "d", "n", "s", "day", "moment", "tz", "items", "id"], repeat=2):
        if clash(COLUMNS[left], COLUMNS[right], "duckdb"):
            clashes += 1
            try:
                database().execute(f"select {left} = {right} from v").fetchall()
                wrong.append((left, right))
            except duckdb.Error:
                continue
    assert wrong == []
    assert clashes >= 20
