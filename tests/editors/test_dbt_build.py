"""Renames in a real editor, on a project that dbt builds before and after.

Neovim renames and writes the files: each thing by itself, where the files it edits are looked at, and one after the
other in one session. dbt then builds that project anew on an empty database, and once more, which takes the other arm
of `is_incremental()`. What nobody renamed has the columns, types and rows it had.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.support import dbt, neovim

pytestmark = pytest.mark.editor

PROJECT = Path(__file__).parent.parent / "data" / "bakery"
MARTS = ("orders", "customers", "daily_sales", "best_sellers")


@dataclass(frozen=True)
class Rename:
    """What is renamed where (see `rename.lua`), and what that makes of the names of relations and of their columns."""

    path: str
    at: str
    name: str
    edited: frozenset[str]
    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    relations: dict[str, str] = field(default_factory=dict)
    nth: int = 0


def _in(*paths: str) -> frozenset[str]:
    return frozenset(paths)


STAGING, MARTS_YML = "models/staging/_staging.yml", "models/marts/_marts.yml"
RENAMES = {
    "a column that macros, tests and a unit test name": Rename(
        "models/intermediate/int_payments_by_order.sql",
        "amount_cents",
        "cents_paid",
        _in(
            "models/intermediate/int_payments_by_order.sql",
            "models/staging/stg_payments.sql",
            "tests/nothing_is_paid_twice.sql",
            STAGING,
            MARTS_YML,
        ),
        {"stg_payments": {"amount_cents": "cents_paid"}},
    ),
    "a key that relationships, a snapshot and joins rest on": Rename(
        "models/staging/stg_customers.sql",
        "customer_id",
        "person_id",
        _in(
            "models/staging/stg_customers.sql",
            "models/marts/customers.sql",
            "snapshots/customers_snapshot.sql",
            STAGING,
            MARTS_YML,
        ),
        {"stg_customers": {"customer_id": "person_id"}, "customers_snapshot": {"customer_id": "person_id"}},
    ),
    "a column that stars pass on": Rename(
        "models/marts/orders.sql",
        "ordered_at",
        "placed",
        _in("models/staging/stg_orders.sql", "models/intermediate/int_orders.sql", "models/marts/orders.sql", STAGING),
        {"stg_orders": {"ordered_at": "placed"}},
    ),
    "a column of an incremental model, which reads itself": Rename(
        "models/marts/daily_sales.sql",
        "ordered_at",
        "sold_at",
        _in("models/marts/orders.sql", "models/marts/daily_sales.sql", "models/marts/customers.sql"),
        {"orders": {"ordered_at": "sold_at"}},
    ),
    "a column that a macro makes": Rename(
        "models/staging/stg_products.sql",
        "as price",
        "unit_price",
        _in("models/staging/stg_products.sql", "models/intermediate/int_line_totals.sql", STAGING),
        {"stg_products": {"price": "unit_price"}},
        nth=len("as "),
    ),
    "a column of an ephemeral model": Rename(
        "models/intermediate/int_line_totals.sql",
        "total",
        "value",
        _in(
            "models/intermediate/int_line_totals.sql",
            "models/marts/orders.sql",
            "models/marts/best_sellers.sql",
        ),
    ),
    "a common table expression": Rename(
        "models/marts/customers.sql", "visits.orders", "stays", _in("models/marts/customers.sql")
    ),
    "a model, with its file": Rename(
        "models/marts/_marts.yml",
        "stg_lines",
        "stg_order_lines",
        _in(
            "models/intermediate/int_line_totals.sql",
            "models/staging/stg_lines.sql",
            "models/staging/stg_order_lines.sql",
            STAGING,
            MARTS_YML,
        ),
        relations={"stg_lines": "stg_order_lines"},
    ),
}


@dataclass(frozen=True)
class Built:
    """What dbt made."""

    columns: dict[str, dict[str, str]]
    rows: dict[str, list[tuple[Any, ...]]]


def _build(project: Path) -> Built:
    """Build a project on an empty database, and once more on what is then there."""
    database = project / "bakery.duckdb"
    database.unlink(missing_ok=True)
    for command in (["build"], ["run", "--select", "config.materialized:incremental"]):
        said = dbt.run(project, *command)
        assert "ERROR=0 SKIP=0" in said, said
    with duckdb.connect(str(database), read_only=True) as connection:
        columns: dict[str, dict[str, str]] = {}
        for table, column, kind in connection.execute(
            "select table_name, column_name, data_type from information_schema.columns order by 1, ordinal_position"
        ).fetchall():
            columns.setdefault(table, {})[column] = kind
        rows = {table: sorted(connection.execute(f"from {table}").fetchall(), key=repr) for table in MARTS}
    return Built(columns, rows)


def _copy(to: Path) -> Path:
    built = shutil.ignore_patterns("target", "logs", "*.duckdb*", ".user.yml")
    return Path(shutil.copytree(PROJECT, to, ignore=built))


def _texts(project: Path) -> dict[str, str]:
    """The project's own files."""
    return {
        path.relative_to(project).as_posix(): path.read_text("utf-8")
        for path in sorted(project.rglob("*"))
        if path.suffix in (".sql", ".yml", ".csv")
    }


def _rename(project: Path, home: Path, *renames: Rename) -> None:
    plan = [{"path": item.path, "at": item.at, "nth": item.nth, "name": item.name} for item in renames]
    for answer in neovim.run("rename.lua", home, project, json.dumps(plan))["renamed"]:
        assert "refused" not in answer, answer


def _renamed(columns: dict[str, dict[str, str]], rename: Rename) -> dict[str, dict[str, str]]:
    return {
        rename.relations.get(table, table): {
            rename.columns.get(table, {}).get(name, name): kind for name, kind in of.items()
        }
        for table, of in columns.items()
    }


@pytest.mark.parametrize("title", RENAMES)
def test_a_rename_edits_what_names_the_thing(title: str, tmp_path: Path) -> None:
    project = _copy(tmp_path / "bakery")
    texts = _texts(project)
    _rename(project, tmp_path / "neovim", RENAMES[title])
    now = _texts(project)
    assert {path for path in texts.keys() | now.keys() if texts.get(path) != now.get(path)} == RENAMES[title].edited


def test_a_project_builds_as_before_after_renames(tmp_path: Path) -> None:
    before = _build(_copy(tmp_path / "before"))
    project = _copy(tmp_path / "bakery")
    _rename(project, tmp_path / "neovim", *RENAMES.values())
    after = _build(project)
    expected = reduce(_renamed, RENAMES.values(), before.columns)
    assert {table: list(of.items()) for table, of in after.columns.items()} == {
        table: list(of.items()) for table, of in expected.items()
    }
    assert after.rows == before.rows
