from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.tools.ledger import ROOT, items, report

HEAD = "id\tseed\tcapability\n"


def test_items_are_read_as_they_stand(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.tsv"
    ledger.write_text(HEAD + 'A-1\tx\tsays "so\nA-2\tx\tanother\n', "utf-8")
    assert items(ledger) == {"A-1": 'says "so', "A-2": "another"}


def test_report_names_proven_missing_and_unknown_items() -> None:
    text = report({"A-1": "one", "A-2": "two"}, {"A-1": ["test_a", "test_b"], "B-9": ["test_c"]})
    assert text.splitlines() == [
        "1 of 2 items have a test",
        "  A-1  one  (test_a and 1 more)",
        "1 have none",
        "  A-2  two",
        "1 are named by tests, but are in no line",
        "  B-9  (test_c)",
    ]


def test_marks_of_case_pages_are_found(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.tsv"
    ledger.write_text(HEAD + "U-02\tx\treads pipeline YAML\n", "utf-8")
    command = [sys.executable, "-m", "tests.tools.ledger", str(ledger)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "1 of 1 items have a test" in done.stdout, done.stderr
    assert "pipeline_form: A word outside its list" in done.stdout
    assert done.returncode == 1, "other marked ids are in no line of this ledger"
