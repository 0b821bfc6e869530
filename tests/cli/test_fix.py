"""`--fix`, `--unsafe-fixes`, `--diff` and `--add-ignores`: what they change, and what they leave alone."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.command import contents, tidegate, write

PIPELINE = (
    Path(__file__).parents[2].joinpath("references", "examples", "orders", "pipeline.yaml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("options", [["--fix"], ["--fix", "--unsafe-fixes"]], ids=" ".join)
def test_fixing_twice_changes_nothing_more(example: Path, options: list[str]) -> None:
    before = contents(example)
    first = tidegate(example, "check", *options, "--format", "json")
    once = contents(example)
    second = tidegate(example, "check", *options, "--format", "json")
    assert once != before
    assert contents(example) == once
    assert second.out == first.out
    assert second.err == "0 fixes applied in 0 files\n"


@pytest.mark.parametrize("options", [["--fix"], ["--fix", "--unsafe-fixes"]], ids=" ".join)
def test_the_report_after_fixing_is_what_a_new_check_finds(example: Path, options: list[str]) -> None:
    fixed = tidegate(example, "check", *options, "--format", "json")
    again = tidegate(example, "check", "--format", "json", "--no-cache")
    assert fixed.report["findings"] == again.report["findings"]
    assert fixed.status == again.status


def test_safe_fixes_leave_alone_what_runs(example: Path) -> None:
    before = contents(example)
    tidegate(example, "check", "--fix")
    changed = {path for path, text in contents(example).items() if before.get(path) != text}
    assert changed
    assert all(path.endswith((".yml", ".yaml")) for path in changed)
    tidegate(example, "check", "--fix", "--unsafe-fixes")
    assert contents(example)["dags/sql/load_orders.sql"] != before["dags/sql/load_orders.sql"]


def test_unsafe_fixes_alone_change_nothing(example: Path) -> None:
    before = contents(example)
    tidegate(example, "check", "--unsafe-fixes")
    assert contents(example) == before


@pytest.mark.parametrize("options", [[], ["--unsafe-fixes"]], ids=["safe", "unsafe"])
def test_diff_is_a_patch_that_does_what_fix_does(example: Path, tmp_path: Path, options: list[str]) -> None:
    other = Path(shutil.copytree(example, tmp_path / "other"))
    before = contents(example)
    ran = tidegate(example, "check", "--diff", *options)
    assert ran.status == 0
    assert contents(example) == before, "--diff changes nothing"
    subprocess.run(["git", "apply", "-"], cwd=example, input=ran.out.encode(), check=True)
    tidegate(other, "check", "--fix", *options)
    assert contents(example) == contents(other)


def test_diff_prints_nothing_but_the_diff(example: Path, tmp_path: Path) -> None:
    out = tidegate(example, "check", "--diff").out
    assert out.startswith("--- ")
    assert out.splitlines()[-1][:1] in ("+", "-", " ")
    clean = write(tmp_path / "clean", {"a.sql": "select 1\n"})
    assert tidegate(clean, "check", "--diff").out == ""


def test_only_the_given_paths_are_fixed(example: Path) -> None:
    before = contents(example)
    tidegate(example, "check", "--fix", "warehouse/models/marts/_marts.yml")
    changed = {path for path, text in contents(example).items() if before.get(path) != text}
    assert changed == {"contracts/daily_revenue.odcs.yaml"}


@pytest.mark.parametrize(
    ("name", "encode", "newline"),
    [
        ("crlf", "utf-8", "\r\n"),
        ("bom", "utf-8-sig", "\n"),
        ("utf-16", "utf-16", "\n"),
        ("utf-16 crlf", "utf-16", "\r\n"),
        ("cr", "utf-8", "\r"),
    ],
)
def test_encoding_and_line_ends_stay(tmp_path: Path, name: str, encode: str, newline: str) -> None:
    text = f"# é\n{PIPELINE}".replace("\n", newline)
    folder = write(tmp_path / "w", {"pipeline.yaml": text.encode(encode)})
    ran = tidegate(folder, "check", "--fix", "--format", "json")
    assert ran.status in (0, 1), ran.err
    data = (folder / "pipeline.yaml").read_bytes()
    after = data.decode(encode)
    assert after.encode(encode) == data, "the mark at its beginning stays"
    assert "quarantine" in after
    assert f"# é{newline}" in after
    assert after.count(newline) == len(after.splitlines()), "no other line end comes in"


def test_what_is_not_utf8_is_not_written(tmp_path: Path) -> None:
    text = b"# \xff\n" + PIPELINE.encode()
    folder = write(tmp_path / "w", {"pipeline.yaml": text})
    ran = tidegate(folder, "check", "--fix")
    assert (folder / "pipeline.yaml").read_bytes() == text
    assert "tidegate: not written: pipeline.yaml: the file is not UTF-8; change it by hand" in ran.err
    assert "Traceback" not in ran.err


def test_a_link_is_written_through(tmp_path: Path) -> None:
    folder = write(tmp_path / "w", {"real.txt": PIPELINE})
    (folder / "pipeline.yaml").symlink_to("real.txt")
    tidegate(folder, "check", "--fix")
    assert (folder / "pipeline.yaml").is_symlink()
    assert "quarantine" in (folder / "real.txt").read_text("utf-8")


def test_the_mode_of_a_file_stays(tmp_path: Path) -> None:
    folder = write(tmp_path / "w", {"pipeline.yaml": PIPELINE})
    (folder / "pipeline.yaml").chmod(0o640)
    tidegate(folder, "check", "--fix")
    assert (folder / "pipeline.yaml").stat().st_mode & 0o777 == 0o640


def test_no_file_is_overwritten(example: Path) -> None:
    taken = example / "contracts" / "customers.odcs.yaml"
    taken.write_text("# somebody else's\n", "utf-8")
    tidegate(example, "check", "--fix", "--unsafe-fixes")
    assert taken.read_text("utf-8") == "# somebody else's\n"


@pytest.mark.parametrize("profile", ["recommended", "strict"])
def test_add_ignores_then_clean(example: Path, profile: str) -> None:
    found = tidegate(example, "check", "--format", "json", "--profile", profile).codes
    ran = tidegate(example, "check", "--add-ignores", "--profile", profile, "--format", "json")
    assert set(ran.codes) <= {"TG000"}, "a reason is for a person to give"
    assert f"{len(found)} findings silenced" in ran.err
    assert set(tidegate(example, "check", "--format", "json", "--profile", profile).codes) <= {"TG000"}
    if profile == "recommended":
        assert ran.status == 0
        assert ran.codes == []


def test_add_ignores_adds_nothing_but_comments(example: Path) -> None:
    before = contents(example)
    tidegate(example, "check", "--add-ignores")
    for path, data in contents(example).items():
        lines = data.decode().splitlines()
        assert [line for line in lines if "tidegate: ignore[" not in line] == before[path].decode().splitlines()


def test_add_ignores_joins_the_comment_of_a_statement(tmp_path: Path) -> None:
    folder = write(tmp_path / "w", {"pipeline.yaml": PIPELINE})
    tidegate(folder, "check", "--add-ignores")
    lines = (folder / "pipeline.yaml").read_text("utf-8").splitlines()
    at = lines.index("  - id: ingest")
    assert lines[at - 1] == "  # tidegate: ignore[TG212, TG301]"
    assert lines[at - 2] == "stages:"


def test_add_ignores_keeps_what_is_silenced_already(tmp_path: Path) -> None:
    text = PIPELINE.replace("  - id: ingest", "  # tidegate: ignore[TG212] -- written by hand\n  - id: ingest")
    folder = write(tmp_path / "w", {"pipeline.yaml": text})
    tidegate(folder, "check", "--add-ignores")
    assert "  # tidegate: ignore[TG212, TG301] -- written by hand\n" in (folder / "pipeline.yaml").read_text("utf-8")
    assert tidegate(folder, "check").status == 0


def test_add_ignores_as_a_diff(example: Path) -> None:
    before = contents(example)
    out = tidegate(example, "check", "--add-ignores", "--diff").out
    assert contents(example) == before
    assert "+-- tidegate: ignore[TG202]" in out.splitlines()


def test_add_ignores_leaves_what_no_comment_silences(tmp_path: Path) -> None:
    text = "-- tidegate: ignore[TG202] it is not incremental\nselect 1 as order_id\n"
    folder = write(tmp_path / "shop", {"dbt_project.yml": "name: shop\nprofile: shop\n", "models/orders.sql": text})
    assert ("TG001", "models/orders.sql:1:1") in tidegate(folder, "check", "--format", "json").places
    tidegate(folder, "check", "--add-ignores")
    assert (folder / "models" / "orders.sql").read_text("utf-8") == text
