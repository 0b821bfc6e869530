"""Which files are reported on, and from where: paths, roots in roots, standard input, patterns, baseline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import SHOP
from tests.support.command import contents, tidegate, write

TYPO = ("TG706", "models/orders.sql:1:23")
KIND = ("TG107", "ops/pipeline.yaml:2:7")


def places(folder: Path, *arguments: str, **more: Any) -> list[tuple[str, str]]:
    """What is found, by code and place."""
    ran = tidegate(folder, "check", "--format", "json", *arguments, **more)
    assert ran.status in (0, 1), ran.err
    return ran.places


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        ([], [TYPO, KIND]),
        (["."], [TYPO, KIND]),
        (["models"], [TYPO]),
        (["models/"], [TYPO]),
        (["./models/../ops"], [KIND]),
        (["models/orders.sql"], [TYPO]),
        (["models/stg_orders.sql"], []),
        (["models/orders.sql", "ops/pipeline.yaml"], [TYPO, KIND]),
        (["models", "models/orders.sql", "models"], [TYPO]),
        ([".", "models"], [TYPO, KIND]),
        (["dbt_project.yml"], []),
    ],
    ids=str,
)
def test_paths_choose_what_is_reported(shop: Path, paths: list[str], found: list[tuple[str, str]]) -> None:
    assert places(shop, *paths) == found


def test_paths_never_choose_what_is_read(shop: Path) -> None:
    write(shop, {"models/orders.sql": "select * from {{ ref('stg_orders') }}\n"})
    assert places(shop, "models/orders.sql") == [], "the model it names lies in a file that was not given"


def test_paths_are_shown_from_the_working_directory(shop: Path, tmp_path: Path) -> None:
    assert places(shop / "models", "..", "--select", "TG706")[0] == ("TG706", "orders.sql:1:23")
    assert places(shop / "models") == [("TG706", "orders.sql:1:23")]
    assert places(shop / "models", "../ops") == [("TG107", f"{shop.resolve()}/ops/pipeline.yaml:2:7")]
    elsewhere = write(tmp_path / "elsewhere", {})
    assert places(elsewhere, str(shop / "models")) == [("TG706", f"{shop.resolve()}/models/orders.sql:1:23")]


def test_several_roots(shop: Path, tmp_path: Path) -> None:
    write(tmp_path / "other", {"p.yaml": "apiVersion: tidegate/v1\nkind: Pip\n"})
    found = places(tmp_path, "shop", "other")
    assert sorted(found) == sorted([("TG706", "shop/models/orders.sql:1:23"), ("TG107", "shop/ops/pipeline.yaml:2:7"), ("TG107", "other/p.yaml:2:7")])  # fmt: skip


NESTED = {
    "nested/tidegate.toml": "profile = 'minimal'\n",
    "nested/p.yaml": "apiVersion: tidegate/v1\nkind: Pip\n",
    "nested/inner/q.yaml": "apiVersion: tidegate/v1\nkind: Pip\n",
}
IN_NESTED = [("TG107", "nested/inner/q.yaml:2:7"), ("TG107", "nested/p.yaml:2:7")]


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        ([], [TYPO, KIND, *IN_NESTED]),
        (["nested"], IN_NESTED),
        ([".", "nested"], [TYPO, KIND, *IN_NESTED]),
        (["nested", "."], [TYPO, KIND, *IN_NESTED]),
        (["nested/p.yaml", "."], [TYPO, KIND, *IN_NESTED]),
        (["models", "nested/inner"], [TYPO, IN_NESTED[0]]),
    ],
    ids=str,
)
def test_a_folder_with_a_configuration_is_a_root(shop: Path, paths: list[str], found: list[tuple[str, str]]) -> None:
    write(shop, NESTED)
    assert sorted(places(shop, *paths)) == sorted(found)


def test_an_excluded_root_is_not_entered(shop: Path) -> None:
    write(shop, {**NESTED, "tidegate.toml": "exclude = ['nested']\n"})
    assert places(shop) == [TYPO, KIND]


def test_a_dbt_project_in_a_folder_of_its_own(tmp_path: Path) -> None:
    folder = write(tmp_path / "w", {f"warehouse/{path}": text for path, text in SHOP.items()})
    assert places(folder) == [("TG706", "warehouse/models/orders.sql:1:23"), ("TG107", "warehouse/ops/pipeline.yaml:2:7")]  # fmt: skip
    assert places(folder / "warehouse" / "models") == [("TG706", "orders.sql:1:23")]


def test_per_path_ignores(shop: Path) -> None:
    write(shop, {"tidegate.toml": "[per-path-ignores]\n'models/**' = ['TG7']\n'*.py' = ['*']\n"})
    assert places(shop) == [KIND]
    write(shop, {"tidegate.toml": "[per-path-ignores]\n'ops/' = ['contract-invalid']\n"})
    assert places(shop) == [TYPO]


@pytest.mark.parametrize("rule", ["TG706", "unresolved-dependency"])
@pytest.mark.parametrize(("level", "severity"), [("off", None), ("warning", "warning"), ("hint", "hint")])
def test_severity_by_code_and_by_name(shop: Path, rule: str, level: str, severity: str | None) -> None:
    write(shop, {"tidegate.toml": f"[severity]\n{rule} = '{level}'\n"})
    report = tidegate(shop, "check", "models", "--format", "json").report
    assert [finding["severity"] for finding in report["findings"]] == ([severity] if severity else [])


def test_configuration_in_pyproject(shop: Path) -> None:
    write(shop, {"pyproject.toml": "[project]\nname = 'x'\n\n[tool.tidegate]\nignore = ['TG706']\n"})
    assert places(shop) == [KIND]
    write(shop, {"tidegate.toml": "ignore = ['TG107']\n"})
    assert places(shop) == [TYPO], "tidegate.toml stands above pyproject.toml"


def test_the_command_line_stands_above_the_file(shop: Path) -> None:
    write(shop, {"tidegate.toml": "profile = 'strict'\nignore = ['TG706']\nrollup = true\n"})
    assert places(shop) == places(shop, "--profile", "strict")
    assert TYPO not in places(shop, "--profile", "recommended"), "what the file ignores stays ignored"


# -- standard input ---------------------------------------------------------------------------------------------------


def test_standard_input_stands_for_the_file(shop: Path) -> None:
    before = contents(shop)
    given = "-- a comment\nselect * from {{ ref('stg_ordres') }}\n"
    found = places(shop, "--stdin-filename", "models/orders.sql", stdin=given)
    assert found == [("TG706", "models/orders.sql:2:23")]
    assert places(shop, "--stdin-filename", "models/orders.sql", stdin="select 1\n") == []
    assert contents(shop) == before


def test_standard_input_of_a_file_that_is_not_written_yet(shop: Path) -> None:
    found = places(shop, "--stdin-filename", "models/new/a.sql", stdin="select * from {{ ref('stg_order') }}\n")
    assert found == [("TG706", "models/new/a.sql:1:23")]


def test_standard_input_shows_its_own_text(shop: Path) -> None:
    ran = tidegate(shop, "check", "--stdin-filename", "models/orders.sql", stdin="select * from {{ ref('abc') }}\n")
    assert "1 | select * from {{ ref('abc') }}" in ran.out


@pytest.mark.parametrize("data", [b"select \0 1", b"\xff\xfes\0e\0l\0e\0c\0t\0 \x001\0"], ids=["nul", "utf-16"])
def test_standard_input_that_is_odd(shop: Path, data: bytes) -> None:
    ran = tidegate(shop, "check", "--stdin-filename", "models/orders.sql", stdin=data)
    assert (ran.status == 2) == (b"\xff\xfe" not in data)
    assert "Traceback" not in ran.err


# -- baseline ---------------------------------------------------------------------------------------------------------


def test_baseline(shop: Path) -> None:
    made = tidegate(shop, "check", "--write-baseline")
    assert made.status == 0
    assert made.err == f"2 findings written to {shop.resolve()}/.tidegate-baseline.json\n"
    ran = tidegate(shop, "check", "--format", "json")
    assert (ran.status, ran.codes, ran.report["summary"]["known"]) == (0, [], 2)
    assert "2 known from the baseline" in tidegate(shop, "check").out

    write(shop, {"models/orders.sql": "\n-- moved\n\nselect * from {{ ref('stg_oders') }}\n"})
    assert places(shop) == [], "moving what is marked does not bring it back"
    write(shop, {"models/orders.sql": "select * from {{ ref('stg_order') }}\n"})
    assert places(shop) == [TYPO], "another text is another finding"
    write(shop, {"models/orders.sql": "select * from {{ ref('stg_oders') }} join {{ ref('stg_oders') }}\n"})
    assert places(shop) == [("TG706", "models/orders.sql:1:51")], "a second one of the same is one more"


def test_baseline_elsewhere(shop: Path) -> None:
    assert tidegate(shop, "check", "--write-baseline", "--baseline", "ops/known.json").status == 0
    assert places(shop) == [TYPO, KIND], "it counts where it is named"
    assert places(shop, "--baseline", "ops/known.json") == []
    write(shop, {"tidegate.toml": "baseline = 'ops/known.json'\n"})
    assert places(shop) == []


def test_baseline_is_the_same_every_time(shop: Path) -> None:
    file = shop / ".tidegate-baseline.json"
    tidegate(shop, "check", "--write-baseline")
    first = file.read_bytes()
    tidegate(shop, "check", "--write-baseline")
    assert file.read_bytes() == first
    assert [entry["path"] for entry in json.loads(first)["findings"]] == ["models/orders.sql", "ops/pipeline.yaml"]


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"findings": [1]}', '{"findings": 3}', "\xff", "[" * 100_000])
def test_a_broken_baseline_is_told(shop: Path, text: str) -> None:
    write(shop, {".tidegate-baseline.json": text})
    ran = tidegate(shop, "check")
    assert ran.status == 2
    assert "can't be read" in ran.err
    assert "write it again with --write-baseline" in ran.err
    assert len(ran.err.splitlines()) == 1


def test_one_baseline_for_roots_in_roots(shop: Path) -> None:
    write(shop, {"tidegate.toml": "", "in/tidegate.toml": "", "in/dbt_project.yml": "name: in\nprofile: shop\n"})
    write(shop, {"in/models/a.sql": "select * from {{ ref('nothing') }}\n"})
    assert (
        "3 findings written to known.json"
        in tidegate(shop, "check", "--write-baseline", "--baseline", "known.json").err
    )
    assert places(shop, "--baseline", "known.json") == []


def test_what_is_known_is_not_mended(shop: Path) -> None:
    before = {file: file.read_text() for file in shop.rglob("*.sql")}
    tidegate(shop, "check", "--write-baseline")
    assert not tidegate(shop, "check", "--diff", "--unsafe-fixes").out
    tidegate(shop, "check", "--fix", "--unsafe-fixes")
    tidegate(shop, "check", "--add-ignores")
    assert {file: file.read_text() for file in shop.rglob("*.sql")} == before


@pytest.mark.parametrize(
    ("name", "found"), [("shop", []), ("spark-examples", [("TG204", "examples/load.py:5:47")]), ("exemplary", [])]
)
def test_examples_are_judged_where_there_is_nothing_else(
    tmp_path: Path, name: str, found: list[tuple[str, str]]
) -> None:
    text = "import pandas\n\n\ndef load(orders, engine):\n    orders.to_sql('orders', engine, if_exists='append')\n"
    assert places(write(tmp_path / name, {"examples/load.py": text}), "--select", "TG204") == found
