"""The ranges of the dependencies hold at both ends, and SQL reads the same without the compiled parser."""

from __future__ import annotations

import tomllib

import pytest
from packaging.requirements import Requirement

from tests.tools.ends import ENDS, ROOT, End, output

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
REQUIREMENTS = {item.name: item for item in map(Requirement, PROJECT["dependencies"])}
READING = ("tests/test_cases.py", "-k", "guards or references or understood or packages or dbt_incremental_guards")


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_every_dependency_has_two_ends(name: str) -> None:
    operators = {specifier.operator for specifier in REQUIREMENTS[name].specifier}
    assert operators == {">=", "<"}, "an upper bound keeps a later release from breaking what is installed today"


def test_both_parsers_have_one_range() -> None:
    assert REQUIREMENTS["sqlglot"].specifier == REQUIREMENTS["sqlglotc"].specifier
    assert REQUIREMENTS["sqlglotc"].marker is not None, "it has wheels for some platforms only"


@pytest.mark.corpus
@pytest.mark.parametrize(
    "end", [end for end in ENDS if end.name in ("lowest", "newest-pure")], ids=lambda end: end.name
)
def test_cases_hold_at_the_end(end: End) -> None:
    """The ends farthest from the environment of this run; `python -m tests.tools.ends` runs all, with all tests."""
    status, said = output(end, READING)
    assert status == 0, said
    assert " passed" in said
