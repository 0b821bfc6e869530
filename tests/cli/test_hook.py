"""The hook for pre-commit: what its manifest starts refuses a commit that is wrong, and lets one pass that is right."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support.command import environment
from tests.support.editor import write
from tests.support.repository import commit, git

MANIFEST = Path(__file__).parents[2] / ".pre-commit-hooks.yaml"
SHOP = {
    "dbt_project.yml": "name: shop\nprofile: shop\n",
    "models/orders.sql": "select 1 as order_id\n",
    "models/late.sql": "select order_id from {{ ref('order') }}\n",
}
MENDED = "select order_id from {{ ref('orders') }}\n"


@pytest.fixture
def entry() -> str:
    """The command of the manifest, in this environment."""
    (hook,) = yaml.safe_load(MANIFEST.read_text("utf-8"))
    assert hook["id"] == "tidegate"
    assert hook["language"] == "python", "pre-commit installs it as pip does"
    assert {"sql", "yaml", "python"} <= set(hook["types_or"])
    program, *arguments = shlex.split(hook["entry"])
    installed = Path(sys.executable).parent / program
    assert installed.exists(), "python -m pip install --editable ."
    return shlex.join([str(installed), *arguments])


def _commit(shop: Path) -> subprocess.CompletedProcess[str]:
    git(shop, "add", "-A")
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-q", "-m", "x"]
    kept = {name: value for name, value in environment(shop).items() if not name.startswith("GIT_")}
    own = {"GIT_CONFIG_GLOBAL": os.devnull, "NO_COLOR": "1"}
    return subprocess.run(command, cwd=shop, env={**kept, **own}, capture_output=True, text=True, check=False)


@pytest.mark.ledger("S4-044")
def test_a_commit_is_refused_until_it_is_right(tmp_path: Path, entry: str) -> None:
    shop = commit(write(tmp_path / "shop", {"dbt_project.yml": SHOP["dbt_project.yml"]}))
    hook = shop / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ngit diff --cached --name-only -z | xargs -0 {entry}\n", "utf-8")
    hook.chmod(0o755)
    before = git(shop, "rev-parse", "HEAD")

    write(shop, SHOP)
    refused = _commit(shop)
    assert refused.returncode != 0
    assert "TG706" in refused.stdout + refused.stderr
    assert git(shop, "rev-parse", "HEAD") == before

    write(shop, {"models/late.sql": MENDED})
    done = _commit(shop)
    assert done.returncode == 0, done.stdout + done.stderr
    assert git(shop, "rev-parse", "HEAD") != before


def test_only_files_of_the_commit_are_reported(tmp_path: Path, entry: str) -> None:
    shop = commit(write(tmp_path / "shop", SHOP))
    command = [*shlex.split(entry), "models/orders.sql"]
    done = subprocess.run(command, cwd=shop, env=environment(shop), capture_output=True, text=True, check=False)
    assert (done.returncode, "TG706" in done.stdout) == (0, False), "another file is wrong, and was wrong before"
