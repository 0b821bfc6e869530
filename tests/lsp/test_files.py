"""The world around the documents: files on disk, settings, and the folders an editor works in."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types as lsp

from tests.support.editor import Editor, abilities, editing, write

Kind = lsp.FileChangeType
PROJECT = "name: shop\nversion: '1.0'\nmodel-paths: [models]\n"
LOST = "select * from {{ ref('nowhere') }}\n"
SHOP = {
    "dbt_project.yml": PROJECT,
    "models/a.sql": LOST,
    "models/b.sql": "select * from {{ ref('a') }}\n",
}


def folders(editor: Editor, *, added: tuple[str, ...] = (), removed: tuple[str, ...] = ()) -> None:
    """Say that the editor works in other folders."""
    event = lsp.WorkspaceFoldersChangeEvent(
        [lsp.WorkspaceFolder(editor.uri(path), path) for path in added],
        [lsp.WorkspaceFolder(editor.uri(path), path) for path in removed],
    )
    editor.workspace_did_change_workspace_folders(lsp.DidChangeWorkspaceFoldersParams(event))


# -- files on disk ------------------------------------------------------------------------------------------------------


async def test_the_client_is_asked_to_watch_files(tmp_path: Path) -> None:
    root = write(tmp_path / "shop", SHOP)
    async with editing(root) as editor:
        await editor.until(lambda: editor.registered)
        (item,) = editor.registered
        assert item.method == lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES
    async with editing(root, abilities(watch=False)) as editor:
        await editor.has("models/a.sql", "TG706")
        assert editor.registered == []


async def test_files_come_change_move_and_go(tmp_path: Path) -> None:
    root = write(tmp_path / "shop", SHOP)
    async with editing(root) as editor:
        await editor.has("models/a.sql", "TG706")

        write(root, {"models/nowhere.sql": "select 1 as id\n"})
        editor.tell(Kind.Created, "models/nowhere.sql")
        await editor.has("models/a.sql")

        write(root, {"models/nowhere.sql": "select * from {{ ref('gone') }}\n"})
        editor.tell(Kind.Changed, "models/nowhere.sql")
        await editor.has("models/nowhere.sql", "TG706")

        (root / "models/nowhere.sql").rename(root / "models/moved.sql")
        editor.tell(Kind.Deleted, "models/nowhere.sql")
        editor.tell(Kind.Created, "models/moved.sql")
        await editor.has("models/moved.sql", "TG706")
        await editor.has("models/nowhere.sql")
        await editor.has("models/a.sql", "TG706")

        (root / "models/a.sql").unlink()
        editor.tell(Kind.Deleted, "models/a.sql")
        await editor.has("models/a.sql")
        await editor.has("models/b.sql", "TG706")


async def test_what_dbt_leaves_is_read_again_when_it_runs(tmp_path: Path) -> None:
    files = {
        "dbt_project.yml": PROJECT + "target-path: out\n",
        "models/web.yml": "sources:\n  - name: web\n    tables:\n      - name: orders\n",
        "models/a.sql": "select old from {{ source('web', 'orders') }}\n",
        ".gitignore": "out/\n",
    }
    whole = (
        '{"metadata": {}, "nodes": {}, "sources": {"source.shop.web.orders": {"columns": {"%s": {"type": "TEXT"}}}}}'
    )
    root = write(tmp_path / "shop", files)
    async with editing(root) as editor:
        await editor.has("models/web.yml", "TG601")
        await editor.has("models/a.sql")

        write(root, {"out/catalog.json": whole % "new"})
        editor.tell(Kind.Created, "out/catalog.json")
        await editor.has("models/a.sql", "TG709")

        write(root, {"out/catalog.json": whole[:50]})
        editor.tell(Kind.Changed, "out/catalog.json")
        await editor.has("models/a.sql")

        write(root, {"out/catalog.json": whole % "renewed"})
        editor.tell(Kind.Changed, "out/catalog.json")
        await editor.has("models/a.sql", "TG709")

        write(root, {"out/catalog.json": whole % "old"})
        editor.tell(Kind.Changed, "out/catalog.json")
        await editor.has("models/a.sql")

        write(root, {"out/catalog.json": whole % "new"})
        editor.tell(Kind.Changed, "out/catalog.json")
        await editor.has("models/a.sql", "TG709")

        (root / "out/catalog.json").unlink()
        editor.tell(Kind.Deleted, "out/catalog.json")
        await editor.has("models/a.sql")


async def test_a_whole_folder_comes_and_goes(tmp_path: Path) -> None:
    """Clients tell of the folder alone, and not of what is in it."""
    root = write(tmp_path / "shop", SHOP)
    async with editing(root) as editor:
        await editor.has("models/a.sql", "TG706")
        write(root, {"models/more/nowhere.sql": "select 1 as id\n", "models/more/c.sql": LOST.replace("where", "body")})
        editor.tell(Kind.Created, "models/more")
        await editor.has("models/a.sql")
        await editor.has("models/more/c.sql", "TG706")
        for name in ("nowhere.sql", "c.sql"):
            (root / "models/more" / name).unlink()
        (root / "models/more").rmdir()
        editor.tell(Kind.Deleted, "models/more")
        await editor.has("models/more/c.sql")
        await editor.has("models/a.sql", "TG706")


async def test_of_open_files_the_editor_has_the_truth(tmp_path: Path) -> None:
    root = write(tmp_path / "shop", SHOP)
    async with editing(root) as editor:
        editor.open("models/a.sql")
        await editor.has("models/a.sql", "TG706")
        write(root, {"models/a.sql": "select 1 as id\n"})
        editor.tell(Kind.Changed, "models/a.sql")
        await editor.quiet()
        assert editor.codes("models/a.sql") == ["TG706"]
        (root / "models/a.sql").unlink()
        editor.tell(Kind.Deleted, "models/a.sql")
        await editor.quiet()
        assert editor.codes("models/a.sql") == ["TG706"]
        editor.close("models/a.sql")
        await editor.has("models/a.sql")
        await editor.has("models/b.sql", "TG706")


async def test_a_project_is_read_anew_when_its_paths_change(tmp_path: Path) -> None:
    root = write(tmp_path / "shop", {**SHOP, "late/c.sql": LOST})
    async with editing(root) as editor:
        await editor.has("models/a.sql", "TG706")
        editor.open("dbt_project.yml")
        editor.edit("dbt_project.yml", PROJECT.replace("[models]", "[late]"))
        await editor.has("late/c.sql", "TG706")
        await editor.has("models/a.sql")
        editor.edit("dbt_project.yml", "name: [\n")  # half typed: it says what it said last
        await editor.until(lambda: "TG002" in editor.codes("dbt_project.yml"))
        await editor.quiet()
        assert editor.codes("late/c.sql") == ["TG706"]


async def test_what_gitignore_names_is_not_read(tmp_path: Path) -> None:
    root = write(tmp_path / "shop", {**SHOP, ".gitignore": "models/old/\n", "models/old/c.sql": LOST})
    async with editing(root) as editor:
        await editor.has("models/a.sql", "TG706")
        editor.tell(Kind.Changed, "models/old/c.sql")
        await editor.quiet()
        assert list(editor.pushed()) == ["models/a.sql"]
        write(root, {".gitignore": ""})
        editor.tell(Kind.Changed, ".gitignore")
        await editor.has("models/old/c.sql", "TG706")


async def test_without_watching_a_save_is_the_moment_to_look(tmp_path: Path) -> None:
    root = write(tmp_path / "shop", SHOP)
    async with editing(root, abilities(watch=False)) as editor:
        editor.open("models/b.sql")
        await editor.has("models/a.sql", "TG706")
        write(root, {"models/nowhere.sql": "select 1 as id\n"})
        editor.text_document_did_save(lsp.DidSaveTextDocumentParams(editor.document("models/b.sql")))
        await editor.has("models/a.sql")


# -- settings -----------------------------------------------------------------------------------------------------------


async def test_the_configuration_file_is_read_again(tmp_path: Path) -> None:
    root = write(tmp_path / "shop", SHOP)
    async with editing(root) as editor:
        await editor.has("models/a.sql", "TG706")
        write(root, {"tidegate.toml": "ignore = ['TG706']\n"})
        editor.tell(Kind.Created, "tidegate.toml")
        await editor.has("models/a.sql")

        write(root, {"tidegate.toml": "[severity]\nTG706 = 'hint'\n"})
        editor.tell(Kind.Changed, "tidegate.toml")
        await editor.has("models/a.sql", "TG706")
        severities = [item.severity for item in editor.diagnostics[editor.uri("models/a.sql")]]
        assert severities == [lsp.DiagnosticSeverity.Hint]

        write(root, {"tidegate.toml": "profil = 'strict'\n"})
        editor.tell(Kind.Changed, "tidegate.toml")
        await editor.until(lambda: editor.diagnostics.get(editor.uri("tidegate.toml")))
        (fault,) = editor.diagnostics[editor.uri("tidegate.toml")]
        assert fault.range == lsp.Range(lsp.Position(0, 0), lsp.Position(0, 6))
        assert "unknown key 'profil'" in fault.message

        (root / "tidegate.toml").unlink()
        editor.tell(Kind.Deleted, "tidegate.toml")
        await editor.until(lambda: not editor.diagnostics[editor.uri("tidegate.toml")])
        await editor.has("models/a.sql", "TG706")


@pytest.mark.parametrize("wrap", [lambda s: s, lambda s: {"tidegate": s}, lambda s: {"settings": s}], ids=range(3))
async def test_settings_are_pushed(tmp_path: Path, wrap: object) -> None:
    assert callable(wrap)
    root = write(tmp_path / "shop", SHOP)
    async with editing(root, options=wrap({"ignore": ["TG706"]})) as editor:
        editor.open("models/nowhere.sql", "select * from {{ source('a', 'b') }}\n")
        await editor.until(editor.is_done)
        await editor.quiet()
        assert editor.pushed() == {}
        editor.workspace_did_change_configuration(lsp.DidChangeConfigurationParams(wrap({"ignore": ["TG605"]})))
        await editor.has("models/nowhere.sql", "TG706")


async def test_settings_are_asked_for(tmp_path: Path) -> None:
    root = write(tmp_path / "shop", SHOP)
    async with editing(root, abilities(asks=True), settings={"ignore": ["TG706"]}) as editor:
        await editor.until(lambda: len(editor.registered) == 2)
        assert {item.method for item in editor.registered} == {
            lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES,
            lsp.WORKSPACE_DID_CHANGE_CONFIGURATION,
        }
        await editor.until(editor.is_done)
        await editor.quiet()
        assert editor.pushed() == {}
        editor.set_configuration({"perPathIgnores": {"models/b.sql": ["TG706"]}}, section="tidegate")
        editor.workspace_did_change_configuration(lsp.DidChangeConfigurationParams(None))
        await editor.has("models/a.sql", "TG706")


async def test_the_file_wins_over_the_editor(tmp_path: Path) -> None:
    root = write(tmp_path / "shop", {**SHOP, "tidegate.toml": "ignore = []\n"})
    async with editing(root, options={"ignore": ["TG706"]}) as editor:
        await editor.has("models/a.sql", "TG706")


async def test_a_wrong_setting_is_told_and_the_others_hold(tmp_path: Path) -> None:
    root = write(tmp_path / "shop", SHOP)
    async with editing(root, options={"profile": "strickt", "severity": {"TG706": "hint"}}) as editor:
        await editor.has("models/a.sql", "TG706")
        severities = [item.severity for item in editor.diagnostics[editor.uri("models/a.sql")]]
        assert severities == [lsp.DiagnosticSeverity.Hint]
        assert any("profile" in message.message for message in editor.log_messages)


# -- folders ------------------------------------------------------------------------------------------------------------


async def test_several_folders_do_not_know_each_other(tmp_path: Path) -> None:
    root = write(tmp_path / "work", {f"{name}/{path}": text for name in ("one", "two") for path, text in SHOP.items()})
    write(root, {"two/models/nowhere.sql": "select 1 as id\n"})
    async with editing(root, folders=("one", "two")) as editor:
        await editor.has("one/models/a.sql", "TG706")
        await editor.quiet()
        assert editor.pushed() == {"one/models/a.sql": ["TG706"]}
        (root / "two/models/nowhere.sql").unlink()
        editor.tell(Kind.Deleted, "two/models/nowhere.sql")
        await editor.has("two/models/a.sql", "TG706")


async def test_folders_come_and_go(tmp_path: Path) -> None:
    root = write(tmp_path / "work", {f"{name}/{path}": text for name in ("one", "two") for path, text in SHOP.items()})
    async with editing(root, folders=("one",)) as editor:
        await editor.has("one/models/a.sql", "TG706")
        folders(editor, added=("two",))
        await editor.has("two/models/a.sql", "TG706")
        folders(editor, removed=("one",))
        await editor.has("one/models/a.sql")
        assert editor.codes("two/models/a.sql") == ["TG706"]
        folders(editor, added=("one",), removed=("two",))
        await editor.has("one/models/a.sql", "TG706")
        await editor.has("two/models/a.sql")


async def test_a_document_outlives_its_folder(tmp_path: Path) -> None:
    """Alone, a model can't be judged: what its folder said of it is taken back."""
    root = write(tmp_path / "work", {f"one/{path}": text for path, text in SHOP.items()})
    async with editing(root, folders=("one",)) as editor:
        editor.open("one/models/a.sql")
        await editor.has("one/models/a.sql", "TG706")
        folders(editor, removed=("one",))
        await editor.has("one/models/a.sql")
        folders(editor, added=("one",))
        await editor.has("one/models/a.sql", "TG706")


