"""Says which items of a capability ledger have a test that proves them.

    python -m tests.tools.ledger LEDGER.tsv

The ledger is a table of tabs whose first line names its columns, `id` and `capability` among them. What proves an
item bears `@pytest.mark.ledger("ID")`, or `ledger: ID` in a case page. Exit code 1 says that a test names an item
the ledger does not have.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import io
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


class _Collector:
    """A pytest plugin that notes the marks of what is collected."""

    def __init__(self) -> None:
        self.tests: dict[str, list[str]] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Called by pytest with every test."""
        for item in items:
            for mark in item.iter_markers("ledger"):
                for identity in mark.args:
                    self.tests.setdefault(str(identity), []).append(item.nodeid)


def marked(paths: Iterable[Path] = (ROOT / "tests",)) -> dict[str, list[str]]:
    """The ids that tests are marked with, each with the tests."""
    collector = _Collector()
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        arguments = [
            "--collect-only",
            "-q",
            "-p",
            "no:cacheprovider",
            "--rootdir",
            str(ROOT),
            "-c",
            str(ROOT / "pyproject.toml"),
        ]
        code = pytest.main([*arguments, *map(str, paths)], plugins=[collector])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise SystemExit(f"the tests can't be collected:\n{told.getvalue()}")
    return collector.tests


def items(ledger: Path) -> dict[str, str]:
    """The ids of a ledger, each with its capability."""
    with ledger.open(encoding="utf-8", newline="") as file:
        return {row["id"]: row["capability"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}


def report(known: Mapping[str, str], tests: Mapping[str, list[str]]) -> str:
    """Which items have tests, which have none, and which ids no item has."""
    proven = [identity for identity in known if identity in tests]
    lines = [f"{len(proven)} of {len(known)} items have a test"]
    for identity in proven:
        names = tests[identity]
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        lines.append(f"  {identity}  {known[identity]}  ({names[0]}{more})")
    lines.append(f"{len(known) - len(proven)} have none")
    lines += [f"  {identity}  {capability}" for identity, capability in known.items() if identity not in tests]
    if unknown := sorted(set(tests) - set(known)):
        lines += [f"{len(unknown)} are named by tests, but are in no line"]
        lines += [f"  {identity}  ({tests[identity][0]})" for identity in unknown]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Print the report."""
    parser = argparse.ArgumentParser(description="Which items of a ledger have a test.")
    parser.add_argument("ledger", type=Path, help="the ledger, a table of tabs")
    known = items(parser.parse_args(arguments).ledger)
    tests = marked()
    sys.stdout.write(report(known, tests) + "\n")
    return 1 if set(tests) - set(known) else 0


if __name__ == "__main__":
    sys.exit(main())
