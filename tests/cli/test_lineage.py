"""`tidegate lineage`: names, directions, formats."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import referencing

from tests.support.command import Ran, tidegate, write

SCHEMAS = Path(__file__).parents[1] / "data" / "openlineage"

SHOP = {
    "dbt_project.yml": "name: shop\nprofile: shop\nmodel-paths: [models]\n",
    "profiles.yml": "shop: {target: dev, outputs: {dev: {type: postgres}}}\n",
    "models/sources.yml": """\
sources:
  - name: raw
    tables:
      - name: orders
        columns: [{name: id, data_type: integer}, {name: amount}]
      - name: payments
models:
  - name: orders
    columns: [{name: total, description: What was paid.}]
exposures:
  - name: board
    type: dashboard
    owner: {name: finance}
    depends_on: [ref('report')]
""",
    "models/stg_orders.sql": "select id as order_id, amount, upper(state) as state from {{ source('raw', 'orders') }}\n",
    "models/orders.sql": """\
select o.order_id, sum(o.amount + p.fee) as total, 'shop' as channel
from {{ ref('stg_orders') }} as o join {{ source('raw', 'payments') }} as p on p.order_id = o.order_id
group by 1
""",
    "models/report.sql": "select * from {{ ref('orders') }}\n",
    "dags/daily.py": """\
from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

with DAG("daily", default_args={"owner": "sales"}, schedule=None, catchup=False) as dag:
    load = SQLExecuteQueryOperator(task_id="load", conn_id="x", sql="sql/load.sql")
    send = SQLExecuteQueryOperator(
        task_id="send", conn_id="x", sql="create or replace table mail.out as select total from shop.orders"
    )
    load >> send
""",
    "dags/sql/load.sql": "create or replace table raw.payments as select * from landing.payments\n",
}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Sources, three models, an exposure, and a DAG on either side."""
    return write(tmp_path / "shop", SHOP)


def _lineage(folder: Path, *arguments: str, env: dict[str, str] | None = None) -> str:
    ran = tidegate(folder, "lineage", *arguments, env=env)
    assert (ran.status, ran.err) == (0, "")
    return ran.out


def test_a_model_both_ways(shop: Path) -> None:
    assert (
        _lineage(shop, "orders")
        == """\
orders  model models/orders.sql

upstream
├── raw.payments  source models/sources.yml
│   └── daily.load  task dags/daily.py
└── stg_orders  model models/stg_orders.sql
    └── raw.orders  source models/sources.yml

downstream
├── daily.send  task dags/daily.py  (by its name alone)
└── report  model models/report.sql
    └── board  exposure models/sources.yml
"""
    )


def test_a_column_upstream(shop: Path) -> None:
    assert (
        _lineage(shop, "report.total", "--upstream")
        == """\
report.total  of model models/report.sql

upstream
└── orders.total  of model models/orders.sql  (identity)
    ├── raw.payments.fee  of source models/sources.yml  (aggregation)
    └── stg_orders.amount  of model models/stg_orders.sql  (aggregation)
        └── raw.orders.amount  of source models/sources.yml  (identity)
"""
    )


@pytest.mark.ledger("S2-047")
def test_the_impact_of_a_column(shop: Path) -> None:
    assert (
        _lineage(shop, "source:raw.orders.ID", "--downstream")
        == """\
raw.orders.id  integer of source models/sources.yml

downstream
└── stg_orders.order_id  integer of model models/stg_orders.sql  (identity)
    └── orders.order_id  integer of model models/orders.sql  (identity)
        └── report.order_id  integer of model models/report.sql  (identity)
"""
    )


def test_a_column_that_yaml_does_not_list(shop: Path) -> None:
    assert "stg_orders.state" in _lineage(shop, "source:raw.orders.state", "--downstream")


