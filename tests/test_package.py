"""What is shipped: the folders of the repository, the contents of the wheel, what installing it brings along."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
INSTALL = "python -m pip install --editable . --group dev"
OWN = {
    "cronsim",
    "jinja2",
    "lsprotocol",
    "msgspec",
    "pydantic",
    "pygls",
    "pyyaml",
    "rapidfuzz",
    "ruamel-yaml",
    "sqlglot",
    "sqlglotc",
    "tree-sitter",
    "tree-sitter-java",
    "tree-sitter-python",
    "tree-sitter-scala",
}
BROUGHT_ALONG = {
    "annotated-types",
    "attrs",
    "cattrs",
    "markupsafe",
    "pydantic-core",
    "typing-extensions",
    "typing-inspection",
}
"""What the dependencies need themselves: none of it is dbt, Airflow or a client of a database."""


def _names(requirements: Iterable[str]) -> set[str]:
    """The packages that requirements bring along on this machine, however far away."""
    found: set[str] = set()
    todo = list(requirements)
    while todo:
        requirement = Requirement(todo.pop())
        name = canonicalize_name(requirement.name)
        if name in found or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        found.add(name)
        try:
            todo += distribution(name).requires or ()
        except PackageNotFoundError:
            pytest.fail(f"{name} is not installed: {INSTALL}")
    return found


@pytest.mark.ledger("U-14", "S2-005")
def test_installing_it_brings_along_what_is_listed_here() -> None:
    assert _names(PROJECT["dependencies"]) == OWN | BROUGHT_ALONG
    assert "optional-dependencies" not in PROJECT


@pytest.mark.ledger("U-15")
@pytest.mark.parametrize("name", ["server", "analyzers", "references", "vscode-client", "tests"])
def test_folders(name: str) -> None:
    assert (ROOT / name).is_dir()
    assert any((ROOT / name).iterdir())


@pytest.mark.ledger("U-15")
def test_the_wheel_holds_the_references(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, f"{built.stderr}\n{INSTALL}"
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "references"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    references = tracked.stdout.rstrip("\0").split("\0")
    assert "references/vocabulary.md" in references
    assert {f"tidegate_analyzers/{path}" for path in references} <= names
    folders = {name.split("/")[0] for name in names}
    assert folders == {"tidegate_analyzers", "tidegate_server", f"tidegate-{PROJECT['version']}.dist-info"}


@pytest.mark.ledger("S4-001")
def test_it_is_found_by_what_it_is_for() -> None:
    assert {"etl", "elt", "airflow", "dbt", "orchestration"} <= set(PROJECT["keywords"])
    tagline = (ROOT / "README.md").read_text("utf-8").split("\n## ")[0]
    assert all(word in tagline for word in ("dbt", "Airflow", "pipelines"))
