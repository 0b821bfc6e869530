"""The catalog that dbt leaves on the disk: where it is found, and what is left out."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.command import tidegate, write
from tidegate_analyzers.facts import catalog_columns
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.readers.dispatch import read
from tidegate_analyzers.text import MAX_BYTES, MAX_LEFT_BYTES, Document
from tidegate_server.cli.workspace import load, settings_of
from tidegate_server.walk import Ignores, walk

ROLE = Role("dbt_catalog")
SHOP = {
    "dbt_project.yml": "name: shop\nprofile: shop\n",
    "models/web.yml": "sources:\n  - name: web\n    tables:\n      - name: orders\n",
    "models/a.sql": "select idd from {{ source('web', 'orders') }}\n",
    ".gitignore": "target/\nbuild/\n",
}


def catalog(columns: Mapping[str, object], **more: object) -> str:
    """A catalog that has one source."""
    listed = {name: {"name": name, "type": type_, "index": 1} for name, type_ in columns.items()}
    table = {"columns": listed, **more}
    return json.dumps(
        {
            "metadata": {"generated_at": "2026-05-04T00:00:00Z"},
            "nodes": {},
            "sources": {"source.shop.web.orders": table},
        }
    )


def codes(folder: Path) -> list[str]:
    """The findings of a check for columns that are not there."""
    ran = tidegate(folder, "check", "--format", "json")
    return [code for code in ran.codes if code == "TG709"]


@pytest.mark.parametrize(
    ("project", "path", "read_"),
    [
        ("", "target/catalog.json", True),
        ("target-path: build\n", "build/catalog.json", True),
        ("target-path: 'build/dbt' # ours\n", "build/dbt/catalog.json", True),
        ("target-path: \"{{ env_var('T') }}\"\n", "target/catalog.json", True),
        ("target-path: build\n", "target/catalog.json", False),
        ("target-path: ../build\n", "build/catalog.json", False),
        ("", "models/catalog.json", False),
        ("", "catalog.json", False),
        ("", "dbt_packages/web/target/catalog.json", False),
    ],
)
def test_where_it_is_looked_for(tmp_path: Path, project: str, path: str, read_: bool) -> None:
    folder = write(tmp_path / "w", {**SHOP, "dbt_project.yml": SHOP["dbt_project.yml"] + project})
    assert codes(folder) == []
    write(folder, {path: catalog({"id": "BIGINT"})})
    assert codes(folder) == (["TG709"] if read_ else [])


@pytest.mark.parametrize(
    ("path", "left_out"),
    [
        ("target/catalog.json", False),
        ("target/manifest.json", False),
        ("target/run_results.json", True),
        ("target/compiled/catalog.json", True),
        ("build/dbt/catalog.json", False),
        ("build/dbt/run_results.json", True),
        ("build/catalog.json", True),
    ],
)
def test_what_is_watched_is_what_is_found(tmp_path: Path, path: str, left_out: bool) -> None:
    project = SHOP["dbt_project.yml"] + "target-path: build/dbt\n"
    folder = write(tmp_path / "w", {**SHOP, "dbt_project.yml": project, path: "{}"})
    assert Ignores(folder).ignored(path) is left_out
    assert (path not in walk(folder).files) is left_out


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        catalog({"id": "BIGINT"})[:-10],
        '{"nodes": {}}',
        '{"metadata": {}, "nodes": []}',
        '{"metadata": {}, "nodes": {"model.shop.a": {"columns": []}}}',
        '{"metadata": {}, "nodes": {"model.shop.a": 1}}',
        '{"a": ' + "[" * 100_000,
        '{"metadata": {}, "nodes": ' + '{"a":' * 100_000,
        "\ud800",
    ],
    ids=range(12),
)
def test_what_is_broken_is_left_out_and_logged(text: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        found = read(Document("target/catalog.json", text), ROLE)
    assert (found.facts.catalog, found.facts.problems) == (None, ())
    (record,) = caplog.records
    assert record.getMessage().startswith("target/catalog.json is left out: ")


def test_what_of_a_column_is_not_as_expected_is_left_out() -> None:
    columns = {
        "b": {"name": "b", "type": "TEXT", "index": 2},
        "a": {"name": None, "type": 3, "index": "one"},
        "c": {"index": None},
        "d": {"name": "D", "type": "ENUM('X', 'y')", "index": 7.5},
        "e": {"name": "e", "type": " NUMERIC(10, 2) ", "index": 99, "comment": {"deep": []}},
    }
    text = json.dumps({"metadata": {}, "nodes": {"model.shop.m": {"columns": columns}, "model.shop.n": {}}})
    found = read(Document("target/catalog.json", text), ROLE).facts.catalog
    assert found is not None
    (table,) = found.tables
    assert (found.made, table.id, table.column_count) == ("", "model.shop.m", 5)
    assert [(item.name, item.type) for item in catalog_columns(table.columns)] == [
        ("a", ""),
        ("c", ""),
        ("b", "text"),
        ("D", "ENUM('X', 'y')"),
        ("e", "numeric(10, 2)"),
    ]


def test_a_large_one_is_read(tmp_path: Path) -> None:
    folder = write(tmp_path / "w", {**SHOP, "target/catalog.json": catalog({"id": "TEXT"}, stats="x" * MAX_BYTES)})
    assert codes(folder) == ["TG709"]


def test_a_large_manifest_names_the_adapter(tmp_path: Path) -> None:
    manifest = f'{{"metadata": {{"adapter_type": "trino"}}, "nodes": "{"x" * MAX_BYTES}"}}'
    folder = write(tmp_path / "w", {**SHOP, "target/manifest.json": manifest})
    (project,) = load(folder, settings_of(folder)).layout.projects
    assert project.adapter == "trino"


def test_a_huge_one_is_not(tmp_path: Path) -> None:
    text = catalog({"id": "TEXT"}, stats="x" * MAX_LEFT_BYTES)
    folder = write(tmp_path / "w", {**SHOP, "target/catalog.json": text})
    ran = tidegate(folder, "check", "--format", "json")
    assert not {"TG709", "TG003"}.intersection(ran.codes)
    assert "a catalog is left out: the file is larger than 64 MB" in ran.err


def test_half_of_one_is_replaced_when_it_is_whole(tmp_path: Path) -> None:
    whole = catalog({"id": "TEXT"})
    folder = write(tmp_path / "w", {**SHOP, "target/catalog.json": whole[:60]})
    assert codes(folder) == []
    write(folder, {"target/catalog.json": whole})
    assert codes(folder) == ["TG709"]
