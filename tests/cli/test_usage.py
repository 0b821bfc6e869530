"""Options, exit statuses, and what is said about wrong usage."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command import Ran, tidegate, write
from tidegate_server import __version__


def test_clean_is_0(tmp_path: Path) -> None:
    ran = tidegate(write(tmp_path / "w", {"a.sql": "select 1\n"}), "check")
    assert (ran.status, ran.out, ran.err) == (0, "Nothing found in 1 file\n", "")


def test_an_error_is_1(shop: Path) -> None:
    assert tidegate(shop, "check").status == 1


@pytest.mark.parametrize(
    ("level", "status"), [("error", 0), ("warning", 1), ("info", 1), ("hint", 1), ("never", 0)], ids=str
)
def test_fail_on_a_warning(tmp_path: Path, level: str, status: int) -> None:
    folder = write(
        tmp_path / "w",
        {
            "dbt_project.yml": "name: shop\nprofile: shop\n",
            "models/a.sql": "select * from {{ ref('nothing') }}\n",
            "tidegate.toml": "[severity]\nTG706 = 'warning'\n",
        },
    )
    ran = tidegate(folder, "check", "--format", "json", "--fail-on", level)
    assert [finding["severity"] for finding in ran.report["findings"]] == ["warning"]
    assert ran.status == status


def test_fail_on_never_with_errors(shop: Path) -> None:
    ran = tidegate(shop, "check", "--fail-on", "never", "--format", "json")
    assert ran.report["summary"]["error"]
    assert ran.status == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["check", "nowhere"], "'nowhere' does not exist"),
        (["check", "--select", "TG999"], "no rule is meant by 'TG999'"),
        (["check", "--ignore", "TG706,nonsense"], "no rule is meant by 'nonsense'"),
        (["check", "--baseline", "none.json"], "there is no baseline none.json; --write-baseline makes one"),
        (["check", "--output-file", "no/such/folder/x"], "the output can't be written"),
        (["check", "--output-file", "."], "the output can't be written"),
        (["check", "--write-baseline", "--baseline", "no/such/x.json"], "the baseline can't be written"),
        (["check", "--fix", "--stdin-filename", "models/orders.sql"], "can't be used with --stdin-filename"),
        (["check", "--diff", "--stdin-filename", "models/orders.sql"], "can't be used with --stdin-filename"),
        (["check", "--add-ignores", "--fix"], "--add-ignores and --fix can't be used together"),
        (["check", "--stdin-filename", "notes.txt"], "'notes.txt' is no file that is read here"),
        (["check", "--format", "xml"], "invalid choice: 'xml'"),
        (["check", "--profile", "lax"], "invalid choice: 'lax'"),
        (["check", "--fail-on", "fatal"], "invalid choice: 'fatal'"),
        (["check", "--jobs", "many"], "argument --jobs"),
        (["check", "--jobs", "-1"], "argument --jobs"),
        (["check", "--no-such-option"], "unrecognized arguments: --no-such-option"),
        (["explain", "TG999"], "there is no rule 'TG999'"),
        (["explain", "TG706", "models/orders.sql"], "expected PATH:LINE"),
        (["explain", "TG706", "models/none.sql:1"], "'models/none.sql' is no file"),
        (["explain", "TG706", "README.md:1"], "is not read as part of"),
        (["rules", "--profile", "lax"], "invalid choice: 'lax'"),
        (["server", "--log-level", "loud"], "invalid choice: 'loud'"),
        (["chekc"], "invalid choice: 'chekc'"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_2(shop: Path, arguments: list[str], told: str) -> None:
    write(shop, {"README.md": "a shop\n"})
    ran = tidegate(shop, *arguments)
    assert ran.status == 2
    assert told in ran.err
    assert "Traceback" not in ran.err
    assert ran.out == ""
    assert len(_said(ran)) == 1


def _said(ran: Ran) -> list[str]:
    """What it said but for the usage, which argparse prints indented or behind `usage:`."""
    return [line for line in ran.err.splitlines() if line and not line.startswith((" ", "usage:"))]


def test_no_command_prints_the_help() -> None:
    ran = tidegate(Path.cwd(), "")
    assert ran.status == 2
    ran = tidegate(Path.cwd())
    assert ran.status == 2
    assert all(name in ran.out for name in ("check", "explain", "rules", "server"))


@pytest.mark.parametrize("command", ["check", "explain", "rules", "server"])
def test_help(command: str) -> None:
    ran = tidegate(Path.cwd(), command, "--help")
    assert ran.status == 0
    assert ran.out.startswith(f"usage: tidegate {command}")


def test_version() -> None:
    ran = tidegate(Path.cwd(), "--version")
    assert (ran.status, ran.out) == (0, f"tidegate {__version__}\n")


def test_an_error_of_tidegate_itself_is_3(shop: Path, tmp_path: Path) -> None:
    write(tmp_path / "broken", {"sitecustomize.py": _BROKEN})
    ran = tidegate(shop, "check", env={"PYTHONPATH": str(tmp_path / "broken")})
    assert ran.status == 3
    assert "an error of tidegate itself; please report it with the lines below" in ran.err
    assert "RuntimeError: planted" in ran.err


_BROKEN = """\
import tidegate_server.cli.check as command

