"""`tidegate check` beside what was committed: real repositories, and folders that are none."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.support.command import Ran, tidegate, write
from tests.support.repository import commit, git

SHOP = {
    "dbt_project.yml": "name: shop\nprofile: shop\nmodel-paths: [models]\n",
    "tidegate.toml": 'ignore = ["TG1", "TG3", "TG6"]\n',
    "models/raw.yml": "sources: [{name: raw, tables: [{name: orders}]}]\n",
    "models/stg_orders.sql": "select id as order_id, total as amount from {{ source('raw', 'orders') }}\n",
    "models/mart.sql": "select order_id, amount from {{ ref('stg_orders') }}\n",
    "models/other.sql": "select 1 as x\n",
}
RENAMED = "select id as order_key, total as amount from {{ source('raw', 'orders') }}\n"
BROKEN = [("TG702", "models/mart.sql:1:8"), ("TG702", "models/stg_orders.sql:1:14")]
UNKNOWN = [("TG709", "models/mart.sql:1:8")]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A dbt project, committed."""
    return commit(write(tmp_path / "shop", SHOP))


def _put(folder: Path, text: str = RENAMED, path: str = "models/stg_orders.sql") -> Path:
    (folder / path).write_text(text, "utf-8")
    return folder


def _check(folder: Path, *arguments: str, env: dict[str, str] | None = None) -> Ran:
    ran = tidegate(folder, "check", "--format", "json", *arguments, env=env)
    assert ran.err == ""
    return ran


def test_what_is_committed_breaks_nothing(shop: Path) -> None:
    assert _check(shop).places == []


def test_a_renamed_column(shop: Path) -> None:
    ran = _check(_put(shop))
    assert (ran.status, ran.places) == (1, BROKEN)
    (producer,) = [found for found in ran.report["findings"] if found["path"] == "models/stg_orders.sql"]
    assert [(note["path"], note["message"]) for note in producer["related"]] == [
        ("models/mart.sql", "'mart' relies on 'order_id'")
    ]


@pytest.mark.parametrize("stage", ["not staged", "staged", "committed"])
def test_it_is_gone_with_the_commit(shop: Path, stage: str) -> None:
    _put(shop)
    if stage == "staged":
        git(shop, "add", "-A")
    if stage == "committed":
        commit(shop)
    assert _check(shop).places == (UNKNOWN if stage == "committed" else BROKEN)


def test_against_a_named_commit(shop: Path) -> None:
    commit(_put(shop))
    assert _check(shop, "--against", "HEAD~1").places == BROKEN
    assert _check(shop, "--against", "main").places == UNKNOWN


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("nothing", "'nothing' is no commit that is here; `git fetch` may bring it"),
        ("--output=x", "expected one argument"),
        ("HEAD:models", "'HEAD:models' is no commit that is here; `git fetch` may bring it"),
    ],
)
def test_no_such_commit(shop: Path, reference: str, told: str) -> None:
    ran = tidegate(
        shop,
        "check",
        f"--against={reference}" if reference.startswith("H") else "--against",
        *([] if reference.startswith("H") else [reference]),
    )
    assert ran.status == 2
    assert told in ran.err


def test_an_option_is_no_commit(shop: Path) -> None:
    ran = tidegate(shop, "check", "--against=--output=x")
    assert (ran.status, ran.err) == (2, "tidegate: '--output=x' is no commit\n")
    assert not (shop / "x").exists()


def test_the_second_run_says_the_same_from_the_cache(shop: Path) -> None:
    """What is kept of a run with one base is not taken for a run with another."""
    _put(shop)
    first = _check(shop)
    assert _check(shop).out == first.out
    commit(shop)
    assert _check(shop).places == UNKNOWN
    git(shop, "reset", "-q", "--soft", "HEAD~1")
    assert _check(shop).out == first.out


def test_a_file_whose_time_alone_changed(shop: Path) -> None:
    for file in (shop / "models").iterdir():
        os.utime(file, (1, 1))
    assert _check(shop).places == []


def test_a_project_in_a_folder_of_the_repository(tmp_path: Path) -> None:
    top = tmp_path / "top"
    commit(write(top, {f"data/shop/{path}": text for path, text in SHOP.items()}))
    (top / "elsewhere.sql").write_text("select 1", "utf-8")
    shop = top / "data" / "shop"
    assert _check(_put(shop)).places == BROKEN


