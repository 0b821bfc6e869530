"""Columns in a real Neovim: what is said, offered and changed, and what is marked while a column is renamed."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.support import neovim
from tests.support.repository import commit

PROJECT = Path(__file__).parent.parent / "data" / "bakery"


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    home = tmp_path_factory.mktemp("neovim")
    built = shutil.ignore_patterns("target", "logs", "*.duckdb*", ".user.yml")
    project = Path(shutil.copytree(PROJECT, home / "bakery", ignore=built))
    (project / "tidegate.toml").write_text("[editor]\nstar-hints = true\ntype-hints = true\n", "utf-8")
    return neovim.run("columns.lua", home, commit(project))


def _places(path: str, text: str, nth: int = 0) -> list[list[Any]]:
    """Where a text stands in a file, as Neovim lists it; `nth` byte of it."""
    lines = (PROJECT / path).read_text("utf-8").split("\n")
    return [[path, row + 1, line.index(text) + 1 + nth] for row, line in enumerate(lines) if text in line]


def test_hover_tells_of_a_column(seen: dict[str, Any]) -> None:
    assert seen["hover"].split("\n") == [
        "**stg_products.price** — column",
        "",
        "- made from: `raw_products.price_cents` (transformation)",
        "- feeds: `int_line_totals.total`",
    ]


def test_definition_leads_to_where_another_file_makes_it(seen: dict[str, Any]) -> None:
    ((path, row, column),) = _places("models/staging/stg_products.sql", "as price", len("as "))
    assert seen["definition"] == [path, row - 1, column - 1]


def test_references_are_those_of_every_file(seen: dict[str, Any]) -> None:
    assert sorted(seen["references"]) == sorted(
        _places("models/intermediate/int_line_totals.sql", "p.price", len("p."))
        + _places("models/staging/stg_products.sql", "as price", len("as "))
        + _places("models/staging/_staging.yml", "name: price", len("name: "))
    )


def test_symbols_of_the_workspace(seen: dict[str, Any]) -> None:
    assert ["models/staging/stg_products.sql", 1, 1] in seen["symbols"]


def test_the_columns_of_an_alias_are_offered(seen: dict[str, Any]) -> None:
    assert seen["after_alias"] == ["sku", "product_name", "price"]


def test_models_are_offered_in_a_ref(seen: dict[str, Any]) -> None:
    assert {"stg_lines", "stg_products", "raw_products", "customers_snapshot"} <= set(seen["in_ref"])


def test_the_arguments_of_a_macro_are_shown(seen: dict[str, Any]) -> None:
    assert seen["signature"]["signatures"][0]["label"] == "euros(column)"


def test_hints_say_what_a_star_stands_for(seen: dict[str, Any]) -> None:
    assert seen["hints"] == [[1, "= order_id, customer_id, ordered_at, status"], [2, ": bigint"]]


def test_a_star_is_written_out(seen: dict[str, Any]) -> None:
    before = (PROJECT / "models/intermediate/int_orders.sql").read_text("utf-8")
    assert "Expand * to 4 columns" in seen["titles"]
    assert seen["expanded"] == before.replace(
        "    o.*,\n", "    order_id,\n    customer_id,\n    ordered_at,\n    status,\n"
    )


def test_a_column_that_loses_its_name_is_marked_on_both_sides(seen: dict[str, Any]) -> None:
    (producer,) = [item for item in seen["producer"] if item["code"] == "TG702"]
    (consumer,) = [item for item in seen["consumer"] if item["code"] == "TG702"]
    assert producer["message"] == (
        "'stg_products' gives no column 'price' any more; it is likely 'cost' now; "
        "'int_line_totals' and the description of 'stg_products' rely on it"
    )
    assert consumer["message"] == "'stg_products' gives no column 'price' any more; it is likely 'cost' now"
    ((_, row, column),) = _places("models/intermediate/int_line_totals.sql", "p.price", len("p."))
    assert consumer["first"] == [row - 1, column - 1]