def broken(options):
    raise RuntimeError("planted")

command.run = broken
"""


def test_select_adds_and_ignore_removes(shop: Path) -> None:
    plain = tidegate(shop, "check", "--format", "json")
    assert set(plain.codes) == {"TG706", "TG107"}
    assert set(tidegate(shop, "check", "--format", "json", "--ignore", "TG1").codes) == {"TG706"}
    assert set(tidegate(shop, "check", "--format", "json", "--ignore", "unresolved-dependency").codes) == {"TG107"}
    assert tidegate(shop, "check", "--format", "json", "--ignore", "TG706, TG107").codes == []


def test_select_reaches_beyond_the_profile(example: Path) -> None:
    minimal = tidegate(example, "check", "--format", "json", "--profile", "minimal").codes
    more = tidegate(example, "check", "--format", "json", "--profile", "minimal", "--select", "TG605").codes
    assert "TG605" not in minimal
    assert sorted(more) == sorted([*minimal, "TG605"])


def test_profiles_contain_each_other(example: Path) -> None:
    found = {
        profile: set(tidegate(example, "check", "--format", "json", "--profile", profile).places)
        for profile in ("minimal", "recommended", "strict", "critical")
    }
    assert found["minimal"] < found["recommended"] <= found["strict"]
    assert found["critical"] < found["strict"]


def test_stats(shop: Path) -> None:
    ran = tidegate(shop, "check", "--stats", "--format", "json")
    assert ran.report["version"] == 1, "stats go to standard error"
    lines = ran.err.splitlines()
    assert lines[0].startswith("read 4 files (4 afresh) in ")
    assert lines[1] == "parsed 2 of 2 (100.0 %) models with SQL"
    assert lines[2] == "know all columns of 1 of 2 (50.0 %) models"
    assert lines[3] == "resolved 0 of 0 mentions of columns"
    assert lines[4] == "tasks followed: 0 of 0"


def test_the_cache_is_used_and_can_be_left_out(shop: Path) -> None:
    def afresh(*more: str) -> str:
        return tidegate(shop, "check", "--stats", *more).err.split("(")[1].split(" ")[0]

    assert [afresh(), afresh(), afresh("--no-cache"), afresh()] == ["4", "0", "4", "0"]
    write(shop, {"models/stg_orders.sql": "select 2 as order_id\n"})
    assert [afresh(), afresh()] == ["1", "0"]


def test_the_cache_gives_the_same_report(example: Path) -> None:
    first = tidegate(example, "check", "--format", "json", "--profile", "strict")
    again = tidegate(example, "check", "--format", "json", "--profile", "strict")
    without = tidegate(example, "check", "--format", "json", "--profile", "strict", "--no-cache")
    assert first.out == again.out == without.out


def test_several_processes_find_the_same(tmp_path: Path) -> None:
    files = {f"models/m{number}.sql": f"select * from {{{{ ref('m{number + 1}') }}}}\n" for number in range(450)}
    folder = write(tmp_path / "w", {"dbt_project.yml": "name: w\nprofile: w\n", **files})
    one = tidegate(folder, "check", "--format", "json", "--no-cache", "--jobs", "1")
    two = tidegate(folder, "check", "--format", "json", "--no-cache", "--jobs", "2")
    assert one.places == [("TG706", "models/m449.sql:1:23")]
    assert one.out == two.out
    assert (one.err, two.err) == ("", "")


def test_rollup_and_its_absence(tmp_path: Path) -> None:
    models = {f"models/marts/m{number:02}.sql": "select 1 as id\n" for number in range(12)}
    folder = write(tmp_path / "w", {"dbt_project.yml": "name: w\nprofile: w\n", **models})
    rolled = tidegate(folder, "check", "--format", "json", "--select", "TG101")
    listed = tidegate(folder, "check", "--format", "json", "--select", "TG101", "--no-rollup")
    assert rolled.codes.count("TG101") == 1
    assert "--no-rollup lists the 12" in next(
        finding["message"] for finding in rolled.report["findings"] if finding["code"] == "TG101"
    )
    assert listed.codes.count("TG101") == 12


def test_each_rollup_says_what_it_counts(tmp_path: Path) -> None:
    models = {f"models/marts/fct_{number:02}.sql": "select 1 as id\n" for number in range(10)}
    tables = "".join(f"      - name: t{number}\n" for number in range(10))
    reads = "\nunion all\n".join(f"select id from {{{{ source('shop', 't{number}') }}}}" for number in range(10))
    dags = {
        f"dags/d{number}.py": f"from airflow import DAG\n\nwith DAG('d{number}', schedule='@daily'):\n    pass\n"
        for number in range(10)
    }
    more = {
        "dbt_project.yml": "name: w\nprofile: w\n",
        "models/sources.yml": f"sources:\n  - name: shop\n    tables:\n{tables}",
        "models/marts/fct_all.sql": reads,
    }
    ran = tidegate(write(tmp_path / "w", {**more, **models, **dags}), "check", "--format", "json")
    assert sorted(finding["message"].partition(";")[0] for finding in ran.report["findings"]) == [
        "0 of 10 DAGs have an owner",
        "0 of 10 source tables have a freshness",
        "0 of 10 sources of published models have a contract",
        "0 of 11 published models have a contract",
        "0 of 11 published models have an owner",
        "0 of 11 published models have their key tested",
    ]


def test_what_its_name_alone_publishes_is_not_proved(tmp_path: Path) -> None:
    files = {
        "dbt_project.yml": "name: w\nprofile: w\n",
        "models/sources.yml": "sources:\n  - name: shop\n    freshness: null\n    tables: [{name: inferred}, {name: declared}]\n",
        "models/fct_inferred.sql": "select id from {{ source('shop', 'inferred') }}\n",
        "models/fct_both.sql": "select id from {{ source('shop', 'declared') }}\n",
        "models/public.sql": "select id from {{ source('shop', 'declared') }}\n",
        "models/public.yml": "models:\n  - name: public\n    access: public\n",
    }
    ran = tidegate(write(tmp_path / "w", files), "check", "--format", "json")
    found = sorted((f["code"], f["message"].split("'")[1], f["confidence"]) for f in ran.report["findings"])
    assert found == [
        ("TG101", "fct_both", "likely"),
        ("TG101", "fct_inferred", "likely"),
        ("TG101", "public", "proved"),
        ("TG101", "shop.declared", "proved"),
        ("TG101", "shop.inferred", "likely"),
        ("TG310", "fct_both", "likely"),
        ("TG310", "fct_inferred", "likely"),
        ("TG310", "public", "proved"),
        ("TG605", "fct_both", "likely"),
        ("TG605", "fct_inferred", "likely"),
        ("TG605", "public", "proved"),
    ]
