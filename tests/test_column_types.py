"""Types of columns followed through files: seeds, unions, what is worked out of them."""

from __future__ import annotations

import pytest

from tests.support.workspace import Workspace
from tidegate_analyzers.graph.columns import ColumnKey, column_type, node_columns
from tidegate_analyzers.graph.dbt import NodeKey, nodes_in
from tidegate_analyzers.readers.sql.types import united

FILES = {
    "dbt_project.yml": "name: shop\nprofile: shop\nseeds:\n  shop:\n    +column_types: {placed: date}\n",
    "profiles.yml": "shop: {target: dev, outputs: {dev: {type: duckdb}}}\n",
    "seeds/raw_orders.csv": "id,customer,amount,placed\n1,2,3,2024-01-01\n",
    "seeds/raw_more.csv": "id,amount,label\n1,2,a\n",
    "seeds/_seeds.yml": """
seeds:
  - name: raw_orders
    config: {column_types: {ID: bigint, amount: "decimal(10,2)", placed: date}}
  - name: raw_more
    config: {column_types: {id: integer, amount: double}}
""",
}


def types(sql: str) -> dict[str, str]:
    workspace = Workspace({**FILES, "models/it.sql": sql})
    view = workspace.view
    facts = view.facts("models/it.sql")
    assert facts is not None
    ((key, _),) = nodes_in(view, "models/it.sql", facts)
    assert isinstance(key, NodeKey)
    return {
        item.name: column_type(view, ColumnKey(key, item.name.casefold())) for item in node_columns(view, key).items
    }


ORDERS, MORE = "{{ ref('raw_orders') }}", "{{ ref('raw_more') }}"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (f"select * from {ORDERS}", {"id": "bigint", "customer": "", "amount": "decimal(10,2)", "placed": "date"}),
        (f"select sum(amount) as a, max(placed) as p from {ORDERS}", {"a": "decimal(38,2)", "p": "date"}),
        (f"select amount from {ORDERS} union all select amount from {MORE}", {"amount": "double"}),
        (f"select id from {MORE} union all select id from {ORDERS}", {"id": "bigint"}),
        (f"select id from {MORE} union all select placed from {ORDERS}", {"id": ""}),
        (
            f"with a as (select id from {MORE} union select id from {ORDERS}) select sum(id) as s from a",
            {"s": "hugeint"},
        ),
        ("select cast(x as {{ dbt.type_string() }}) as a from {{ my_macro() }}", {"a": "varchar"}),
    ],
)
def test_types_are_followed(sql: str, expected: dict[str, str]) -> None:
    assert types(sql) == expected


@pytest.mark.parametrize(
    ("left", "right", "dialect", "expected"),
    [
        ("integer", "bigint", "duckdb", "bigint"),
        ("varchar", "varchar", "", "varchar"),
        ("integer", "bigint", "", ""),
        ("?0.a", "?0.a", "duckdb", "?0.a"),
        ("?0.a", "?1.a", "duckdb", "?=common{?0.a|?1.a}"),
        ("?0.a", "", "duckdb", ""),
        ("date", "varchar", "duckdb", ""),
    ],
)
def test_arms_of_a_union(left: str, right: str, dialect: str, expected: str) -> None:
    assert united(left, right, dialect) == expected


@pytest.mark.parametrize("length", [5, 79, 81, 400])
def test_a_long_chain_of_stars_is_followed_to_its_end(length: int) -> None:
    files = {"models/m0.sql": "select 1 as id\n"}
    files |= {f"models/m{n}.sql": f"select * from {{{{ ref('m{n - 1}') }}}}\n" for n in range(1, length)}
    files["models/last.sql"] = f"select id, lost from {{{{ ref('m{length - 1}') }}}}\n"
    workspace = Workspace({**FILES, **files})
    assert [(item.path, item.code) for item in workspace.found] == [("models/last.sql", "TG709")]
    key = NodeKey("models/last.sql", 0, "last", "model")
    assert column_type(workspace.view, ColumnKey(key, "id")) == "integer"


@pytest.mark.parametrize("length", [1, 2, 300])
def test_a_circle_of_stars_has_columns_that_nobody_knows(length: int) -> None:
    files = {f"models/m{n}.sql": f"select * from {{{{ ref('m{(n + 1) % length}') }}}}\n" for n in range(length)}
    files["models/last.sql"] = "select id from {{ ref('m0') }}\n"
    workspace = Workspace({**FILES, **files})
    assert not [item for item in workspace.found if item.path == "models/last.sql"]
