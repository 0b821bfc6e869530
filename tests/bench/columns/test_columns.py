"""The measurement itself, on a project small enough to know the answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bench.columns import catalog, figures, lineage
from tests.bench.columns.workspace import nodes, view_of
from tidegate_analyzers.graph.index import View

FILES = {
    "dbt_project.yml": "name: shop\nversion: '1.0'\nprofile: shop\nmodel-paths: [models]\nseed-paths: [seeds]\n",
    "profiles.yml": "shop: {target: dev, outputs: {dev: {type: duckdb, path: x.duckdb}}}\n",
    "seeds/raw_orders.csv": "id,customer,amount\n1,2,3\n",
    "models/stg_orders.sql": "select id as order_id, customer, amount::bigint as amount from {{ ref('raw_orders') }}\n",
    "models/orders.sql": (
        "with o as (select * from {{ ref('stg_orders') }})\n"
        "select customer, count(*) as orders, 'x' as label from o group by customer\n"
    ),
    "models/off.sql": "{{ config(enabled=false) }} select 1 as a\n",
    "models/broken.sql": "select from where\n",
}


@pytest.fixture
def view(tmp_path: Path) -> View:
    for name, text in FILES.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    (tmp_path / "tidegate.toml").write_text("", "utf-8")
    return view_of(tmp_path)


def test_models_that_are_off_are_left_out(view: View) -> None:
    assert [key.name for key in nodes(view, "model")] == ["broken", "orders", "stg_orders"]


def test_figures(view: View) -> None:
    found = figures.measure(view)
    assert (found.parsed.part, found.parsed.whole, found.parsed.missing) == (2, 3, ["models/broken.sql"])
    assert (found.known.part, found.known.whole) == (2, 3)
    assert (found.references.part, found.references.whole) == (5, 5)
    assert found.refused == []


def entry(**types: str) -> dict[str, object]:
    return {"columns": {name: {"name": name, "type": type_} for name, type_ in types.items()}}


def test_a_catalog_is_held_against(view: View, tmp_path: Path) -> None:
    file = tmp_path / "catalog.json"
    said = {
        "model.shop.stg_orders": entry(ORDER_ID="INTEGER", customer="INTEGER", amount="BIGINT"),
        "model.shop.orders": entry(customer="INTEGER", orders="HUGEINT", total="DOUBLE"),
        "model.other.orders": entry(a="INTEGER"),
        "seed.shop.raw_orders": entry(id="INTEGER", customer="INTEGER", amount="INTEGER"),
        "test.shop.x": entry(a="INTEGER"),
    }
    file.write_text(json.dumps({"nodes": said}), "utf-8")
    found = catalog.hold(view, file)
    assert (found.datasets.part, found.datasets.whole) == (2, 3)
    assert found.wrong == ["orders.label"]
    assert found.columns.missing == ["orders.total"]
    assert found.types.missing == ["models/orders.sql: orders is hugeint, we say bigint"]
    assert found.types.part == 1
    assert found.unknown == ["model.other.orders"]


def test_what_is_measured_has_not_seen_the_catalog(tmp_path: Path) -> None:
    said = {"model.shop.broken": entry(a="INTEGER")}
    for name, text in (FILES | {"target/catalog.json": json.dumps({"metadata": {}, "nodes": said})}).items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    found = catalog.hold(view_of(tmp_path), tmp_path / "target/catalog.json")
    assert (found.columns.part, found.columns.whole) == (0, 1)


def test_the_same_sql_gives_the_same_edges(view: View, tmp_path: Path) -> None:
    found = lineage.compare(view, tmp_path)
    assert found.queries == 2
    assert found.counts == {lineage.EQUAL: 5, lineage.AT_STAR: 1}
    assert found.refused == []


A, B, STAR, LOOSE = ("t", "a"), ("t", "b"), ("t", "*"), ("", "a")


@pytest.mark.parametrize(
    ("ours", "theirs", "kind"),
    [
        ({A}, {A}, lineage.EQUAL),
        (set(), set(), lineage.EQUAL),
        ({A}, {STAR}, lineage.AT_STAR),
        (set(), {STAR}, lineage.LESS),
        ({A}, {LOOSE}, lineage.UNNAMED),
        ({B}, {LOOSE}, lineage.DIFFERENT),
        (set(), {LOOSE}, lineage.BOTH_UNKNOWN),
        ({A, B}, {A}, lineage.MORE),
        ({A}, {A, B}, lineage.LESS),
        ({A}, {B}, lineage.DIFFERENT),
        ({A, B}, {A, ("", "j12__")}, lineage.TEMPLATED),
        ({A}, {A, ("", "j12__")}, lineage.EQUAL),
        (set(), {("", "j3")}, lineage.BOTH_UNKNOWN),
    ],
)
def test_edges_are_classified(ours: set[lineage.Edge], theirs: set[lineage.Edge], kind: str) -> None:
    assert lineage.classify(ours, theirs) == kind
