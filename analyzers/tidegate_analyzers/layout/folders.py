"""Folders in which nothing is reported, and those of fixtures and examples."""

from __future__ import annotations

import re

IGNORED_FOLDERS = frozenset(
    (
        ".venv",
        "venv",
        "node_modules",
        "target",
        "dbt_packages",
        "dbt_modules",
        "build",
        "site-packages",
        ".git",
        "logs",
        "__pycache__",
        ".tox",
        ".mypy_cache",
    )
)
"""Folders in which nothing is reported (guard G1); installed dbt packages among them are still read."""

FIXTURE = re.compile(
    r"(?:^|/)(?:tests?|integration_tests|fixtures?|seeds?|init|docker-entrypoint-initdb\.d|setup|migrations?|benchmarks?|bench|examples?)/",
    re.I,
)
"""Paths of fixtures, demonstrations and one-time set-up, where loads are not judged (guard G2)."""
