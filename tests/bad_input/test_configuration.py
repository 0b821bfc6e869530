"""A configuration with faults: each is told at its place, the rest of it counts, and work goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command import tidegate, write
from tests.support.editor import editing

FILES = {
    "dbt_project.yml": "name: shop\nprofile: shop\n",
    "models/a.sql": "select * from {{ ref('nowhere') }}\n",
}
PLACE = ("TG706", "models/a.sql:1:23")

FAULTS: dict[str, tuple[str | bytes, list[str]]] = {
    "no toml": ("x = [", ["1:5: this is not TOML: invalid value"]),
    "no toml, later": ("profile = 'strict'\nrollup = yes\n", ["2:10: this is not TOML: invalid value"]),
    "twice": ("rollup = true\nrollup = true\n", ["2:14: this is not TOML: cannot overwrite a value"]),
    "too deep": (f"a = {'[' * 9000}", ["1:1: this is not TOML: it nests too deeply"]),
    "unknown key": ("profil = 'strict'\n", ["1:1: unknown key 'profil' in the configuration"]),
    "unknown table": ("\n[contract]\nfolder = 'x'\n", ["2:2: unknown key 'contract' in the configuration"]),
    "unknown key in a table": ("[sql]\ndialekt = 'x'\n", ["2:1: unknown key 'sql.dialekt' in the configuration"]),
    "profile": (
        "profile = 'lax'\n",
        ["1:1: 'profile': input should be 'minimal', 'recommended', 'strict' or 'critical'"],
    ),
    "type": ("select = 3\n", ["1:1: 'select': input should be a valid list"]),
    "number": ("rollup-below = 2\n", ["1:1: 'rollup-below': input should be less than or equal to 1"]),
    "rules": (
        "ignore = ['TG999', 'TG2', 'nothing']\n",
        [
            "1:1: 'ignore': no rule is meant by 'TG999'; `tidegate rules` lists them",
            "1:1: 'ignore': no rule is meant by 'nothing'; `tidegate rules` lists them",
        ],
    ),
    "severities": (
        "[severity]\nTG706 = 'bad'\nTG998 = 'error'\n",
        [
            "2:1: 'severity.TG706': input should be 'error', 'warning', 'info', 'hint' or 'off'",
            "3:1: 'severity.TG998': there is no rule 'TG998'; `tidegate rules` lists them",
        ],
    ),
    "pattern": (
        "[contracts]\nexternal = ['(']\n",
        ["2:1: 'contracts.external': '(' is no regular expression: missing ), unterminated subpattern at position 0"],
    ),
    "folder": ("[contracts]\nfolder = '../x'\n", ["2:1: 'contracts.folder': '../x' is no folder below the root"]),
    "absolute folder": ("[contracts]\nfolder = '/x'\n", ["2:1: 'contracts.folder': '/x' is no folder below the root"]),
}


@pytest.mark.parametrize(("text", "told"), FAULTS.values(), ids=FAULTS)
def test_faults_are_told_at_their_place(tmp_path: Path, text: str, told: list[str]) -> None:
    folder = write(tmp_path / "w", {**FILES, "tidegate.toml": text})
    ran = tidegate(folder, "check", "--format", "json")
    assert ran.status == 2
    assert ran.err.splitlines() == [f"{folder.resolve()}/tidegate.toml:{words}" for words in told]
    assert PLACE in ran.places, "what can be found is found"


PYPROJECT = {
    "unknown key": ("[tool.tidegate]\nprofil = 'x'\n", ["2:1: unknown key 'profil' in the configuration"]),
    "no table": ("[tool]\ntidegate = 3\n", ["2:1: 'tool.tidegate' is to be a table"]),
    "no toml": ("[tool.tidegate]\nprofile = 'x\n", ["2:13: this is not TOML: "]),
}


@pytest.mark.parametrize(("text", "told"), PYPROJECT.values(), ids=PYPROJECT)
def test_faults_in_pyproject(tmp_path: Path, text: str, told: list[str]) -> None:
    folder = write(tmp_path / "w", {**FILES, "pyproject.toml": text})
    ran = tidegate(folder, "check", "--format", "json")
    assert ran.status == 2
    for line, words in zip(ran.err.splitlines(), told, strict=True):
        assert line.startswith(f"{folder.resolve()}/pyproject.toml:{words}")
    assert PLACE in ran.places


@pytest.mark.parametrize(
    "text", ["tool = 3  # tidegate\n", "[[tool]]\ntidegate = 1\n", "# tidegate\nx = [\n", "tidegate = 1\n", "\xff"]
)
def test_a_pyproject_that_is_not_about_us(tmp_path: Path, text: str) -> None:
    folder = write(tmp_path / "w", {**FILES, "pyproject.toml": text})
    ran = tidegate(folder, "check", "--format", "json")
    assert (ran.status, ran.err, ran.places) == (1, "", [PLACE])


@pytest.mark.parametrize("data", [b"rollup = true\0\n", b"#" * 5_000_000], ids=["NUL", "large"])
def test_a_configuration_that_is_no_text(tmp_path: Path, data: bytes) -> None:
    folder = write(tmp_path / "w", {**FILES, "tidegate.toml": data})
    ran = tidegate(folder, "check")
    assert ran.status == 2
    assert ran.err == f"tidegate: the configuration {folder.resolve()}/tidegate.toml can't be read\n"


def test_what_is_right_counts(tmp_path: Path) -> None:
    text = "ignore = ['TG706', 'TG999']\nrollup = 3\nprofil = 'x'\n"
    folder = write(tmp_path / "w", {**FILES, "tidegate.toml": text})
    ran = tidegate(folder, "check", "--format", "json")
    assert len(ran.err.splitlines()) == 3
    assert ran.places == []


async def test_the_editor_goes_on(tmp_path: Path) -> None:
    root = write(tmp_path / "w", {**FILES, "tidegate.toml": "profil = 1\n[severity]\nTG706 = 'bad'\n"})
    async with editing(root) as editor:
        editor.open("models/a.sql")
        await editor.has("models/a.sql", "TG706")
        await editor.until(lambda: editor.diagnostics.get(editor.uri("tidegate.toml")), "the faults of the file")
        found = editor.diagnostics[editor.uri("tidegate.toml")]
        assert sorted((item.range.start.line, item.range.start.character) for item in found) == [(0, 0), (2, 0)]
        editor.edit("models/a.sql", "select 1\n")
        await editor.has("models/a.sql")
