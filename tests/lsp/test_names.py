"""Names through the process: definition, references, highlights, symbols of the workspace, renames of names and files."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from tests.support.editor import Editor, abilities, editing, write
from tidegate_analyzers.text import Document, Edit, Position, Span, apply_edits

pytestmark = pytest.mark.asyncio(loop_scope="module")

ORDERS = "models/orders.sql"
YAML = "models/shop.yml"
CONTRACT = "contracts/orders.yaml"
SHOP = {
    "dbt_project.yml": "name: shop\nversion: '1.0'\nvars: {first_day: 1}\n",
    ORDERS: "select '🦆' as duck, id from {{ ref('stg_orders') }} where day > {{ var('first_day') }}\n",
    "models/stg_orders.sql": "select * from {{ source('web', 'orders') }}\n",
    YAML: (
        "sources:\n  - name: web\n    tables:\n      - name: orders\n"
        "models:\n  - name: stg_orders\n    description: \"{{ doc('sales') }}\"\n  - name: orders\n"
    ),
    "models/texts.md": "{% docs sales %}\nOne row a sale.\n{% enddocs %}\n",
    "dags/shop.py": "from airflow import DAG\nDAG('shop')\nBashOperator(bash_command='dbt run -s stg_orders+')\n",
    CONTRACT: (
        "apiVersion: v3.1.0\nkind: DataContract\nid: orders\nversion: 1.0.0\nstatus: active\n"
        "schema:\n  - name: stg_orders\n"
    ),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def editor(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Editor]:
    """A session in which the files have been read; no test here changes them."""
    root = write(tmp_path_factory.mktemp("names") / "shop", SHOP)
    async with editing(root) as editor:
        await ready(editor)
        yield editor


async def ready(editor: Editor) -> None:
    """Everything is read, and every file open."""
    await editor.until(editor.is_done, "the end of indexing")
    await editor.quiet()
    for path in SHOP:
        editor.open(path)


def at(path: str, around: str) -> lsp.Position:
    """The place of the bar in a piece of a file's text."""
    before, bar, after = around.partition("|")
    text = SHOP[path]
    assert bar
    assert text.count(before + after) == 1, around
    start = text.index(before + after) + len(before)
    line = text.rfind("\n", 0, start) + 1
    return lsp.Position(text.count("\n", 0, start), len(text[line:start].encode("utf-16-le")) // 2)


def span(document: Document, place: lsp.Range) -> Span:
    """A range of UTF-16 units as a span."""

    def offset(position: lsp.Position) -> int:
        text = document.lines.line_text(position.line).encode("utf-16-le")[: position.character * 2].decode("utf-16-le")
        return document.lines.offset(Position(position.line, len(text)))

    return Span(offset(place.start), offset(place.end))


def words(editor: Editor, location: lsp.Location) -> str:
    """A place with its text: `models/orders.sql stg_orders`."""
    path = location.uri.removeprefix(editor.root.as_uri() + "/")
    document = Document(path, SHOP[path])
    return f"{path} {document.slice(span(document, location.range)).partition(chr(10))[0]}"


def applied(editor: Editor, edit: lsp.WorkspaceEdit) -> dict[str, str]:
    """The files after an edit."""
    files = dict(SHOP)
    prefix = editor.root.as_uri() + "/"
    for part in edit.document_changes or ():
        if isinstance(part, lsp.RenameFile):
            files[part.new_uri.removeprefix(prefix)] = files.pop(part.old_uri.removeprefix(prefix))
        else:
            assert isinstance(part, lsp.TextDocumentEdit)
            path = part.text_document.uri.removeprefix(prefix)
            assert part.text_document.version == 1
            document = Document(path, files[path])
            edits = []
            for item in part.edits:
                assert isinstance(item, lsp.AnnotatedTextEdit | lsp.TextEdit)
                edits.append(Edit(path, span(document, item.range), item.new_text))
            files[path] = apply_edits(document.text, edits)
    return files


async def renamed(editor: Editor, path: str, around: str, name: str) -> lsp.WorkspaceEdit:
    edit = await editor.text_document_rename_async(lsp.RenameParams(editor.document(path), at(path, around), name))
    assert edit is not None
    return edit


async def test_definition_is_the_file_and_declaration_the_entry(editor: Editor) -> None:
    place = (editor.document(ORDERS), at(ORDERS, "stg_|orders"))
    (defined,) = await editor.text_document_definition_async(lsp.DefinitionParams(*place))  # type: ignore[misc]
    assert isinstance(defined, lsp.LocationLink)
    assert defined.target_uri == editor.uri("models/stg_orders.sql")
    assert defined.origin_selection_range == lsp.Range(at(ORDERS, "'|stg_orders'"), at(ORDERS, "'stg_orders|'"))
    (declared,) = await editor.text_document_declaration_async(lsp.DeclarationParams(*place))  # type: ignore[misc]
    assert isinstance(declared, lsp.Location)
    assert words(editor, declared) == f"{YAML} stg_orders"


async def test_references(editor: Editor) -> None:
    place = (editor.document(ORDERS), at(ORDERS, "stg_|orders"))
    context = lsp.ReferenceContext(include_declaration=True)
    found = await editor.text_document_references_async(lsp.ReferenceParams(context, *place))
    assert [words(editor, item) for item in found or ()] == [
        f"{CONTRACT} stg_orders",
        "dags/shop.py stg_orders",
        f"{ORDERS} stg_orders",
        f"{YAML} stg_orders",
        "models/stg_orders.sql select * from {{ source('web', 'orders') }}",
    ]
    context = lsp.ReferenceContext(include_declaration=False)
    found = await editor.text_document_references_async(lsp.ReferenceParams(context, *place))
    assert YAML not in {words(editor, item).partition(" ")[0] for item in found or ()}


async def test_highlights(editor: Editor) -> None:
    params = lsp.DocumentHighlightParams(editor.document(YAML), at(YAML, "stg_|orders"))
    (found,) = await editor.text_document_document_highlight_async(params) or ()
    assert found.kind == lsp.DocumentHighlightKind.Write
    assert found.range.start == at(YAML, "|stg_orders")


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("stg_ord", ["stg_orders", "stg_orders"]),
        ("FIRST", ["first_day"]),
        ("sgt_orders", ["stg_orders", "stg_orders"]),
        ("zzz", []),
    ],
)
async def test_workspace_symbols(editor: Editor, query: str, names: list[str]) -> None:
    found = await editor.workspace_symbol_async(lsp.WorkspaceSymbolParams(query)) or ()
    assert [item.name for item in found][: len(names)] == names
    assert bool(found) == bool(names)