@pytest.mark.parametrize(
    ("depth", "titles"),
    [
        ("1", {"report", "orders"}),
        ("2", {"report", "orders", "stg_orders", "raw.payments"}),
        ("0", {"report", "orders", "stg_orders", "raw.payments", "raw.orders", "daily.load"}),
    ],
)
def test_depth(shop: Path, depth: str, titles: set[str]) -> None:
    assert {item["name"] for item in _items(shop, "report", "--upstream", "--depth", depth)} == titles


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("task:daily.load", "daily.load  task dags/daily.py"),
        ("exposure:board", "board  exposure models/sources.yml"),
        ("shop.orders", "orders  model models/orders.sql"),
        ("shop.orders.TOTAL", "orders.total  of model models/orders.sql"),
        ("models/orders.sql", "orders  model models/orders.sql"),
        ("dags/sql/load.sql", "load.sql  sql dags/sql/load.sql"),
        ("mail.out", "mail.out  table dags/daily.py"),
        ("table:mail.out", "mail.out  table dags/daily.py"),
        ("table:raw.payments", "raw.payments  source models/sources.yml"),
    ],
)
def test_other_ways_to_name_a_thing(shop: Path, name: str, start: str) -> None:
    told = _lineage(shop, name).splitlines()
    assert told[0] == start
    assert "└── " in told[-1]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("order", "there is no model, seed, snapshot or table 'order'; did you mean 'orders'?"),
        ("stg_order.id", "there is no model, seed, snapshot or table 'stg_order.id'; did you mean 'stg_orders.id'?"),
        ("orders.totl", "the model 'orders' has no column 'totl'; did you mean 'total'?"),
        ("orders.zzz", "the model 'orders' has no column 'zzz'; it has order_id, total, channel"),
        ("source:raw.order", "there is no source 'raw.order'; did you mean 'source:raw.orders'?"),
        ("source:raw.payments.x", "the source 'raw.payments' has no column 'x'; none of its columns is known"),
        ("exposure:bord", "there is no exposure 'bord'; did you mean 'exposure:board'?"),
        ("mail.outt", "there is no model, seed, snapshot or table 'mail.outt'; did you mean 'mail.out'?"),
        ("table:mail.outt", "there is no table 'mail.outt'; did you mean 'table:mail.out'?"),
        ("task:daily.lod", "there is no task 'daily.lod'; did you mean 'task:daily.load'?"),
    ],
)
def test_what_is_not_there(shop: Path, name: str, told: str) -> None:
    ran = tidegate(shop, "lineage", name)
    assert (ran.status, ran.out, ran.err) == (2, "", f"tidegate: {told}\n")


def test_the_whole_of_a_workspace_without_dbt(tmp_path: Path) -> None:
    files = {
        "dags/fill.py": """\
from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

with DAG("fill", schedule="@daily") as dag:
    days = SQLExecuteQueryOperator(task_id="days", conn_id="x", sql="sql/days.sql")
    alone = SQLExecuteQueryOperator(task_id="alone", conn_id="x", sql="select 1")
""",
        "dags/sql/days.sql": "create or replace table sales.days as select 1 as day\n",
        "jobs/report.py": """\
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.read.table("sales.days").write.mode("overwrite").saveAsTable("reports.days")
""",
    }
    told = _lineage(write(tmp_path / "w", files)).splitlines()
    assert told == ["report  job jobs/report.py", "  <- fill.days", "fill.days  task dags/fill.py"]
    nothing = _lineage(write(tmp_path / "none", {"sql/one.sql": "select 1\n"}))
    assert nothing == "nothing here is known to read what something else gives\n"


def test_one_name_in_two_projects(tmp_path: Path) -> None:
    files = {
        f"{project}/{path}": text
        for project in ("east", "west")
        for path, text in {
            "dbt_project.yml": f"name: {project}\nprofile: x\n",
            "models/orders.sql": "select 1 as id\n",
        }.items()
    }
    folder = write(tmp_path / "w", files)
    ran = tidegate(folder, "lineage", "orders")
    assert ran.status == 2
    assert ran.err == (
        "tidegate: 'orders' may be any of 2; say which:\n"
        "  model east.orders in east/models/orders.sql\n"
        "  model west.orders in west/models/orders.sql\n"
    )
    assert _lineage(folder, "west.orders").startswith("orders  model west/models/orders.sql\n")


def test_a_circle_ends(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "w",
        {
            "dbt_project.yml": "name: w\nprofile: w\n",
            "models/a.sql": "select id from {{ ref('b') }}\n",
            "models/b.sql": "select id from {{ ref('a') }}\n",
        },
    )
    expected = "a  model models/a.sql\n\nupstream\n└── b  model models/b.sql\n    └── a  model models/a.sql  …\n"
    assert _lineage(folder, "a", "--upstream") == expected
    assert "b.id" in _lineage(folder, "a.id")


def test_everything(shop: Path) -> None:
    told = _lineage(shop)
    assert "report  model models/report.sql\n  <- orders\n" in told
    assert "raw.payments  source models/sources.yml\n  <- daily.load\n" in told


def _items(folder: Path, *arguments: str) -> list[dict[str, Any]]:
    document = json.loads(_lineage(folder, *arguments, "--format", "json"))
    return [item for part in ("sources", "transformations", "targets") for item in document[part]]


@pytest.mark.ledger("S2-076")
def test_json(shop: Path) -> None:
    document = json.loads(_lineage(shop, "orders.total", "--format", "json"))
    assert document["start"] == ["model:models/orders.sql:orders.total"]
    assert [item["name"] for item in document["sources"]] == ["raw.orders.amount", "raw.payments.fee"]
    assert [item["name"] for item in document["transformations"]] == ["orders.total", "stg_orders.amount"]
    assert [item["name"] for item in document["targets"]] == ["report.total"]
    assert document["links"][0] == {
        "source": "model:models/orders.sql:orders.total",
        "target": "model:models/report.sql:report.total",
        "kind": "identity",
    }
    assert document["metadata"] == {"items": 5, "links": 4}


