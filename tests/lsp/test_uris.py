"""Addresses as clients write them: drive letters, hosts, escapes, links. One file is one file, however it is named."""

from __future__ import annotations

import sys
import unicodedata
from pathlib import Path

import pytest
from lsprotocol import types as lsp

from tests.support.editor import Editor, abilities, editing, write
from tidegate_server.lsp import convert

LOST = "select * from {{ ref('nowhere') }}\n"
SHOP = {"dbt_project.yml": "name: shop\nversion: '1.0'\nmodel-paths: [models]\n", "models/a.sql": LOST}
NFC, NFD = (unicodedata.normalize(form, "commandé") for form in ("NFC", "NFD"))


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///c%3A/work/a.sql", "C:\\work\\a.sql"),  # Visual Studio Code
        ("file:///c:/work/a.sql", "C:\\work\\a.sql"),
        ("file:///C:/work/a.sql", "C:\\work\\a.sql"),
        ("file:///C%3a/work/a.sql", "C:\\work\\a.sql"),
        ("file://localhost/c:/work/a.sql", "C:\\work\\a.sql"),
        ("file:c:/work/a.sql", "C:\\work\\a.sql"),
        ("FILE:///c:/work/a.sql", "C:\\work\\a.sql"),
        ("file:///c:/", "C:\\"),
        ("file:///c:/a%20b%23c%3Fd%25/%C3%A9.sql", "C:\\a b#c?d%\\é.sql"),
        ("file://server/share/a.sql", "\\\\server\\share\\a.sql"),
        ("file://server/c%24/a.sql", "\\\\server\\c$\\a.sql"),
        ("file:////server/share/a.sql", "\\\\server\\share\\a.sql"),
        ("file://localhost/c%3A/work/a.sql", "C:\\work\\a.sql"),
        ("file://wsl.localhost/Ubuntu/home/a.sql", "\\\\wsl.localhost\\Ubuntu\\home\\a.sql"),
        ("file://wsl%24/Ubuntu/home/a.sql", "\\\\wsl$\\Ubuntu\\home\\a.sql"),
        ("untitled:c:/work/a.sql", None),
        ("git:/c:/work/a.sql?%7B%7D", None),
        ("vscode-notebook-cell:/c:/work/a.ipynb#W0", None),
        ("http://[", None),
    ],
)
def test_addresses_on_windows(uri: str, path: str | None) -> None:
    assert convert.uri_to_path(uri, windows=True) == path


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///work/a.sql", "/work/a.sql"),
        ("file://localhost/work/a.sql", "/work/a.sql"),
        ("file:/work/a.sql", "/work/a.sql"),
        ("file:///work/a%20b/%23c/d%3Fe%25f.sql", "/work/a b/#c/d?e%f.sql"),
        ("file:///work/a+b&c=d.sql", "/work/a+b&c=d.sql"),
        ("file:///work/%C3%A9.sql", "/work/é.sql"),
        ("file:///work/é.sql", "/work/é.sql"),
        ("file:///work/%F0%9F%98%80.sql", "/work/\U0001f600.sql"),
        ("file:///work/a.sql?x=1#L3", "/work/a.sql"),
        ("file:///c:/work/a.sql", "/c:/work/a.sql"),  # a folder may be called so
        ("file:///c%3A/work/a.sql", "/c:/work/a.sql"),
        ("untitled:Untitled-1", None),
        ("", None),
        ("/work/a.sql", None),
    ],
)
def test_addresses_elsewhere(uri: str, path: str | None) -> None:
    assert convert.uri_to_path(uri, windows=False) == path


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("C:\\work\\a b.sql", "file:///c%3A/work/a%20b.sql"),
        ("\\\\server\\share\\a#b.sql", "file://server/share/a%23b.sql"),
        ("C:\\é\\100%?.sql", "file:///c%3A/%C3%A9/100%25%3F.sql"),
    ],
)
def test_paths_on_windows(path: str, uri: str) -> None:
    assert convert.path_to_uri(path, windows=True) == uri
    assert convert.uri_to_path(uri, windows=True) == path


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("/work/a b.sql", "file:///work/a%20b.sql"),
        ("/work/a#b?c%d.sql", "file:///work/a%23b%3Fc%25d.sql"),
        (f"/work/{NFC}.sql", "file:///work/command%C3%A9.sql"),
        (f"/work/{NFD}.sql", "file:///work/commande%CC%81.sql"),
        ("/work/a\\b.sql", "file:///work/a%5Cb.sql"),  # a character like any other
    ],
)
def test_paths_elsewhere(path: str, uri: str) -> None:
    assert convert.path_to_uri(path, windows=False) == uri
    assert convert.uri_to_path(uri, windows=False) == path


