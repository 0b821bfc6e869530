"""`tidegate diff`: what changed since a commit, who is hit, and what a pull request shows of it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import Ran, tidegate, write
from tests.support.repository import commit, git

STAGING = (
    "select id as order_id, total as amount, state, cast(fee as integer) as fee from {{ source('raw', 'orders') }}\n"
)
CONTRACT = """\
apiVersion: v3.0.2
kind: DataContract
id: mart
version: 1.0.0
status: active
schema:
  - name: mart
    properties:
      - {name: order_id, logicalType: integer, required: true}
      - {name: amount, logicalType: number}
"""
SHOP = {
    "dbt_project.yml": "name: shop\nprofile: shop\nmodel-paths: [models]\nseed-paths: [seeds]\n",
    "profiles.yml": "shop: {target: dev, outputs: {dev: {type: postgres}}}\n",
    "models/raw.yml": """\
sources:
  - name: raw
    tables:
      - name: orders
        columns:
          - {name: id, data_type: integer}
          - {name: total}
exposures:
  - {name: board, type: dashboard, owner: {name: f}, depends_on: [ref('mart')]}
""",
    "models/stg_orders.sql": STAGING,
    "models/mart.sql": "select order_id, amount, fee from {{ ref('stg_orders') }}\n",
    "models/wide.sql": "select * from {{ ref('stg_orders') }}\n",
    "models/names.sql": "select 1 as y\n",
    "models/user.sql": "select y from {{ ref('names') }}\n",
    "seeds/rates.csv": "currency,rate\nEUR,1\n",
    "contracts/mart.odcs.yaml": CONTRACT,
}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A dbt project with a contract, committed on `main`."""
    return commit(write(tmp_path / "shop", SHOP))


def _put(folder: Path, path: str, text: str) -> None:
    (folder / path).write_text(text, "utf-8")


def _diff(folder: Path, *arguments: str) -> Ran:
    ran = tidegate(folder, "diff", *arguments)
    assert ran.err == ""
    return ran


def _changes(folder: Path, *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(_diff(folder, "--format", "json", *arguments).out)["changes"]
    return found


def _brief(folder: Path) -> list[tuple[str, str, str, str]]:
    return [(c["change"], c["dataset"], c["column"] or "", c["level"]) for c in _changes(folder)]


def test_nothing(shop: Path) -> None:
    ran = _diff(shop)
    assert ran.status == 0
    assert re.fullmatch(r"compared with main \(\w{8}\)\n\n0 changes of columns\n", ran.out)


def test_a_renamed_column(shop: Path) -> None:
    _put(shop, "models/stg_orders.sql", STAGING.replace("order_id", "order_key"))
    ran = _diff(shop)
    assert ran.status == 1
    assert ran.out.split("\n", 2)[2] == (
        "model stg_orders  models/stg_orders.sql\n"
        "  ~ order_id -> order_key (likely)  breaking: what relies on it fails\n"
        "      model mart  models/mart.sql:1\n"
        "\n"
        "1 change of columns: 1 breaking\n"
    )
    (change,) = _changes(shop)
    assert (change["new_name"], change["downstream"]) == ("order_key", ["mart.order_id", "wide.order_id"])
    assert change["relied_on_by"] == [
        {"kind": "model", "name": "mart", "proved": True, "path": "models/mart.sql", "line": 1, "column": 8}
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (STAGING.replace("state, ", ""), ("removed", "stg_orders", "state", "harmless")),
        (STAGING.replace("state", "state, 1 as extra"), ("added", "stg_orders", "extra", "harmless")),
        (STAGING.replace("as integer", "as bigint"), ("retyped", "stg_orders", "fee", "warning")),
        (STAGING.replace("as integer", "as smallint"), ("retyped", "stg_orders", "fee", "breaking")),
        (STAGING.replace("as integer", "as varchar"), ("retyped", "stg_orders", "fee", "breaking")),
        (STAGING.replace("as integer", "as int4"), None),
        (STAGING.replace("state, ", "").replace(" from", ", state from"), None),
        (f"-- new\n{STAGING}", None),
    ],
)
def test_one_change(shop: Path, text: str, expected: tuple[str, str, str, str] | None) -> None:
    _put(shop, "models/stg_orders.sql", text)
    assert _brief(shop) == ([expected] if expected else [])


def test_what_is_published_is_promised(shop: Path) -> None:
    _put(shop, "models/mart.sql", "select order_id, amount from {{ ref('stg_orders') }}\n")
    (change,) = _changes(shop)
    assert (change["column"], change["level"], change["reason"]) == ("fee", "breaking", "it is promised to others")


def test_models_that_come_go_and_are_renamed(shop: Path) -> None:
    write(shop, {"models/new.sql": "select 1 as z\n"})
    (shop / "models/wide.sql").unlink()
    git(shop, "mv", "models/names.sql", "models/titles.sql")
    assert _brief(shop) == [
        ("added", "new", "", "harmless"),
        ("renamed", "names", "", "breaking"),
        ("removed", "wide", "", "warning"),
    ]


