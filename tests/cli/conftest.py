"""Workspaces that the tests of the command line run in."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.command import write

EXAMPLE = Path(__file__).parents[2] / "references" / "examples" / "orders"

SHOP = {
    "dbt_project.yml": "name: shop\nprofile: shop\nmodel-paths: [models]\n",
    "models/orders.sql": "select * from {{ ref('stg_oders') }}\n",
    "models/stg_orders.sql": "select 1 as order_id\n",
    "ops/pipeline.yaml": "apiVersion: tidegate/v1\nkind: Pipelin\n",
}
"""One error in each of two files, and a third file that is fine."""


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """A copy of the bundled example."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "orders"))


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A small dbt project and a pipeline."""
    return write(tmp_path / "shop", SHOP)
