"""Files that tell what others are: project files, and files that name software."""

from __future__ import annotations

import re

from tidegate_analyzers.layout.roles import Role

CATALOG = "catalog.json"
"""The columns of the warehouse, as dbt found them."""

LEFT = ("manifest.json", CATALOG)
"""What dbt leaves in its target folder that is read: for the adapter it names, and the catalog."""

NAMES = frozenset(
    [
        "pyproject.toml",
        "tidegate.toml",
        "setup.cfg",
        "setup.py",
        "Pipfile",
        "poetry.lock",
        "uv.lock",
        "Dockerfile",
        "profiles.yml",
        "profiles.yaml",
        "packages.yml",
        "packages.yaml",
        "dependencies.yml",
        "dependencies.yaml",
        "package-lock.yml",
        "airflow.cfg",
        "ruff.toml",
        ".ruff.toml",
        ".env",
        "manifest.json",
        "CODEOWNERS",
    ]
)


_PACKAGES_FILE = re.compile(
    r"(?:.*[-_.])?(?:requirements|constraints)(?:[-_.].*)?\.(?:txt|in)|Dockerfile(?:\..+)?|.+\.Dockerfile"
)


def is_packages_file(path: str) -> bool:
    """True for a file that names software."""
    name = path.rpartition("/")[2]
    return name in NAMES or _PACKAGES_FILE.fullmatch(name) is not None


def manifest_role(path: str) -> Role | None:
    """The role of a file that tells what others are: it is the same wherever the file lies."""
    if path.rpartition("/")[2] in ("dbt_project.yml", "dbt_project.yaml"):
        return Role("dbt_project")
    return Role("packages") if is_packages_file(path) else None
