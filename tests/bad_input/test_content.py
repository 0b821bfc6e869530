"""Whatever a file holds: the place of its fault is told, the rest is analysed, nothing is changed or printed besides."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.bad_input.files import CASES, DBT, Files
from tests.support.command import Ran, contents, tidegate, write
from tidegate_analyzers.text import LINE_END, decode

GOOD = {
    "shop/dbt_project.yml": "name: shop\nprofile: shop\nmodel-paths: [models]\n",
    f"{DBT}good.sql": "select * from {{ ref('nowhere') }}\n",
}


@pytest.mark.parametrize(("files", "expected"), CASES.values(), ids=CASES)
def test_content(tmp_path: Path, files: Files, expected: list[str]) -> None:
    folder = write(tmp_path / "w", {**GOOD, **files})
    before = contents(folder)
    ran = tidegate(folder, "check", "--format", "json", "--no-cache", timeout=60)
    assert ran.err == ""
    assert ("TG706", f"{DBT}good.sql:1:23") in ran.places, "the rest is analysed"
    assert contents(folder) == before
    faults = [f"{place} {code}" for code, place in ran.places if code in ("TG002", "TG003")]
    assert faults == expected
    _check_places(folder, ran)


def _check_places(folder: Path, ran: Ran) -> None:
    texts: dict[str, list[str]] = {}
    for found in ran.report["findings"]:
        path = found["path"]
        if path not in texts:
            text = decode((folder / path).read_bytes())
            texts[path] = LINE_END.split(text) if isinstance(text, str) else [""]
        for place in (found["location"], found["end_location"]):
            assert _is_inside(texts[path], place), found


def _is_inside(lines: list[str], place: dict[str, Any]) -> bool:
    return bool(place["line"] <= len(lines) and place["column"] <= len(lines[place["line"] - 1]) + 1)


@pytest.mark.parametrize("form", ["text", "sarif", "github"])
def test_every_format_prints_it(tmp_path: Path, form: str) -> None:
    small = {name: files for name, (files, _) in CASES.items() if not name.startswith(("large", "deep", "long"))}
    assert len(small) > 20
    together: Files = dict(GOOD)
    for number, files in enumerate(small.values()):
        together.update({f"w{number}/{path}": text for path, text in files.items()})
    ran = tidegate(write(tmp_path / "w", together), "check", "--format", form, "--no-rollup")
    assert ran.err == ""
    assert ran.status == 1
    assert "TG002" in ran.out


@pytest.mark.parametrize("mode", ["--fix", "--add-ignores"])
def test_fixes_on_broken_files_leave_what_is_no_comment(tmp_path: Path, mode: str) -> None:
    small = {name: files for name, (files, _) in CASES.items() if not name.startswith(("large", "deep", "long"))}
    together: Files = dict(GOOD)
    for number, files in enumerate(small.values()):
        together.update({f"w{number}/{path}": text for path, text in files.items()})
    folder = write(tmp_path / "w", together)
    ran = tidegate(folder, "check", mode, "--unsafe-fixes", "--no-rollup")
    assert ran.status in (0, 1), ran.err
    assert "Traceback" not in ran.err
    assert all(line.startswith("tidegate: not written: ") for line in ran.err.splitlines()[:-1])
