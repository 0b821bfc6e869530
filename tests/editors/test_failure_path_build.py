"""The failure path that Tidegate writes of a model is built by dbt: bad rows are kept once, good rows go on."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from tests.support import dbt
from tests.support.views import offered
from tests.support.workspace import Workspace

from tidegate_analyzers.text import apply_edits

pytestmark = pytest.mark.editor

STAGING = """\
select
    id as order_id,
    amount
from {{ source('raw', 'orders') }}
"""
FILES = {
    "dbt_project.yml": "name: shop\nprofile: shop\nmodel-paths: [models]\n",
    "profiles.yml": "shop:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: shop.duckdb}\n",
    "models/schema.yml": """\
sources:
  - name: raw
    schema: main
    tables:
      - name: orders
models:
  - name: stg_orders
    columns:
      - name: order_id
        data_tests: [not_null]
      - name: amount
        data_tests:
          - not_null
""",
    "models/stg_orders.sql": STAGING,
    "models/order_totals.sql": "select count(*) as orders, sum(amount) as amount from {{ ref('stg_orders') }}\n",
}


def test_bad_rows_are_kept_once_and_good_rows_go_on(tmp_path: Path) -> None:
    workspace = Workspace(FILES)
    path = "models/stg_orders.sql"
    found = {item.title: item for item in offered(workspace, workspace.documents[path], STAGING.index("raw"))}
    change = found["Write the failure path of 'stg_orders'"].change
    files = {**FILES, **{file.path: file.text for file in change.files}}
    for name in {edit.path for edit in change.edits}:
        files[name] = apply_edits(files[name], [edit for edit in change.edits if edit.path == name])
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute(
            "create table orders as select * from (values (1, 10), (2, null), (2, null), (3, 5)) t(id, amount)"
        )
    for run in range(2):
        dbt.run(tmp_path, "build")
        with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
            kept = connection.execute(
                "select order_id, amount, _error_rule, _status from stg_orders_quarantine"
            ).fetchall()
            assert kept == [(2, None, "stg_orders_is_valid", "open")], f"run {run + 1}"
            assert connection.execute("from order_totals").fetchall() == [(2, 15)]
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute("update orders set amount = 7 where id = 2")
    dbt.run(tmp_path, "build")
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        assert connection.execute("from order_totals").fetchall() == [(4, 29)], "mended records come in by themselves"
        assert connection.execute("select count(*) from stg_orders_quarantine").fetchall() == [(1,)]
