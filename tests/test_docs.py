"""What the documents show is what happens: their commands are run, their links followed, their numbers counted."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from _pytest.mark.structures import ParameterSet

from tidegate_analyzers.config import read_config
from tidegate_analyzers.rules.base import all_rules
from tidegate_analyzers.text import Document

ROOT = Path(__file__).parent.parent
PAGES = [
    *ROOT.glob("*.md"),
    *ROOT.glob("vscode-client/*.md"),
    *ROOT.glob("references/**/*.md"),
    *ROOT.glob("tests/bench/*.md"),
]
FENCE = re.compile(r"^```(?P<language>\w+)\n(?P<body>.*?)^```$", re.M | re.S)
LINK = re.compile(r"\]\((?!https?://)(?P<path>[^)#]*)(?:#(?P<anchor>[^)]*))?\)")
HEADING = re.compile(r"^#+ (?P<title>.+)$", re.M)


def _blocks(language: str) -> list[ParameterSet]:
    found = []
    for page in PAGES:
        text = page.read_text("utf-8")
        for block in FENCE.finditer(text):
            if block["language"] == language:
                line = text.count("\n", 0, block.start()) + 1
                found.append(pytest.param(block["body"], id=f"{page.relative_to(ROOT)}:{line}"))
    return found


@pytest.mark.parametrize("body", _blocks("console"))
def test_commands(body: str) -> None:
    """A line `$ tidegate …`, run at the root of the checkout, prints what follows it."""
    for shown in re.split(r"^\$ ", body, flags=re.M)[1:]:
        command, _, expected = shown.partition("\n")
        program, *arguments = shlex.split(command)
        assert program == "tidegate", f"only tidegate is run by the documents, not {program}"
        done = subprocess.run(
            [sys.executable, "-m", "tidegate_server.main", *arguments],
            cwd=ROOT,
            env={**os.environ, "NO_COLOR": "1", "COLUMNS": "120"},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert not done.stderr
        assert done.stdout.rstrip() == expected.rstrip()


@pytest.mark.parametrize("body", _blocks("toml"))
def test_toml(body: str) -> None:
    """Configuration that is shown is configuration that holds."""
    table = tomllib.loads(body)
    if "tool" in table:
        assert "tidegate" in table["tool"]
    name = "pyproject.toml" if "tool" in table else "tidegate.toml"
    _, problems = read_config(Document(name, body))
    assert not problems


@pytest.mark.parametrize("body", _blocks("yaml"))
def test_yaml(body: str) -> None:
    list(yaml.safe_load_all(body))


@pytest.mark.ledger("S0-028")
@pytest.mark.parametrize("page", [pytest.param(page, id=str(page.relative_to(ROOT))) for page in PAGES])
def test_links(page: Path) -> None:
    """Links within the project lead somewhere, those to a heading too."""
    missing = []
    for found in LINK.finditer(FENCE.sub("", page.read_text("utf-8"))):
        target = page.parent / found["path"] if found["path"] else page
        if not target.exists() or (found["anchor"] and found["anchor"] not in _anchors(target)):
            missing.append(found[0])
    assert not missing


def _anchors(page: Path) -> set[str]:
    """What the headings of a page are called in links, as GitHub does it."""
    titles = HEADING.findall(FENCE.sub("", page.read_text("utf-8")))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_readme_names_every_command() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    makefile = (ROOT / "Makefile").read_text("utf-8")
    commands = re.findall(r"^```sh\n(.*?)^```$", text, re.M | re.S)[0].split("\n")[:-1]
    assert commands == ["make demo", "make test"]
    assert all(re.search(rf"^{command.removeprefix('make ')}:", makefile, re.M) for command in commands)
    assert (ROOT / ".ci" / "run").read_text("utf-8").rstrip().endswith(commands[-1])


def test_readme_counts_the_rules() -> None:
    assert f"\n{len(all_rules())} rules so far" in (ROOT / "README.md").read_text("utf-8")
