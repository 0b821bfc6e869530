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
    r"(?:^|/)(?:tests?|integration_tests|fixtures?|seeds?|init|docker-entrypoint-initdb\.d|setup|(?:\w+[-_])?migrations?|benchmarks?|bench|examples?)/"
    r"|(?:^|/)[\w.-]+[_-]tests?/(?:[^/]+/)*(?:test_[^/]*|[^/]*_test|conftest)\.py$",
    re.I,
)
"""Paths of fixtures, demonstrations and one-time set-up, where loads are not judged (guard G2)."""

_EXAMPLES = re.compile(r"(?:^|/)examples?(?=/)", re.I)
_EXHIBIT = re.compile(
    r"(?:^|[-_. ])(?:examples?|samples?|demos?|playground|recipes|tutorials?|workshops?|quickstarts?)(?:$|[-_. ])", re.I
)


def is_exhibit(name: str) -> bool:
    """Whether a workspace is a collection of examples, by the name of its folder."""
    return bool(_EXHIBIT.search(name))


def fixture(path: str, *, exhibit: bool = False) -> str:
    """The folder by which a path is that of a fixture, an example or set-up; empty if it is none.

    Args:
        path: relative to the root.
        exhibit: whether the workspace is itself a collection of examples.
    """
    match = FIXTURE.search(_EXAMPLES.sub("", path) if exhibit else path)
    return match.group().strip("/") if match else ""
