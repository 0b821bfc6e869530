"""The page that compares says "yes" only where a test is named, and names only tests that there are."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet

from tests.support.markdown import cases
from tidegate_analyzers.rules.base import all_rules

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "references" / "comparison.md"
_NAME = re.compile(r"`([^`]+)`|\[(TG\d{3})\]")
CELLS = 7
"""What it is, Tidegate, four others, tests."""


def _rows() -> list[ParameterSet]:
    found = []
    for line in PAGE.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == CELLS and cells[1] not in ("Tidegate", "---"):
            found.append(pytest.param(cells[1], cells[-1], id=cells[0]))
    return found


@pytest.fixture(scope="module")
def titles() -> set[str]:
    return {case.name for case in cases(TESTS / "cases")}


@pytest.mark.parametrize(("cell", "names"), _rows())
def test_row(cell: str, names: str, titles: set[str]) -> None:
    told, _, words = cell.partition(": ")
    assert told in ("yes", "part", "no", "–")
    assert words or told != "part", "what is missing?"
    assert bool(names) is (told in ("yes", "part"))
    tests = [quoted or code for quoted, code in _NAME.findall(names)]
    assert _NAME.sub("", names).strip(" ·()/.rulesTG0123456789md") == "", "tests are named, and nothing else"
    for name in tests:
        assert _exists(name, titles), name


def _exists(name: str, titles: set[str]) -> bool:
    """Whether there is a case, a function or a rule (whose page's examples are tests) of a name."""
    if name.startswith("TG"):
        return name in {rule.code for rule in all_rules()}
    path, _, function = name.partition("::")
    if not function:
        return name in titles
    file = TESTS / path
    tree = ast.parse(file.read_text("utf-8")) if file.is_file() else ast.Module([], [])
    return function in {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_there_are_rows() -> None:
    assert len(_rows()) > 60


@pytest.mark.parametrize(
    "name",
    ["TG999", "columns: no such case", "lsp/test_names.py::test_nothing", "lsp/test_nothing.py::test_references"],
)
def test_what_is_not_there_is_noticed(name: str, titles: set[str]) -> None:
    assert not _exists(name, titles)
