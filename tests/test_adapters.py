"""Which adapter a dbt project runs on, where several files tell of one."""

from __future__ import annotations

import pytest

from tidegate_analyzers.layout import Options, make_layout, manifest_role
from tidegate_analyzers.readers.dispatch import read
from tidegate_analyzers.text import Document

PROJECT = "name: shop\nprofile: shop\n"
PACKAGE = "name: dates\nprofile: dates\n"


def profile(name: str, adapter: str) -> str:
    return f"{name}: {{target: dev, outputs: {{dev: {{type: {adapter}}}}}}}\n"


def manifest(adapter: str) -> str:
    return f'{{"metadata": {{"adapter_type": "{adapter}"}}}}'


@pytest.mark.parametrize(
    ("files", "adapter"),
    [
        ({}, ""),
        ({"profiles.yml": profile("shop", "duckdb")}, "duckdb"),
        ({"profiles.yml": profile("other", "duckdb")}, ""),
        ({"ci/profiles.yml": profile("shop", "duckdb")}, "duckdb"),
        ({"ci/a/profiles.yml": profile("shop", "duckdb"), "ci/b/profiles.yml": profile("shop", "trino")}, ""),
        ({"profiles.yml": profile("shop", "duckdb"), "ci/profiles.yml": profile("shop", "trino")}, "duckdb"),
        ({"target/manifest.json": manifest("snowflake")}, "snowflake"),
        ({"profiles.yml": profile("shop", "duckdb"), "target/manifest.json": manifest("snowflake")}, "duckdb"),
        # The documentation of an installed package was made with whatever its authors use.
        ({"dbt_packages/dates/docs/manifest.json": manifest("postgres")}, ""),
        (
            {"target/manifest.json": manifest("snowflake"), "dbt_packages/dates/docs/manifest.json": manifest("trino")},
            "snowflake",
        ),
    ],
)
def test_the_adapter_of_a_project_and_of_its_packages(files: dict[str, str], adapter: str) -> None:
    files = {"dbt_project.yml": PROJECT, "dbt_packages/dates/dbt_project.yml": PACKAGE, **files}
    reads = {}
    for path, text in files.items():
        role = manifest_role(path)
        assert role is not None
        reads[path] = read(Document(path, text), role)
    layout = make_layout(reads, Options())
    assert {project.name: project.adapter for project in layout.projects} == {"shop": adapter, "dates": adapter}