async def test_a_folder_of_a_workspace_shows_its_own_files_alone(tmp_path: Path) -> None:
    """The whole root is read, so that references are right."""
    root = write(tmp_path / "shop", {**SHOP, "tidegate.toml": "", "models/late/c.sql": LOST})
    async with editing(root, folders=("models/late",)) as editor:
        await editor.has("models/late/c.sql", "TG706")
        await editor.quiet()
        assert list(editor.pushed()) == ["models/late/c.sql"]
        editor.open("models/nowhere.sql", "select 1 as id\n")
        await editor.has("models/late/c.sql")


async def test_a_project_in_a_sub_folder(tmp_path: Path) -> None:
    root = write(tmp_path / "work", {f"apps/shop/{path}": text for path, text in SHOP.items()})
    async with editing(root) as editor:
        await editor.has("apps/shop/models/a.sql", "TG706")
        await editor.quiet()
        assert list(editor.pushed()) == ["apps/shop/models/a.sql"]


async def test_a_root_inside_a_root(tmp_path: Path) -> None:
    """It has its own configuration and is read for itself, whenever it is found."""
    inner = {f"apps/shop/{path}": text for path, text in SHOP.items()}
    root = write(tmp_path / "work", {**SHOP, **inner, "tidegate.toml": "", "models/nowhere.sql": "select 1 as id\n"})
    write(root, {"apps/shop/tidegate.toml": "[severity]\nTG706 = 'info'\n"})
    path = "apps/shop/models/a.sql"
    async with editing(root) as editor:
        editor.open(path)  # before anything is read
        await editor.has(path, "TG706")
        await editor.quiet()
        assert editor.pushed() == {path: ["TG706"]}
        assert [d.severity for d in editor.diagnostics[editor.uri(path)]] == [lsp.DiagnosticSeverity.Information]
        editor.close(path)
        await editor.quiet()
        assert [d.severity for d in editor.diagnostics[editor.uri(path)]] == [lsp.DiagnosticSeverity.Information]


