"""What `tidegate check` prints: text for people, JSON, SARIF and workflow commands for programs."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator, Draft202012Validator

from tests.support.command import environment, tidegate, write
from tidegate_analyzers import reference_files
from tidegate_server.cli import check

HERE = Path(__file__).parent
REPORT = json.loads((reference_files.root() / "schemas" / "report.schema.json").read_text("utf-8"))
SARIF = json.loads((HERE.parent / "data" / "sarif-2.1.0-rtm.5.json").read_text("utf-8"))
GOLDEN = HERE / "example.txt"
COLOUR = re.compile(r"\x1b\[")


def test_text_of_the_example(example: Path) -> None:
    ran = tidegate(example, "check")
    assert ran.out == GOLDEN.read_text("utf-8"), f"`tidegate check` in references/examples/orders makes {GOLDEN.name}"
    assert ran.err == ""


def test_text_counts_cells(tmp_path: Path) -> None:
    sql = "select\t'日本', 'e\u0301', {{ ref('nichts') }} from a\n"
    folder = write(tmp_path / "w", {"dbt_project.yml": "name: w\nprofile: w\n", "models/a.sql": sql})
    shown = tidegate(folder, "check").out.splitlines()
    assert shown[1] == " --> models/a.sql:1:28"
    assert shown[3] == "1 | select    '日本', 'e\u0301', {{ ref('nichts') }} from a"
    assert shown[4] == "  |                                ^^^^^^"


def test_text_hides_what_would_steer_the_terminal(tmp_path: Path) -> None:
    sql = "select '\x1b[31m\x07\u202e' from {{ ref('nichts') }}\n"
    folder = write(tmp_path / "w", {"dbt_project.yml": "name: w\nprofile: w\n", "models/a.sql": sql})
    out = tidegate(folder, "check").out
    assert "'·[31m··'" in out
    assert not {"\x1b", "\x07", "\u202e"} & set(out)


def test_text_cuts_long_lines(tmp_path: Path) -> None:
    sql = f"select '{'x' * 5000}' from {{{{ ref('nichts') }}}}, '{'y' * 5000}'\n"
    folder = write(tmp_path / "w", {"dbt_project.yml": "name: w\nprofile: w\n", "models/a.sql": sql})
    frame = [line for line in tidegate(folder, "check").out.splitlines() if "|" in line]
    assert max(map(len, frame)) < 220
    at = frame[2].index("^")
    assert frame[1][at : at + 6] == "nichts"


def test_text_folds_very_many_of_a_rule(tmp_path: Path) -> None:
    models = {f"models/m{number:02}.sql": "select * from {{ ref('nichts') }}\n" for number in range(40)}
    folder = write(tmp_path / "w", {"dbt_project.yml": "name: w\nprofile: w\n", **models})
    out = tidegate(folder, "check").out
    assert out.count("error[TG706]") == 25
    assert "TG706 15 more of the same: models (15)" in out
    assert "Found 40 errors in 41 files" in out
    assert tidegate(folder, "check", "--no-rollup").out.count("error[TG706]") == 40
    write(folder, {"tidegate.toml": "max-lines-per-rule = 3\n"})
    assert tidegate(folder, "check").out.count("error[TG706]") == 3


def test_no_colours_but_on_a_terminal(shop: Path) -> None:
    assert not COLOUR.search(tidegate(shop, "check").out)
    assert COLOUR.search(_on_a_terminal(shop))
    assert not COLOUR.search(_on_a_terminal(shop, NO_COLOR="1"))
    assert COLOUR.search(tidegate(shop, "check", env={"FORCE_COLOR": "1"}).out)
    for form in ("json", "sarif", "github"):
        assert not COLOUR.search(tidegate(shop, "check", "--format", form, env={"FORCE_COLOR": "1"}).out)


def _on_a_terminal(folder: Path, **env: str) -> str:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "tidegate_server.main", "check"],
        cwd=folder,
        env=environment(folder, {**env, "TERM": "xterm"}),
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.PIPE,
    )
    os.close(theirs)
    parts = []
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # how Linux says that the other side is closed
            break
        if not part:
            break
        parts.append(part)
    os.close(ours)
    _, err = process.communicate(timeout=60)
    assert err == b""
    return b"".join(parts).decode()


def test_progress_only_on_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert check._progress() is None
    clock = [0.0]
    monkeypatch.setattr("tidegate_server.cli.check.time.monotonic", lambda: clock[0])
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    progress = check._progress()
    assert progress is not None
    progress(1, 100)
    assert capsys.readouterr().err == "", "a short run says nothing"
    clock[0] = 1.5
    progress(50, 100)
    progress(51, 100)
    assert capsys.readouterr().err == "\rreading 50 of 100 files", "and a long one not too often"
    clock[0] = 1.7
    progress(100, 100)
    assert capsys.readouterr().err.endswith("\r" + " " * 40 + "\r"), "the line is cleared when it is done"


@pytest.mark.parametrize("profile", ["recommended", "strict"])
def test_json_is_by_its_schema(example: Path, profile: str) -> None:
    Draft202012Validator.check_schema(REPORT)
    report = tidegate(example, "check", "--format", "json", "--profile", profile).report
    Draft202012Validator(REPORT).validate(report)
    assert report["findings"]
    for severity in ("error", "warning", "info", "hint"):
        assert report["summary"][severity] == sum(1 for found in report["findings"] if found["severity"] == severity)
    assert any(finding["evidence"] for finding in report["findings"])
    assert any(finding["fixes"] for finding in report["findings"])
    assert any(finding["related"] for finding in report["findings"])


def test_the_schema_refuses_what_is_not_a_report(example: Path) -> None:
    validator = Draft202012Validator(REPORT)
    report = tidegate(example, "check", "--format", "json").report

    def refused(change: dict[str, Any]) -> bool:
        finding = {**report["findings"][0], **change}
        return not validator.is_valid({**report, "findings": [finding]})

    assert not refused({})
    assert refused({"code": "E501"})
    assert refused({"location": {"line": 0, "column": 1}})
    assert refused({"severity": "error", "confidence": "likely"})
    assert refused({"more": 1})
    assert not validator.is_valid({**report, "version": 2})


def test_json_without_findings(tmp_path: Path) -> None:
    report = tidegate(write(tmp_path / "w", {"a.sql": "select 1\n"}), "check", "--format", "json").report
    Draft202012Validator(REPORT).validate(report)
    assert report["findings"] == []


@pytest.mark.parametrize("profile", ["recommended", "strict"])
def test_sarif_is_by_its_schema(example: Path, profile: str) -> None:
    text = tidegate(example, "check", "--format", "sarif", "--profile", profile).out
    log = json.loads(text)
    Draft4Validator(SARIF).validate(log)
    (run,) = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == sorted(set(rules))
    listed = tidegate(example, "check", "--format", "json", "--profile", profile).report["findings"]
    assert [
        (
            result["ruleId"],
            result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            result["locations"][0]["physicalLocation"]["region"]["startLine"],
            result["locations"][0]["physicalLocation"]["region"]["startColumn"],
        )
        for result in run["results"]
    ] == [(one["code"], one["path"], one["location"]["line"], one["location"]["column"]) for one in listed]
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in run["results"])
    prints = [result["partialFingerprints"]["tidegate/v1"] for result in run["results"]]
    assert len(set(prints)) == len(prints)


def test_sarif_without_findings(tmp_path: Path) -> None:
    log = json.loads(tidegate(write(tmp_path / "w", {"a.sql": "select 1\n"}), "check", "--format", "sarif").out)
    Draft4Validator(SARIF).validate(log)
    assert log["runs"][0]["results"] == []


def test_sarif_of_odd_paths(tmp_path: Path) -> None:
    sql = "select * from {{ ref('nichts') }}\n"
    folder = write(tmp_path / "w", {"dbt_project.yml": "name: w\nprofile: w\n", "models/ä b%#.sql": sql})
    log = json.loads(tidegate(folder, "check", "--format", "sarif").out)
    Draft4Validator(SARIF).validate(log)
    place = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place["uri"] == "models/%C3%A4%20b%25%23.sql"
    assert Draft4Validator(SARIF).is_valid({**log, "version": "2.0.0"}) is False


def test_github(shop: Path) -> None:
    write(shop, {"models/a,b:c.sql": "select * from {{ ref('50%') }}\n"})
    lines = tidegate(shop, "check", "--format", "github").out.splitlines()
    assert lines[0] == (
        "::error file=models/a%2Cb%3Ac.sql,line=1,col=23,endLine=1,endColumn=26,title=TG706 unresolved-dependency"
        "::no model, seed or snapshot '50%25' exists"
    )
    assert all(line.startswith("::error file=") for line in lines)
    assert len(lines) == len(tidegate(shop, "check", "--format", "json").codes)


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
def test_output_file_holds_what_would_be_printed(shop: Path, form: str) -> None:
    printed = tidegate(shop, "check", "--format", form)
    ran = tidegate(shop, "check", "--format", form, "--output-file", "found.out", env={"FORCE_COLOR": ""})
    assert (ran.status, ran.out, ran.err) == (1, "", "")
    assert (shop / "found.out").read_text("utf-8") == printed.out


def test_whoever_reads_may_go_early(shop: Path) -> None:
    write(shop, {f"models/m{number}.sql": "select * from {{ ref('nichts') }}\n" for number in range(300)})
    process = subprocess.Popen(
        [sys.executable, "-m", "tidegate_server.main", "check", "--no-rollup"],
        cwd=shop,
        env=environment(shop),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    process.wait(timeout=60)
    assert b"Traceback" not in said
    assert b"BrokenPipe" not in said
