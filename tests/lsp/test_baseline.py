"""The editor shows what the command line shows: known findings are left out of both."""

from __future__ import annotations

from pathlib import Path

from lsprotocol import types as lsp

from tests.support.command import tidegate
from tests.support.editor import abilities, editing, write

PROJECT = "name: shop\nversion: '1.0'\nmodel-paths: [models]\n"
BAD = "select * from {{ ref('nowhere') }}\n"
FILES = {
    "dbt_project.yml": PROJECT,
    "tidegate.toml": "select = ['TG706']\n",
    "models/a.sql": BAD,
    "models/b.sql": BAD,
}


def write_baseline(root: Path, file: str = ".tidegate-baseline.json") -> None:
    assert tidegate(root, "check", "--write-baseline", "--baseline", file).status == 0


def reported(root: Path) -> dict[str, list[str]]:
    """What the command line reports."""
    found: dict[str, list[str]] = {}
    for item in tidegate(root, "check", "--format", "json").report["findings"]:
        found.setdefault(item["path"], []).append(item["code"])
    return found


async def test_known_findings_are_not_shown(tmp_path: Path) -> None:
    root = write(tmp_path / "shop", FILES)
    write_baseline(root)
    async with editing(root) as editor:
        editor.open("models/a.sql")
        await editor.until(lambda: editor.progress_reports)
        await editor.quiet()
        assert editor.pushed() == reported(root) == {}

        editor.edit("models/a.sql", BAD + "-- and another\nunion all select * from {{ ref('elsewhere') }}\n")
        await editor.has("models/a.sql", "TG706")
        place = editor.diagnostics[editor.uri("models/a.sql")][0].range
        assert place.start.line == 2
        actions = await editor.text_document_code_action_async(
            lsp.CodeActionParams(
                editor.document("models/a.sql"),
                lsp.Range(lsp.Position(0, 0), lsp.Position(0, 30)),
                lsp.CodeActionContext([]),
            )
        )
        assert not [action for action in actions or () if isinstance(action, lsp.CodeAction) and action.diagnostics]
        kinds = {action.kind for action in actions or () if isinstance(action, lsp.CodeAction)}
        assert lsp.CodeActionKind.QuickFix not in kinds, "no fix is offered for what is not shown"


async def test_the_first_of_several_like_findings_are_the_known_ones(tmp_path: Path) -> None:
    alone = {path: text for path, text in FILES.items() if path != "models/a.sql"}
    root = write(tmp_path / "shop", alone)
    write_baseline(root)
    async with editing(root) as editor:
        await editor.until(lambda: editor.progress_reports)
        await editor.quiet()
        assert editor.pushed() == reported(root) == {}

        write(root, {"models/a.sql": BAD})
        editor.tell(lsp.FileChangeType.Created, "models/a.sql")
        await editor.has("models/b.sql", "TG706")
        await editor.has("models/a.sql")
        assert editor.pushed() == reported(root)

        (root / "models/a.sql").unlink()
        editor.tell(lsp.FileChangeType.Deleted, "models/a.sql")
        await editor.has("models/b.sql")
        assert reported(root) == {}


async def test_the_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    root = write(tmp_path / "shop", FILES)
    async with editing(root) as editor:
        await editor.has("models/a.sql", "TG706")
        await editor.has("models/b.sql", "TG706")
        patterns = [str(w["globPattern"]) for item in editor.registered for w in _watchers(item)]
        assert "**/.tidegate-baseline.json" in patterns

        write_baseline(root)
        editor.tell(lsp.FileChangeType.Created, ".tidegate-baseline.json")
        await editor.has("models/a.sql")
        await editor.has("models/b.sql")

        (root / ".tidegate-baseline.json").unlink()
        editor.tell(lsp.FileChangeType.Deleted, ".tidegate-baseline.json")
        await editor.has("models/a.sql", "TG706")
        await editor.has("models/b.sql", "TG706")


async def test_another_file_may_be_configured(tmp_path: Path) -> None:
    root = write(tmp_path / "shop", FILES)
    write_baseline(root, "known.json")
    async with editing(root) as editor:
        await editor.has("models/a.sql", "TG706")
        write(root, {"tidegate.toml": "baseline = 'known.json'\n"})
        editor.tell(lsp.FileChangeType.Changed, "tidegate.toml")
        await editor.has("models/a.sql")


async def test_without_watched_files_a_save_is_the_moment_to_look(tmp_path: Path) -> None:
    root = write(tmp_path / "shop", FILES)
    async with editing(root, abilities(watch=False)) as editor:
        editor.open("models/a.sql")
        await editor.has("models/a.sql", "TG706")
        await editor.has("models/b.sql", "TG706")
        write_baseline(root)
        editor.text_document_did_save(lsp.DidSaveTextDocumentParams(editor.document("models/a.sql")))
        await editor.has("models/b.sql")
        await editor.has("models/a.sql")


async def test_a_broken_file_is_told_and_hides_nothing(tmp_path: Path) -> None:
    root = write(tmp_path / "shop", {**FILES, ".tidegate-baseline.json": "{"})
    async with editing(root) as editor:
        await editor.has("models/a.sql", "TG706")
        assert any("the baseline" in message.message for message in editor.log_messages)


def _watchers(item: lsp.Registration) -> list[dict[str, object]]:
    options = item.register_options
    return options.get("watchers", []) if isinstance(options, dict) else []


async def test_a_known_finding_of_a_project_speaks_for_its_open_files(tmp_path: Path) -> None:
    names = [f"m{number}" for number in range(12)]
    exposure = "  - {name: board, type: dashboard, owner: {email: a@b.c}, depends_on: [%s]}\n"
    files = {
        "dbt_project.yml": PROJECT,
        "tidegate.toml": "ignore = ['TG310', 'TG605']\n",
        "models/exposures.yml": "exposures:\n" + exposure % ", ".join(f"ref('{name}')" for name in names),
        **{f"models/{name}.sql": "select 1 as id\n" for name in names},
    }
    root = write(tmp_path / "shop", files)
    async with editing(root) as editor:
        editor.open("models/m1.sql")
        await editor.has("models/m1.sql", "TG101")
        await editor.has("dbt_project.yml", "TG101")
        write_baseline(root)
        editor.tell(lsp.FileChangeType.Created, ".tidegate-baseline.json")
        await editor.has("dbt_project.yml")
        await editor.has("models/m1.sql")