async def test_a_rename_of_a_model_moves_its_file_last(editor: Editor) -> None:
    params = lsp.PrepareRenameParams(editor.document(ORDERS), at(ORDERS, "stg_|orders"))
    prepared = await editor.text_document_prepare_rename_async(params)
    assert isinstance(prepared, lsp.PrepareRenamePlaceholder)
    assert prepared.placeholder == "stg_orders"
    edit = await renamed(editor, ORDERS, "stg_|orders", "stg_sales")
    assert isinstance((edit.document_changes or ())[-1], lsp.RenameFile)
    files = applied(editor, edit)
    assert files == {
        path.replace("stg_orders", "stg_sales"): text.replace("stg_orders", "stg_sales") for path, text in SHOP.items()
    }
    confirmed = {name: bool(note.needs_confirmation) for name, note in (edit.change_annotations or {}).items()}
    assert confirmed == {"dbt project": False, "Selections": False, "Contracts": True}


async def test_a_rename_of_a_source_table_keeps_what_is_read(editor: Editor) -> None:
    files = applied(editor, await renamed(editor, YAML, "  - name: |orders\nmodels", "sales"))
    assert "      - name: sales\n        identifier: orders\n" in files[YAML]
    assert files["models/stg_orders.sql"] == "select * from {{ source('web', 'sales') }}\n"


async def test_a_rename_of_a_docs_block_starts_in_its_markdown(editor: Editor) -> None:
    files = applied(editor, await renamed(editor, "models/texts.md", "{% docs s|ales", "sales_text"))
    assert "description: \"{{ doc('sales_text') }}\"" in files[YAML]
    assert files["models/texts.md"].startswith("{% docs sales_text %}")


async def test_a_name_that_is_taken_is_refused_in_words(editor: Editor) -> None:
    with pytest.raises(JsonRpcException, match=f"'orders' exists already: {ORDERS}"):
        await renamed(editor, ORDERS, "stg_|orders", "orders")
    with pytest.raises(JsonRpcException, match="nothing that can be renamed stands here"):
        await renamed(editor, ORDERS, "sel|ect", "goose")
    params = lsp.PrepareRenameParams(editor.document(ORDERS), at(ORDERS, "sel|ect"))
    assert await editor.text_document_prepare_rename_async(params) is None


