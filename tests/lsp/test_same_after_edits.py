"""However fast files are edited, opened, closed, made and removed: in the end the editor shows what is found afresh."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest
from lsprotocol import types as lsp

from tests.support.command import tidegate, write
from tests.support.editor import Editor, abilities, editing
from tests.test_incremental import SHOP

Kind = lsp.FileChangeType
CONFIG = "rollup-min = 3\nrollup-below = 0.5\n"
CONFIGS = [CONFIG, CONFIG + "ignore = ['TG605']\n", CONFIG + "[severity]\nTG101 = 'hint'\n"]


def found_afresh(root: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for item in tidegate(root, "check", "--format", "json", "--no-cache").report["findings"]:
        found.setdefault(item["path"], []).append(f"{item['location']['line']} {item['severity']} {item['message']}")
    return {path: sorted(items) for path, items in found.items()}


def shown(editor: Editor, diagnostics: dict[str, list[lsp.Diagnostic]]) -> dict[str, list[str]]:
    severities = ("", "error", "warning", "info", "hint")
    prefix = editor.root.as_uri() + "/"
    return {
        uri.removeprefix(prefix): sorted(
            f"{item.range.start.line + 1} {severities[int(item.severity or 0)]} {item.message}" for item in items
        )
        for uri, items in diagnostics.items()
        if items
    }


async def step(editor: Editor, chance: random.Random, opened: set[str]) -> None:
    """One thing that a user or another program does."""
    path = chance.choice(sorted(SHOP))
    text = chance.choice(SHOP[path])
    file = editor.root / path
    action = chance.choice(("type", "type", "type", "write", "write", "write", "remove", "close", "configure"))
    if action == "type" and path in opened:
        editor.edit(path, text)
    elif action == "type":
        editor.open(path, text)
        opened.add(path)
    elif action == "close" and path in opened:
        editor.close(path)
        opened.remove(path)
    elif action == "write":
        kind = Kind.Changed if file.is_file() else Kind.Created
        write(editor.root, {path: text})
        editor.tell(kind, path)
    elif action == "remove" and file.is_file() and path != "dbt_project.yml":
        file.unlink()
        editor.tell(Kind.Deleted, path)
    elif action == "configure" and chance.random() < 0.2:
        write(editor.root, {"tidegate.toml": chance.choice(CONFIGS)})
        editor.tell(Kind.Changed, "tidegate.toml")
    await asyncio.sleep(chance.choice((0, 0, 0, 0.01, 0.06, 0.1)))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("pull", [False, True], ids=["pushed", "pulled"])
async def test_in_the_end_it_is_the_same(tmp_path: Path, seed: int, pull: bool) -> None:
    chance = random.Random(seed)
    root = write(tmp_path / "shop", {path: texts[0] for path, texts in SHOP.items()})
    write(root, {"tidegate.toml": CONFIG, "models/lost.sql": "select * from {{ ref('nowhere') }}\n"})
    opened: set[str] = set()
    async with editing(root, abilities(pull=pull)) as editor:
        for _ in range(60):
            await step(editor, chance, opened)
        for path in sorted(opened):
            editor.close(path)
        expected = found_afresh(root)
        assert expected, "there is something to find"
        if not pull:
            pushed = editor.diagnostics
            await editor.until(
                lambda: shown(editor, {u: list(i) for u, i in pushed.items()}) == expected, str(expected)
            )
            await editor.quiet()
            assert shown(editor, {uri: list(items) for uri, items in pushed.items()}) == expected
            return
        found: dict[str, list[str]] = {}
        for _ in range(100):
            report = await editor.workspace_diagnostic_async(lsp.WorkspaceDiagnosticParams([], "tidegate"))
            full = [item for item in report.items if isinstance(item, lsp.WorkspaceFullDocumentDiagnosticReport)]
            found = shown(editor, {item.uri: list(item.items) for item in full})
            if found == expected:
                return
            await asyncio.sleep(0.2)
        assert found == expected
