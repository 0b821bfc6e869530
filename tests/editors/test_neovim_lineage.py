"""Lineage in a real Neovim: from a Kafka topic to a dashboard and back, by the editor's own call hierarchy."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.support import neovim

from tidegate_analyzers import reference_files

DOWN = [
    "shop.public.payments",
    "warehouse-payments",
    "orders_daily.load_payments",
    "sales.payments",
    "stg_payments",
    "orders",
]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    home = tmp_path_factory.mktemp("neovim")
    root = Path(shutil.copytree(reference_files.root() / "examples" / "orders", home / "orders"))
    return neovim.run("lineage.lua", home, root)


def test_from_the_topic_to_the_dashboard(seen: dict[str, Any]) -> None:
    assert seen["topic"] == "shop.public.payments"
    assert [*DOWN, "finance_dashboard"] in seen["down"]
    assert [*DOWN, "daily_revenue", "finance_dashboard"] in seen["down"]


def test_back_from_the_dashboard_to_the_topic(seen: dict[str, Any]) -> None:
    assert ["finance_dashboard", *reversed(DOWN), "shop-payments"] in seen["up"]


def test_the_commands_of_the_editor_list_who_reads_and_writes_the_topic(seen: dict[str, Any]) -> None:
    assert [(path, text) for path, _, text in seen["incoming"]] == [
        ("connectors/warehouse-payments.json", "warehouse-payments")
    ]
    assert [(path, text) for path, _, text in seen["outgoing"]] == [("connectors/shop-payments.json", "shop-payments")]