async def test_a_root_inside_a_root_comes_and_goes(tmp_path: Path) -> None:
    root = write(tmp_path / "work", {f"apps/shop/{path}": text for path, text in SHOP.items()})
    path, config = "apps/shop/models/a.sql", "apps/shop/tidegate.toml"
    async with editing(root) as editor:
        await editor.has(path, "TG706")
        write(root, {config: "[severity]\nTG706 = 'info'\n"})
        editor.tell(Kind.Created, config)
        await editor.until(lambda: _severities(editor, path) == [lsp.DiagnosticSeverity.Information])
        await editor.quiet()
        assert _severities(editor, path) == [lsp.DiagnosticSeverity.Information]
        (root / config).unlink()
        editor.tell(Kind.Deleted, config)
        await editor.until(lambda: _severities(editor, path) == [lsp.DiagnosticSeverity.Error])
        await editor.quiet()
        assert _severities(editor, path) == [lsp.DiagnosticSeverity.Error]


async def test_a_file_outside_of_every_folder_is_read_with_its_own_project(tmp_path: Path) -> None:
    root = write(tmp_path / "work", {f"one/{path}": text for path, text in SHOP.items()})
    write(root, {**{f"two/{path}": text for path, text in SHOP.items()}, "two/tidegate.toml": ""})
    async with editing(root, folders=("one",)) as editor:
        await editor.has("one/models/a.sql", "TG706")
        editor.open("two/models/b.sql")
        await editor.quiet()
        assert list(editor.pushed()) == ["one/models/a.sql"], "of its neighbours nothing is shown"
        editor.edit("two/models/b.sql", LOST)
        await editor.has("two/models/b.sql", "TG706")
        editor.close("two/models/b.sql")
        await editor.has("two/models/b.sql")
        write(root, {"two/models/b.sql": LOST})
        editor.tell(Kind.Changed, "two/models/b.sql")
        await editor.quiet()
        assert list(editor.pushed()) == ["one/models/a.sql"]


def _severities(editor: Editor, path: str) -> list[lsp.DiagnosticSeverity | None]:
    return [item.severity for item in editor.diagnostics.get(editor.uri(path), ())]
