"""Planted faults: each is found at its place, and nothing else is said because of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bench import faults
from tests.bench.faults import Finding, judge, measure, plant
from tests.bench.generate import generate


@pytest.mark.parametrize("kind", faults.WANTED)
def test_every_fault_is_found_and_nothing_else(kind: str) -> None:
    (row,) = measure(60, kinds=[kind])
    assert (row.planted, row.found) == (faults.PER_KIND, faults.PER_KIND)
    assert row.cascade == ()


def test_a_loop_in_a_template_makes_no_false_alarm() -> None:
    (row,) = measure(60, kinds=["column_of_loop"])
    assert row.planted == faults.PER_KIND
    assert row.cascade == ()


def test_planting_changes_a_line_in_each_of_four_files(tmp_path: Path) -> None:
    generate(tmp_path / "a", 60)
    generate(tmp_path / "b", 60)
    planted = plant(tmp_path / "b", "unknown_ref")
    changed = {
        file.relative_to(tmp_path / "a").as_posix()
        for file in (tmp_path / "a").rglob("*")
        if file.is_file() and file.read_bytes() != (tmp_path / "b" / file.relative_to(tmp_path / "a")).read_bytes()
    }
    assert changed == planted.keys()
    assert len(planted) == faults.PER_KIND
    for path, (first, _) in planted.items():
        assert "_typo" in (tmp_path / "b" / path).read_text("utf-8").splitlines()[first - 1]


def test_what_is_new_elsewhere_is_a_cascade() -> None:
    old = Finding("TG101", "warning", "a.yml", 1, "old")
    hit = Finding("TG706", "error", "m.sql", 3, "there")
    other = Finding("TG709", "error", "n.sql", 9, "because of it")
    row = judge("x", {"m.sql": (3, 3), "k.sql": (1, 1)}, [old], [old, hit, other])
    assert (row.planted, row.found, row.cascade) == (2, 1, (other,))
    assert str(row) == "x                1/2  1 error       cascade 1"


def test_a_project_with_faults_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("clean", "faulty"):
        generate(tmp_path / name, 12)
    planted = plant(tmp_path / "faulty", "unknown_source")
    listed = [{"path": path, "kind": "unknown_source"} for path in planted]
    (tmp_path / "faulty" / "faults.json").write_text(json.dumps(listed), "utf-8")
    monkeypatch.setattr(
        "sys.argv", ["faults", "--clean", str(tmp_path / "clean"), "--project", str(tmp_path / "faulty")]
    )
    assert faults.main() == 0
    assert capsys.readouterr().out.startswith("unknown_source   4/4")