FOLDERS = ["a b", "a#b", "100%25", "a%20b", "a+b&c=d;e", "[x]{y}", "'q'", NFC, NFD, "\U0001f600"]
if sys.platform != "win32":
    FOLDERS += ["a?b", "c:", "a\\b"]


@pytest.mark.parametrize("name", FOLDERS, ids=ascii)
async def test_a_folder_of_any_name(tmp_path: Path, name: str) -> None:
    root = write(tmp_path / name, {**SHOP, f"models/{name.replace(':', '')}.sql": LOST})
    async with editing(root, environment={"TIDEGATE_CACHE_DIR": str(tmp_path / "cache")}) as editor:
        await editor.has("models/a.sql", "TG706")
        inner = f"models/{name.replace(':', '')}.sql"
        await editor.has(inner, "TG706")
        editor.open(inner)
        editor.edit(inner, "select 1 as id\n")
        await editor.has(inner)
        assert {item.uri for item in editor.published} == {editor.uri("models/a.sql"), editor.uri(inner)}


@pytest.mark.parametrize("escape", ["%{:02X}", "%{:02x}"])
async def test_the_clients_own_spelling_is_kept(tmp_path: Path, escape: str) -> None:
    """A client takes diagnostics for a file only under the address it knows the file by."""
    root = write(tmp_path / "shop", SHOP)
    written = root.as_uri().replace("/shop", "/" + "".join(escape.format(ord(char)) for char in "shop"))
    uri = f"{written}/models/a.sql"
    able = lsp.InitializeParams(abilities(), workspace_folders=[lsp.WorkspaceFolder(written, "shop")])
    editor = Editor(root)
    await editor.launch({"TIDEGATE_CACHE_DIR": str(tmp_path / "cache")})
    await editor.initialize_session(able)
    await editor.until(lambda: editor.diagnostics.get(uri))
    item = lsp.TextDocumentItem(uri, "sql", 1, "select 1 as id\n")
    editor.text_document_did_open(lsp.DidOpenTextDocumentParams(item))
    await editor.until(lambda: not editor.diagnostics[uri])
    assert {found.uri for found in editor.published} == {uri}
    await editor.leave()


async def test_a_document_may_be_spelt_unlike_its_folder(tmp_path: Path) -> None:
    """The address of the folder is percent-encoded by the client, that of the document is not, or the other way."""
    root = write(tmp_path / "commandé é", SHOP)
    plain = f"file://{tmp_path}/commandé é/models/a.sql"
    async with editing(root) as editor:
        await editor.has("models/a.sql", "TG706")
        item = lsp.TextDocumentItem(plain, "sql", 1, LOST.replace("nowhere", "nobody"))
        editor.text_document_did_open(lsp.DidOpenTextDocumentParams(item))
        await editor.until(lambda: any("nobody" in found.message for found in editor.diagnostics.get(plain, ())))
        # It is the same file: the client must not show the old finding under the other address.
        await editor.has("models/a.sql")
        editor.text_document_did_close(lsp.DidCloseTextDocumentParams(lsp.TextDocumentIdentifier(plain)))
        await editor.until(lambda: not editor.diagnostics[plain])
        await editor.has("models/a.sql", "TG706")


@pytest.mark.parametrize("folder", ["link", "real"])
@pytest.mark.parametrize("document", ["link", "real"])
async def test_roots_behind_links(tmp_path: Path, folder: str, document: str) -> None:
    """Whichever way the folder and the document are named, findings come under the names the client uses."""
    write(tmp_path / "real", {**SHOP, "models/b.sql": LOST})
    (tmp_path / "link").symlink_to(tmp_path / "real")
    async with editing(tmp_path, folders=(folder,)) as editor:
        await editor.has(f"{folder}/models/a.sql", "TG706")
        await editor.has(f"{folder}/models/b.sql", "TG706")
        path = f"{document}/models/a.sql"
        editor.open(path)
        editor.edit(path, "select * from {{ ref('b') }}, {{ ref('nobody') }}\n")
        await editor.until(lambda: "nobody" in str(editor.diagnostics.get(editor.uri(path))))
        await editor.quiet()
        assert editor.pushed() == {path: ["TG706"], f"{folder}/models/b.sql": ["TG706"]}
        editor.edit(path, "select * from {{ ref('b') }}\n")
        await editor.has(path)


async def test_links_that_lead_in_circles(tmp_path: Path) -> None:
    root = write(tmp_path / "shop", SHOP)
    (root / "models" / "again").symlink_to(root)
    (root / "models" / "itself.sql").symlink_to("itself.sql")
    async with editing(root) as editor:
        await editor.has("models/a.sql", "TG706")
        await editor.quiet()
        assert list(editor.pushed()) == ["models/a.sql"]
