"""What calls of the usual macros are understood as."""

from __future__ import annotations

import pytest

from tidegate_analyzers.facts import Relation
from tidegate_analyzers.readers.dbt.usual_macros import USUAL, Produced, produces
from tidegate_analyzers.syntax.jinja import scan

ORDERS = Relation("ref", ("orders",))
RAW = Relation("source", ("shop", "orders"))

UNDERSTOOD = {
    "dbt_utils.star(ref('orders'))": Produced("star", (ORDERS,)),
    "dbt_utils.star(from=ref('orders'), except=['a', \"b\"], relation_alias='o')": Produced(
        "star", (ORDERS,), without=("a", "b"), alias="o"
    ),
    "dbt_utils.star(\n    from = source('shop', 'orders'),\n    prefix='max_', suffix='_x')": Produced(
        "star", (RAW,), prefix="max_", suffix="_x"
    ),
    "dbt_utils.star(ref('pkg', 'orders', v=2), rename={'a': 'b'})": Produced(
        "star", (Relation("ref", ("pkg", "orders"), "2"),), renamed=(("a", "b"),)
    ),
    "dbt_utils.generate_surrogate_key(['a', 'b.c'])": Produced("expression", columns=("a", "b.c"), type="varchar"),
    "dbt_utils.surrogate_key(['a'])": None,
    "dbt_utils.generate_surrogate_key(['a', dbt.hash('b')])": None,
    "dbt_utils.generate_surrogate_key(fields)": None,
    "dbt_utils.union_relations(relations=[ref('orders'), source('shop', 'orders')])": Produced(
        "query", (ORDERS, RAW), ("_dbt_source_relation",), through=True
    ),
    "dbt_utils.union_relations([ref('orders')], exclude=['x'], source_column_name='origin')": Produced(
        "query", (ORDERS,), ("origin",), ("x",), through=True
    ),
    "dbt_utils.union_relations([ref('orders')], source_column_name=none)": Produced("query", (ORDERS,), through=True),
    "dbt_utils.union_relations([ref('orders')], include=['a'])": Produced(
        "query", (ORDERS,), ("_dbt_source_relation", "a")
    ),
    "dbt_utils.union_relations(relations)": None,
    "dbt_utils.pivot('size', ['S', 'M'], prefix='n_')": Produced("columns", columns=("n_S", "n_M")),
    "dbt_utils.pivot('size', [1, 2])": Produced("columns", columns=("1", "2")),
    "dbt_utils.pivot('size', ['Extra large', '2-in-1'], quote_identifiers=False)": Produced(
        "columns", columns=("extra_large", "_2_in_1")
    ),
    "dbt_utils.pivot('size', dbt_utils.get_column_values(ref('orders'), 'size'))": None,
    "dbt_utils.pivot('size', ['S'], alias=False)": None,
    "dbt_utils.unpivot(ref('orders'), exclude=['id'], field_name='metric')": Produced(
        "query", (ORDERS,), ("id", "metric", "value")
    ),
    "dbt_utils.deduplicate(relation='renamed', partition_by='id', order_by='at desc')": Produced(
        "query", (Relation("table", ("renamed",)),), through=True
    ),
    "dbt_utils.date_spine(datepart='week', start_date=\"cast('2020-01-01' as date)\", end_date=until)": Produced(
        "query", columns=("date_week",)
    ),
    "dbt_utils.date_spine(part, 'a', 'b')": None,
    "dbt_utils.generate_series(upper_bound=n)": Produced("query", columns=("generated_number",)),
    "dbt_utils.group_by(n=4)": Produced("clause"),
    "dbt_utils.safe_divide('a', 'nullif(b, 0)')": Produced("expression", columns=("a", "nullif(b, 0)")),
    "dbt_utils.safe_add(['a', 'b'])": Produced("expression", columns=("a", "b")),
    "dbt_utils.type_string()": Produced("type", type="varchar"),
    "dbt_utils.datediff('a', 'b', 'day')": Produced("expression", columns=("a", "b")),
    "dbt_utils.no_such_macro('a')": None,
    "dbt_utils.star(ref('orders'), unknown_argument=1)": None,
    "dbt_utils.star(*arguments)": None,
    "dbt_utils.star(ref(name))": None,
    "dbt_utils.group_by(3) ~ 'x'": None,
    "dbt.safe_cast('a', api.Column.translate_type('string'))": Produced("expression", columns=("a",)),
    "dbt.safe_cast('a', type_timestamp())": Produced("expression", columns=("a",), type="timestamp_ntz"),
    "dbt.cast(field='a', type='DATE')": Produced("expression", columns=("a",), type="date"),
    "dbt.date_trunc('month', 'ordered_at')": Produced("expression", columns=("ordered_at",)),
    "date_trunc('month', 'ordered_at')": Produced("expression", columns=("ordered_at",)),
    "dbt.concat(['a', \"' '\", 'b'])": Produced("expression", columns=("a", "' '", "b"), type="varchar"),
    "dbt.type_boolean()": Produced("type", type="boolean"),
    "type_numeric()": Produced("type", type="numeric(28,6)"),
    "dbt_date.week_start('day')": Produced("expression", columns=("day",), type="date"),
    "dbt_date.today()": Produced("expression", type="date"),
    "dbt_date.get_base_dates('2020-01-01', '2021-01-01', datepart='hour')": Produced("query", columns=("date_hour",)),
    "codegen.generate_base_model('shop', 'orders')": Produced("query", (RAW,), through=True),
    "my_macro('a')": None,
    "ref('orders')": None,
    "this": None,
}


@pytest.mark.parametrize("code", UNDERSTOOD)
def test_understood_as(code: str) -> None:
    (block,) = scan(f"{{{{ {code} }}}}").blocks
    assert produces(block, "snowflake") == UNDERSTOOD[code]


@pytest.mark.parametrize(
    ("adapter", "type_"), [("bigquery", "string"), ("postgres", "text"), ("duckdb", "varchar"), ("", ""), ("odd", "")]
)
def test_types_are_those_of_the_adapter(adapter: str, type_: str) -> None:
    (block,) = scan("{{ dbt_utils.generate_surrogate_key(['a']) }}").blocks
    assert produces(block, adapter) == Produced("expression", columns=("a",), type=type_)


def test_the_date_dimension_is_known_whole() -> None:
    (block,) = scan("{{ dbt_date.get_date_dimension('2020-01-01', '2030-01-01') }}").blocks
    produced = produces(block)
    assert produced is not None
    assert len(set(produced.columns)) == len(produced.columns) == 36
    assert {"date_day", "iso_week_of_year", "month_name_short", "year_end_date"} <= set(produced.columns)


@pytest.mark.parametrize("name", USUAL)
def test_no_arguments_break_nothing(name: str) -> None:
    for code in (f"{name}()", f"{name}(1, 2)", f"{name}(none)", f"{name}([[1], {{}}])", f"{name}(x=ref('a'))"):
        (block,) = scan(f"{{{{ {code} }}}}").blocks
        produced = produces(block, "duckdb")
        assert produced is None or produced.kind in {"expression", "star", "columns", "query", "type", "clause"}