async def test_a_file_that_is_renamed_takes_its_references_along(editor: Editor) -> None:
    moved = lsp.FileRename(editor.uri("models/stg_orders.sql"), editor.uri("models/staging/stg_sales.sql"))
    edit = await editor.workspace_will_rename_files_async(lsp.RenameFilesParams([moved]))
    assert edit is not None
    assert applied(editor, edit) == {path: text.replace("stg_orders", "stg_sales") for path, text in SHOP.items()}
    only_moved = lsp.FileRename(editor.uri("models/stg_orders.sql"), editor.uri("models/staging/stg_orders.sql"))
    assert await editor.workspace_will_rename_files_async(lsp.RenameFilesParams([only_moved])) is None


async def test_an_editor_that_renames_no_files_is_told_so(tmp_path: Path) -> None:
    async with editing(write(tmp_path / "shop", SHOP), abilities(moves=False)) as editor:
        await ready(editor)
        with pytest.raises(JsonRpcException, match="rename the file instead"):
            await renamed(editor, ORDERS, "stg_|orders", "stg_sales")
        files = applied(editor, await renamed(editor, ORDERS, "first_|day", "since"))
        assert "vars: {since: 1}" in files["dbt_project.yml"]


async def test_what_is_asked_too_early_waits_for_every_file(tmp_path: Path) -> None:
    """A rename from half of the files would break the others."""
    many = {f"models/many/m{number}.sql": "select 1 as id\n" for number in range(2_000)}
    async with editing(write(tmp_path / "shop", {**SHOP, **many})) as editor:
        editor.open(ORDERS)
        place = (editor.document(ORDERS), at(ORDERS, "stg_|orders"))
        moved = lsp.FileRename(editor.uri("models/stg_orders.sql"), editor.uri("models/stg_sales.sql"))
        naming = {editor.uri(path) for path, text in SHOP.items() if "stg_orders" in text}
        found, prepared, edit, following, items = await asyncio.gather(
            editor.text_document_references_async(lsp.ReferenceParams(lsp.ReferenceContext(True), *place)),
            editor.text_document_prepare_rename_async(lsp.PrepareRenameParams(*place)),
            editor.text_document_rename_async(lsp.RenameParams(*place, "stg_sales")),
            editor.workspace_will_rename_files_async(lsp.RenameFilesParams([moved])),
            editor.text_document_prepare_call_hierarchy_async(lsp.CallHierarchyPrepareParams(*place)),
        )
        assert editor.is_done()
        assert prepared is not None
        assert {location.uri for location in found or ()} >= naming
        for answer in (edit, following):
            assert answer is not None
            parts = [part for part in (answer.document_changes or ()) if isinstance(part, lsp.TextDocumentEdit)]
            assert {part.text_document.uri for part in parts} == naming
        (item,) = items or ()
        incoming = await editor.call_hierarchy_incoming_calls_async(lsp.CallHierarchyIncomingCallsParams(item))
        assert incoming


async def test_nothing_is_renamed_where_reading_was_stopped(tmp_path: Path) -> None:
    many = {f"models/many/m{number}.sql": "select 1 as id\n" for number in range(6_000)}
    root = write(tmp_path / "shop", {**SHOP, **many})
    async with editing(root, logs=True) as editor:
        await editor.until(lambda: editor.progress_reports)
        editor.open(ORDERS)
        (token,) = editor.progress_reports
        editor.window_work_done_progress_cancel(lsp.WorkDoneProgressCancelParams(token))
        with pytest.raises(JsonRpcException, match="the workspace was not read"):
            await renamed(editor, ORDERS, "stg_|orders", "stg_sales")


async def test_a_rename_fits_what_another_program_wrote(tmp_path: Path) -> None:
    """Also where the editor does not tell of files that change."""
    files = {
        "dbt_project.yml": "name: shop\n",
        "seeds/rates.csv": "country,rate\n",
        "models/report.sql": "select rate as now from {{ ref('rates') }}\n",
    }
    async with editing(write(tmp_path / "shop", files), abilities(watch=False)) as editor:
        await editor.until(editor.is_done, "the end of indexing")
        await editor.quiet()
        editor.open("models/report.sql")
        write(editor.root, {"seeds/rates.csv": "land,rate\n"})
        place = (editor.document("models/report.sql"), lsp.Position(0, 8))
        edit = await editor.text_document_rename_async(lsp.RenameParams(*place, "vat"))
        assert edit is not None
        ranges = {
            part.text_document.uri: [item.range.start.character for item in part.edits]
            for part in edit.document_changes or ()
            if isinstance(part, lsp.TextDocumentEdit)
        }
        assert ranges == {editor.uri("seeds/rates.csv"): [5], editor.uri("models/report.sql"): [7]}