@pytest.mark.ledger("S2-076", "S3-005")
def test_dot(shop: Path) -> None:
    """Every line is a statement of the language, every end of an edge a node."""
    first, *lines, last = _lineage(shop, "--format", "dot").splitlines()
    assert (first, last) == ("digraph lineage {", "}")
    name = r'"(?:[^"\\]|\\.)*"'
    nodes = {found[1] for line in lines if (found := re.fullmatch(rf"  ({name}) \[label={name}, shape=\w+\];", line))}
    edges = [
        found.groups()
        for line in lines
        if (found := re.fullmatch(rf"  ({name}) -> ({name})(?: \[style=dashed\])?;", line))
    ]
    ranks = [line for line in lines if re.fullmatch(rf"  {{ rank=same; (?:{name}; )+}}", line)]
    assert len(nodes) + len(edges) + len(ranks) + 2 == len(lines)
    assert {end for edge in edges for end in edge} <= nodes
    assert ('"model:models/orders.sql:orders"', '"model:models/report.sql:report"') in edges


def test_mermaid(shop: Path) -> None:
    assert (
        _lineage(shop, "orders.total", "--upstream", "--depth", "1", "--format", "mermaid")
        == """\
flowchart LR
  n0["orders.total"]
  n1["stg_orders.amount"]
  n2[("raw.payments.fee")]
  n1 -->|aggregation| n0
  n2 -->|aggregation| n0
  style n0 stroke-width:3px
"""
    )


def _validators() -> dict[str, jsonschema.Draft202012Validator]:
    schemas = [json.loads(file.read_text("utf-8")) for file in sorted(SCHEMAS.glob("*.json"))]
    resources = [(schema["$id"], referencing.Resource.from_contents(schema)) for schema in schemas]
    registry = referencing.Registry().with_resources(resources)
    return {
        schema["$id"]: jsonschema.Draft202012Validator(
            schema, registry=registry, format_checker=jsonschema.FormatChecker()
        )
        for schema in schemas
    }


@pytest.mark.ledger("S2-056")
@pytest.mark.parametrize("name", [(), ("orders",), ("orders.total",), ("task:daily.load",)], ids=str)
def test_openlineage_fits_the_published_schemas(shop: Path, name: tuple[str, ...]) -> None:
    validators = _validators()
    events = [json.loads(line) for line in _lineage(shop, *name, "--format", "openlineage").splitlines()]
    assert events
    for event in events:
        spec, _, kind = event["schemaURL"].partition("#/$defs/")
        validators[spec].validate(event)
        assert set(event) >= ({"job"} if kind == "JobEvent" else {"dataset"})
        for dataset in (*event.get("outputs", ()), *([event["dataset"]] if "dataset" in event else ())):
            for facet, body in dataset["facets"].items():
                validators[body["_schemaURL"].partition("#")[0]].validate({facet: body})


def test_openlineage(shop: Path) -> None:
    env = {"SOURCE_DATE_EPOCH": "1700000000"}
    lines = _lineage(shop, "--format", "openlineage", "--namespace", "prod", env=env).splitlines()
    jobs = {event["job"]["name"]: event for event in map(json.loads, lines) if "job" in event}
    assert {event["eventTime"] for event in jobs.values()} == {"2023-11-14T22:13:20Z"}
    orders = jobs["orders"]
    assert orders["inputs"] == [
        {"namespace": "prod", "name": "stg_orders"},
        {"namespace": "prod", "name": "raw.payments"},
    ]
    (output,) = orders["outputs"]
    assert output["facets"]["schema"]["fields"][1] == {"name": "total", "description": "What was paid."}
    assert output["facets"]["columnLineage"]["fields"]["total"]["inputFields"] == [
        {
            "namespace": "prod",
            "name": name,
            "field": field,
            "transformations": [{"type": "DIRECT", "subtype": "AGGREGATION"}],
        }
        for name, field in (("stg_orders", "amount"), ("raw.payments", "fee"))
    ]
    assert jobs["daily.load"]["outputs"][0]["name"] == "raw.payments"
    assert jobs["exposure.board"]["outputs"] == []


def test_the_same_every_time(shop: Path) -> None:
    def told(seed: int) -> Ran:
        return tidegate(shop, "lineage", "--format", "dot", env={"PYTHONHASHSEED": str(seed)})

    assert told(1).out == told(2).out


def test_openlineage_tells_the_time(shop: Path) -> None:
    before = time.gmtime().tm_year
    event = json.loads(_lineage(shop, "--format", "openlineage").splitlines()[0])
    assert int(event["eventTime"][:4]) >= before
