"""`tidegate explain`, `tidegate rules` and `tidegate server`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command import environment, tidegate, write
from tidegate_analyzers.rules.base import all_rules

RULES = all_rules()


def test_explain_prints_the_chain_of_a_finding(example: Path) -> None:
    ran = tidegate(example, "explain", "TG201", "dags/sql/load_orders.sql:2")
    lines = ran.out.splitlines()
    assert ran.status == 0
    assert lines[0] == "TG201 unguarded-insert-load at dags/sql/load_orders.sql:2"
    assert lines[1].startswith("  warning: clearing or backfilling this run adds its rows")
    assert "[dags/orders_daily.py:17]" in ran.out, "the chain leads through the DAG"
    tried = {line.split()[1] for line in lines if line.startswith("  ✗ G")}
    assert {"G3", "G4", "G5"} <= tried


def test_explain_names_the_guard_that_holds(example: Path) -> None:
    name = "dags/orders_daily.py"
    at = next(
        number
        for number, line in enumerate((example / name).read_text("utf-8").splitlines(), 1)
        if "load_payments" in line
    )
    ran = tidegate(example, "explain", "unguarded-insert-load", f"{name}:{at}")
    assert "silent about" in ran.out
    assert any(line.startswith("  ✓ G") and " holds: " in line for line in ran.out.splitlines()), ran.out


def test_explain_where_there_is_nothing(example: Path) -> None:
    ran = tidegate(example, "explain", "TG201", "pipeline.yaml:1")
    assert ran.status == 0
    assert ran.out == "TG201 has nothing to say about pipeline.yaml:1: it looks at nothing there\n"


@pytest.mark.parametrize("line", ["0", "1", "99999999"])
def test_explain_at_any_line(example: Path, line: str) -> None:
    assert tidegate(example, "explain", "TG201", f"dags/sql/load_orders.sql:{line}").status == 0


def test_explain_tells_every_finding_of_the_example(example: Path) -> None:
    for found in tidegate(example, "check", "--format", "json", "--profile", "strict").report["findings"]:
        ran = tidegate(example, "explain", found["code"], f"{found['path']}:{found['location']['line']}")
        message = found["message"].partition(" (")[0]
        assert f": {message}" in ran.out, found
        assert f"({found['confidence']})" in ran.out
        assert all(step["message"] in ran.out for step in found["evidence"])


@pytest.mark.parametrize("word", ["TG706", "tg706", "unresolved-dependency"])
def test_explain_prints_the_page(word: str) -> None:
    ran = tidegate(Path.cwd(), "explain", word)
    rule = next(rule for rule in RULES if rule.code == "TG706")
    assert ran.status == 0
    assert ran.out.startswith("# TG706 unresolved-dependency\n")
    assert rule.page.strip() in ran.out


def test_rules() -> None:
    ran = tidegate(Path.cwd(), "rules")
    assert [line.split()[0] for line in ran.out.splitlines()] == [rule.code for rule in RULES]
    loaded = json.loads(tidegate(Path.cwd(), "rules", "--format", "json").out)
    assert [(rule["code"], rule["name"], rule["severity"]) for rule in loaded] == [
        (rule.code, rule.name, rule.severity) for rule in RULES
    ]


@pytest.mark.parametrize("profile", ["minimal", "recommended", "strict", "critical"])
def test_rules_of_a_profile(profile: str) -> None:
    loaded = json.loads(tidegate(Path.cwd(), "rules", "--format", "json", "--profile", profile).out)
    assert [rule["code"] for rule in loaded] == [rule.code for rule in RULES if profile in rule.profiles]


def test_server_answers_and_ends(tmp_path: Path) -> None:
    def message(**content: object) -> bytes:
        body = json.dumps({"jsonrpc": "2.0", **content}).encode()
        return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)

    folder = write(tmp_path / "w", {})
    talk = (
        message(id=1, method="initialize", params={"processId": None, "rootUri": folder.as_uri(), "capabilities": {}})
        + message(method="initialized", params={})
        + message(id=2, method="shutdown")
        + message(method="exit")
    )
    done = subprocess.run(
        [sys.executable, "-m", "tidegate_server.main", "server", "--stdio"],
        cwd=folder,
        env=environment(folder),
        input=talk,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert b'"textDocumentSync"' in done.stdout
    assert done.stderr == b""


def test_explain_takes_places_as_check_prints_them(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "shop",
        {
            "dbt_project.yml": "name: shop\nprofile: shop\n",
            "models/orders.sql": "select *\nfrom {{ ref('nothing') }}\n\nwhere true\n",
        },
    )
    exact = tidegate(folder, "explain", "TG706", "models/orders.sql:2:14")
    assert exact.out.startswith("TG706 unresolved-dependency at models/orders.sql:2\n")
    near = tidegate(folder, "explain", "TG706", "models/orders.sql:4")
    assert near.out.startswith("TG706 unresolved-dependency at models/orders.sql:2, nearest to line 4\n")
