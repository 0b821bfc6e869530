"""The bundled example: what its README says is found is found, at that place, and nothing else."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from tests.support.command import Ran, tidegate
from tidegate_analyzers import reference_files

EXAMPLE = reference_files.root() / "examples" / "orders"
ROW = re.compile(r"^\| `(?P<place>[^`]+)` \| (?:(?P<count>\d+) × )?(?P<code>TG\d{3}) \| \S.* \|$", re.M)


def tables() -> list[list[re.Match[str]]]:
    """The rows of each table of the README."""
    text = (EXAMPLE / "README.md").read_text("utf-8")
    found = [list(ROW.finditer(part)) for part in re.split(r"(?m)^\|---\|---\|---\|$", text)[1:]]
    lines = sum(1 for line in text.splitlines() if line.startswith("| `"))
    assert sum(map(len, found)) == lines, "a row that is not understood"
    return found


PLANTED, AFTER_FIX, AFTER_UNSAFE = tables()


@pytest.fixture
def example(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "orders"))


@pytest.mark.parametrize("place", ["copied", "in the checkout"])
def test_each_planted_fault_is_found_and_nothing_else(example: Path, place: str) -> None:
    ran = tidegate(example if place == "copied" else EXAMPLE, "check", "--format", "json", "--no-cache")
    assert ran.places == [(row["code"], row["place"]) for row in PLANTED]
    assert ran.status == 1


def test_the_readme_counts_its_faults() -> None:
    text = (EXAMPLE / "README.md").read_text("utf-8")
    assert len(PLANTED) == 12
    assert "Twelve things are wrong on purpose" in text


def test_every_fault_is_seen_from_above(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "inner" / "orders")
    ran = tidegate(tmp_path, "check", "--format", "json")
    assert ran.places == [(row["code"], f"inner/orders/{row['place']}") for row in PLANTED]


@pytest.mark.parametrize(
    ("options", "rows"), [(["--fix"], AFTER_FIX), (["--fix", "--unsafe-fixes"], AFTER_UNSAFE)], ids=["safe", "unsafe"]
)
def test_what_is_left_after_fixing(example: Path, options: list[str], rows: list[re.Match[str]]) -> None:
    ran = tidegate(example, "check", *options, "--format", "json")
    assert _by_file(ran) == {(row["place"], row["code"]): int(row["count"]) for row in rows}
    assert _by_file(tidegate(example, "check", "--format", "json", "--no-cache")) == _by_file(ran)


def _by_file(ran: Ran) -> dict[tuple[str, str], int]:
    return dict(Counter((finding["path"], finding["code"]) for finding in ran.report["findings"]))


def test_lineage_runs_from_the_topic_to_the_dashboard(tmp_path: Path) -> None:
    example = Path(shutil.copytree(EXAMPLE, tmp_path / "orders"))
    told = re.search(r"^```text\n(.*?)^```$", (EXAMPLE / "README.md").read_text("utf-8"), re.M | re.S)
    assert told is not None
    down = tidegate(example, "lineage", "topic:shop.public.payments", "--downstream")
    assert down.status == 0
    assert down.out == told[1]
    kinds = {line.split("  ")[-1].split()[0] for line in down.out.splitlines() if "  " in line}
    assert {"topic", "job", "task", "source", "model", "exposure"} <= kinds


def test_lineage_runs_back_from_the_dashboard_to_the_topic(tmp_path: Path) -> None:
    up = tidegate(
        Path(shutil.copytree(EXAMPLE, tmp_path / "orders")), "lineage", "exposure:finance_dashboard", "--upstream"
    )
    names = ["sales.payments  source", "orders_daily.load_payments  task", "warehouse-payments  job", "payments  topic"]
    places = [up.out.index(name) for name in names]
    assert places == sorted(places)