@pytest.mark.parametrize("how", ["git mv", "mv"])
def test_a_model_that_is_moved_and_changed_later(shop: Path, how: str) -> None:
    (shop / "models" / "staging").mkdir()
    if how == "git mv":
        git(shop, "mv", "models/stg_orders.sql", "models/staging/stg_orders.sql")
    else:
        shutil.move(shop / "models/stg_orders.sql", shop / "models/staging/stg_orders.sql")
    assert _check(shop).places == []
    _put(shop, path="models/staging/stg_orders.sql")
    assert _check(shop).places == [BROKEN[0], ("TG702", "models/staging/stg_orders.sql:1:14")]


def test_a_new_model_has_no_base(shop: Path) -> None:
    write(shop, {"models/new.sql": "select 1 as a\n", "models/user.sql": "select b from {{ ref('new') }}\n"})
    assert _check(shop).places == [("TG709", "models/user.sql:1:8")]


def test_an_installed_package_is_not_git_s(shop: Path) -> None:
    files = {
        "dbt_packages/tool/dbt_project.yml": "name: tool\n",
        "dbt_packages/tool/models/tool_days.sql": "select 1 as day\n",
        "models/days.sql": "select day from {{ ref('tool_days') }}\n",
    }
    write(shop, files)
    assert _check(shop).places == []


def test_standard_input_counts_as_changed(shop: Path) -> None:
    ran = tidegate(shop, "check", "--format", "json", "--stdin-filename", "models/stg_orders.sql", stdin=RENAMED)
    assert ran.places == [BROKEN[1]]


def test_a_fix_that_keeps_the_old_name(shop: Path) -> None:
    ran = tidegate(_put(shop), "check", "--fix", "--unsafe-fixes", "models/stg_orders.sql")
    assert ran.status == 0, ran.out
    assert (shop / "models/stg_orders.sql").read_text("utf-8") == RENAMED.replace(
        "order_key,", "order_key, id as order_id,"
    )
    assert _check(shop).places == []


@pytest.mark.parametrize("kind", ["no repository", "nothing committed", "broken"])
def test_without_a_commit_it_is_silent(tmp_path: Path, kind: str) -> None:
    folder = write(tmp_path / "w", SHOP)
    if kind == "no repository":
        (folder / ".git").rmdir()
    elif kind == "nothing committed":
        git(folder, "init", "-q")
    assert _check(_put(folder)).places == UNKNOWN


def test_without_git_it_is_silent(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert _check(_put(shop), env={"PATH": str(tmp_path / "empty")}).places == UNKNOWN


def test_a_repository_of_somebody_else_is_told_plainly(shop: Path) -> None:
    ran = tidegate(_put(shop), "check", "--format", "json", env={"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"})
    assert ran.places == UNKNOWN
    assert ran.err == (
        f"tidegate: not compared with the last commit: {shop} belongs to somebody else, so git does not look into it; "
        f"`git config --global --add safe.directory {shop}` says that it may\n"
    )


def test_nothing_of_the_repository_is_run(shop: Path, tmp_path: Path) -> None:
    """A repository may name programs: hooks, monitors, filters, drivers of differences. None is run."""
    program = tmp_path / "evil"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\ncat\n", "utf-8")
    program.chmod(0o755)
    for name in (
        "core.fsmonitor",
        "diff.external",
        "filter.x.clean",
        "filter.x.smudge",
        "diff.x.textconv",
        "diff.x.command",
    ):
        git(shop, "config", name, str(program))
    write(shop, {".gitattributes": "*.sql filter=x diff=x\n"})
    hooks = shop / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("post-index-change", "post-checkout", "reference-transaction"):
        shutil.copy(program, hooks / name)
    for file in (shop / "models").iterdir():
        os.utime(file, (1, 1))
    index = (shop / ".git" / "index").read_bytes()
    assert _check(_put(shop)).places == BROKEN
    assert not (tmp_path / "ran").exists()
    assert (shop / ".git" / "index").read_bytes() == index


def test_a_hook_that_checks_is_about_its_own_repository(shop: Path, tmp_path: Path) -> None:
    """In a hook, git's variables name the repository the hook runs in."""
    other = commit(write(tmp_path / "other", {"a.txt": "x"}))
    env = {"GIT_DIR": str(other / ".git"), "GIT_INDEX_FILE": str(other / ".git" / "index"), "GIT_WORK_TREE": str(other)}
    assert _check(_put(shop), env=env).places == BROKEN