def test_a_moved_file_is_no_change(shop: Path) -> None:
    (shop / "models" / "staging").mkdir()
    (shop / "models/stg_orders.sql").rename(shop / "models/staging/stg_orders.sql")
    assert _brief(shop) == []


def test_sources_and_seeds(shop: Path) -> None:
    raw = (
        SHOP["models/raw.yml"]
        .replace("          - {name: total}\n", "")
        .replace("data_type: integer", "data_type: text")
    )
    _put(shop, "models/raw.yml", raw)
    _put(shop, "seeds/rates.csv", "currency,rate,day\nEUR,1,2\n")
    assert _brief(shop) == [
        ("retyped", "raw.orders", "id", "breaking"),
        ("removed", "raw.orders", "total", "warning"),
        ("added", "rates", "day", "harmless"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("logicalType: number", "logicalType: string", ("retyped", "mart", "amount", "breaking")),
        (", required: true", "", ("relaxed", "mart", "order_id", "breaking")),
        ("logicalType: number", "logicalType: number, required: true", ("tightened", "mart", "amount", "harmless")),
        ("      - {name: amount, logicalType: number}\n", "", ("removed", "mart", "amount", "breaking")),
        ("logicalType: number}\n", "logicalType: number}\n      - {name: x, logicalType: date}\n", ("added", "mart", "x", "harmless")),
        ("version: 1.0.0", "version: 1.0.1", None),
    ],
)  # fmt: skip
def test_contracts(shop: Path, old: str, new: str, expected: tuple[str, str, str, str] | None) -> None:
    _put(shop, "contracts/mart.odcs.yaml", CONTRACT.replace(old, new))
    assert _brief(shop) == ([expected] if expected else [])


def test_the_base_is_where_the_branch_left_the_default_branch(shop: Path) -> None:
    """What others merged meanwhile is no change of this branch; what it committed itself is one."""
    git(shop, "checkout", "-q", "-b", "feature")
    _put(shop, "models/stg_orders.sql", STAGING.replace("order_id", "order_key"))
    commit(shop)
    git(shop, "checkout", "-q", "main")
    _put(shop, "models/user.sql", "select y as other from {{ ref('names') }}\n")
    commit(shop)
    git(shop, "checkout", "-q", "feature")
    assert _brief(shop) == [("renamed", "stg_orders", "order_id", "breaking")]
    assert len(_changes(shop, "--against", "main")) == 2
    assert _changes(shop, "--against", "HEAD") == []


def test_without_a_default_branch_it_is_the_last_commit(tmp_path: Path) -> None:
    folder = write(tmp_path / "w", SHOP)
    git(folder, "init", "-q", "-b", "trunk")
    commit(folder)
    ran = tidegate(folder, "diff")
    assert (ran.status, ran.err) == (
        0,
        "tidegate: no default branch was found that this one left: compared with the last commit\n",
    )
    assert ran.out.startswith("compared with HEAD (")


def test_markdown(shop: Path) -> None:
    _put(
        shop, "models/stg_orders.sql", STAGING.replace("order_id", "order_key").replace("state,", "state, 1 as extra,")
    )
    assert _diff(shop, "--format", "markdown").out == (
        "### Columns changed since `main`\n"
        "\n"
        "2 changes of columns: 1 breaking, 1 harmless.\n"
        "\n"
        "#### Breaking changes\n"
        "\n"
        "| dataset | column | change | relied on by |\n"
        "|---|---|---|---|\n"
        "| model `stg_orders` | `order_id` | likely renamed to `order_key` |"
        " model `mart` (`models/mart.sql:1`)<br>2 columns made of it |\n"
        "\n"
        "#### Non-breaking changes\n"
        "\n"
        "| dataset | column | change | relied on by |\n"
        "|---|---|---|---|\n"
        "| model `stg_orders` | `extra` | added as `integer` |  |\n"
    )


@pytest.mark.parametrize("level", ["breaking", "warning", "never"])
def test_exit_status(shop: Path, level: str) -> None:
    _put(shop, "models/stg_orders.sql", STAGING.replace("as integer", "as bigint"))
    assert _diff(shop, "--fail-on", level).status == int(level == "warning")
    _put(shop, "models/stg_orders.sql", STAGING.replace("as integer", "as varchar"))
    assert _diff(shop, "--fail-on", level).status == int(level != "never")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--against", "nothing"], "'nothing' is no commit that is here; `git fetch` may bring it"),
        (["--root", "nowhere"], "'nowhere' is no folder"),
    ],
)
def test_wrong_usage(shop: Path, arguments: list[str], told: str) -> None:
    ran = tidegate(shop, "diff", *arguments)
    assert (ran.status, ran.out, ran.err) == (2, "", f"tidegate: {told}\n")


def test_without_a_repository(tmp_path: Path) -> None:
    folder = write(tmp_path / "w", SHOP)
    ran = tidegate(folder, "diff")
    assert ran.status == 2
    assert ran.err == f"tidegate: {folder} is in no git repository with a commit: there is nothing to compare with\n"
