"""A session with the language server from start to end: indexing, and diagnostics pushed and pulled."""

from __future__ import annotations

import asyncio
import shutil
import time
from pathlib import Path

import pytest
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from tests.support.editor import Editor, abilities, editing, write
from tidegate_analyzers import reference_files

PLANTED = {
    "contracts/orders.odcs.yaml": ["TG107"],
    "dags/sql/load_orders.sql": ["TG201"],
    "pipeline.yaml": ["TG212", "TG301", "TG108"],
    "warehouse/models/marts/_marts.yml": ["TG101", "TG310"],
    "warehouse/models/marts/customers.sql": ["TG101", "TG310", "TG605", "TG706"],
    "warehouse/models/marts/daily_revenue.sql": ["TG202"],
}
CUSTOMERS = "warehouse/models/marts/customers.sql"
SHOP = {
    "dbt_project.yml": "name: shop\nversion: '1.0'\nmodel-paths: [models]\n",
    "models/a.sql": "select * from {{ ref('nowhere') }}\n",
    "models/b.sql": "select * from {{ ref('a') }}\n",
}


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    """A copy of the example workspace."""
    return Path(shutil.copytree(reference_files.root() / "examples" / "orders", tmp_path / "orders"))


async def pull(editor: Editor, path: str, previous: str | None = None) -> lsp.DocumentDiagnosticReport:
    params = lsp.DocumentDiagnosticParams(editor.document(path), "tidegate", previous)
    return await asyncio.wait_for(editor.text_document_diagnostic_async(params), 20)


async def pull_all(editor: Editor, previous: dict[str, str]) -> dict[str, lsp.WorkspaceFullDocumentDiagnosticReport]:
    """What a client does that shows the diagnostics of all files: one request after the other."""
    known = [lsp.PreviousResultId(uri, key) for uri, key in previous.items()]
    asked = editor.workspace_diagnostic_async(lsp.WorkspaceDiagnosticParams(known, "tidegate"))
    found: dict[str, lsp.WorkspaceFullDocumentDiagnosticReport] = {}
    for item in (await asyncio.wait_for(asked, 20)).items:
        assert isinstance(item, lsp.WorkspaceFullDocumentDiagnosticReport)
        found[item.uri] = item
        previous[item.uri] = str(item.result_id)
    return found


# -- start and end ------------------------------------------------------------------------------------------------------


async def test_initialize_is_answered_before_anything_is_read(tmp_path: Path) -> None:
    root = write(tmp_path / "shop", {**SHOP, **{f"models/m{i}.sql": "select 1 as id\n" for i in range(3_000)}})
    editor = Editor(root)
    await editor.launch({"TIDEGATE_CACHE_DIR": str(tmp_path / "cache")})
    folder = lsp.WorkspaceFolder(root.as_uri(), "shop")
    result = await asyncio.wait_for(
        editor.initialize_session(lsp.InitializeParams(abilities(), workspace_folders=[folder])), 20
    )
    assert not editor.published
    assert result.server_info is not None
    assert result.server_info.name == "tidegate"
    # Requests are answered while the workspace is read.
    editor.open("models/a.sql")
    started = time.monotonic()
    await asyncio.wait_for(editor.text_document_hover_async(_at(editor, "models/a.sql", 0, 3)), 20)
    await editor.until(lambda: len(_kinds(editor)) == 1)
    assert _kinds(editor)[0][-1] != "end" or time.monotonic() - started < 2
    await editor.leave()  # and it ends at once, whatever still runs
    assert editor.status == 0


async def test_reading_shows_its_progress(orders: Path) -> None:
    async with editing(orders) as editor:
        await editor.until(lambda: [kinds for kinds in _kinds(editor) if kinds[-1:] == ["end"]], "progress")
        (reports,) = editor.reports()
        assert _kinds(editor)[0][0] == "begin"
        assert (reports[0].title, reports[0].cancellable) == ("reading orders", True)
        shares = [report.percentage for report in reports if isinstance(report, lsp.WorkDoneProgressReport)]
        assert shares == sorted(share for share in shares if share is not None)
        assert shares, "a report between begin and end"


async def test_progress_is_not_shown_to_those_who_cannot(orders: Path) -> None:
    async with editing(orders, abilities(progress=False)) as editor:
        await editor.has(CUSTOMERS, *PLANTED[CUSTOMERS])
        assert not editor.progress_reports


async def test_reading_can_be_cancelled(tmp_path: Path) -> None:
    """What needs no other file is still told of open files."""
    files = {f"models/m{i}.sql": "select 1 as id\n" for i in range(6_000)}
    root = write(tmp_path / "shop", {**SHOP, **files, "pipeline.yaml": "apiVersion: tidegate/v1\nstages: {\n"})
    async with editing(root, logs=True) as editor:
        await editor.until(lambda: editor.progress_reports)
        (token,) = editor.progress_reports
        editor.window_work_done_progress_cancel(lsp.WorkDoneProgressCancelParams(token))
        await editor.until(editor.is_done)
        editor.open("pipeline.yaml")
        await editor.until(lambda: "TG002" in editor.codes("pipeline.yaml"))
        await editor.quiet()
        assert list(editor.pushed()) == ["pipeline.yaml"]
    assert editor.stderr == ["tidegate: reading " + str(root) + " was cancelled: only open files are looked at"]


async def test_what_is_announced(orders: Path) -> None:
    for able, pulls in (
        (abilities(), False),
        (abilities(pull=True), True),
        (abilities(pull=True, refresh=False), False),
    ):
        editor = Editor(orders)
        await editor.launch({})
        can = (await editor.initialize_session(lsp.InitializeParams(able))).capabilities
        await editor.leave()
        sync = can.text_document_sync
        assert isinstance(sync, lsp.TextDocumentSyncOptions)
        assert (sync.open_close, sync.change) == (True, lsp.TextDocumentSyncKind.Incremental)
        assert not sync.will_save
        assert not sync.will_save_wait_until
        assert sync.save
        assert can.hover_provider
        assert can.definition_provider
        assert can.document_symbol_provider
        assert can.workspace is not None
        assert can.workspace.workspace_folders == lsp.WorkspaceFoldersServerCapabilities(True, True)
        assert isinstance(can.code_action_provider, lsp.CodeActionOptions)
        assert can.code_action_provider.resolve_provider
        kinds = list(can.code_action_provider.code_action_kinds or ())
        assert kinds[:3] == ["quickfix", "refactor.rewrite", "refactor.extract"]
        assert kinds[3:] == ["source.describe.tidegate", "source.fixAll.tidegate"]
        assert (can.diagnostic_provider is not None) is pulls


# -- diagnostics --------------------------------------------------------------------------------------------------------


@pytest.mark.ledger("S0-028")
async def test_pushed_diagnostics(orders: Path) -> None:
    async with editing(orders) as editor:
        await editor.until(lambda: editor.pushed() == PLANTED)
        await editor.quiet()
        assert editor.pushed() == PLANTED
        assert len({item.uri for item in editor.published}) == len(editor.published), "each file is pushed once"
        assert all(item.version is None for item in editor.published)
        (item,) = editor.diagnostics[editor.uri("dags/sql/load_orders.sql")]
        assert item.source == "tidegate"
        assert item.severity == lsp.DiagnosticSeverity.Warning
        assert item.range == lsp.Range(lsp.Position(1, 12), lsp.Position(1, 24))
        assert item.code_description is not None
        assert Path(item.code_description.href.removeprefix("file://")).read_text("utf-8").startswith("# TG201 ")
        related = item.related_information or ()
        assert [found.location.uri for found in related] == [editor.uri("dags/orders_daily.py")] * 2
        assert "load_orders" in related[0].message


async def test_pushed_diagnostics_name_the_version_they_are_for(orders: Path) -> None:
    async with editing(orders) as editor:
        await editor.until(lambda: editor.pushed() == PLANTED)
        editor.open(CUSTOMERS)
        text = (orders / CUSTOMERS).read_text("utf-8")
        editor.edit(CUSTOMERS, text.replace("stg_custmers", "stg_customers"))
        await editor.has(CUSTOMERS, "TG101", "TG310", "TG605")
        assert [item.version for item in editor.published if item.uri == editor.uri(CUSTOMERS)][-1] == 2
        editor.close(CUSTOMERS)  # unsaved: what is on disk counts again
        await editor.has(CUSTOMERS, "TG101", "TG310", "TG605", "TG706")


async def test_a_change_is_felt_in_other_files(tmp_path: Path) -> None:
    root = write(tmp_path / "shop", SHOP)
    async with editing(root) as editor:
        await editor.has("models/a.sql", "TG706")
        editor.open("models/nowhere.sql", "select 1 as id\n")  # never saved
        await editor.has("models/a.sql")
        editor.edit("models/nowhere.sql", "select * from {{ ref('gone') }}\n")
        await editor.has("models/nowhere.sql", "TG706")
        editor.close("models/nowhere.sql")
        await editor.has("models/nowhere.sql")
        await editor.has("models/a.sql", "TG706")


async def test_document_pull_without_refresh_is_answered_by_pushing(tmp_path: Path) -> None:
    """A client that can't be told to pull again would show old diagnostics in other files."""
    root = write(tmp_path / "shop", SHOP)
    async with editing(root, abilities(pull=True, refresh=False)) as editor:
        editor.open("models/a.sql")
        await editor.has("models/a.sql", "TG706")


async def test_pulled_diagnostics(orders: Path) -> None:
    async with editing(orders, abilities(pull=True)) as editor:
        known: dict[str, str] = {}
        found = await pull_all(editor, known)
        prefix = orders.as_uri() + "/"
        assert {uri.removeprefix(prefix): [str(d.code) for d in item.items] for uri, item in found.items()} == PLANTED
        assert editor.pushed() == {}, "pulled and pushed would show twice"

        editor.open(CUSTOMERS)
        report = await pull(editor, CUSTOMERS)
        assert isinstance(report, lsp.RelatedFullDocumentDiagnosticReport)
        assert [item.code for item in report.items] == PLANTED[CUSTOMERS]
        same = await pull(editor, CUSTOMERS, report.result_id)
        assert isinstance(same, lsp.RelatedUnchangedDocumentDiagnosticReport)
        assert same.result_id == report.result_id

        text = (orders / CUSTOMERS).read_text("utf-8")
        editor.edit(CUSTOMERS, text.replace("stg_custmers", "stg_customers"))
        other = await pull(editor, CUSTOMERS, report.result_id)
        assert isinstance(other, lsp.RelatedFullDocumentDiagnosticReport)
        assert [item.code for item in other.items] == ["TG101", "TG310", "TG605"]
        assert other.result_id != report.result_id

        editor.edit(CUSTOMERS, text)
        assert isinstance(await pull(editor, CUSTOMERS, report.result_id), lsp.RelatedUnchangedDocumentDiagnosticReport)


async def test_a_clean_file_has_a_result_id_too(tmp_path: Path) -> None:
    root = write(tmp_path / "shop", SHOP)
    async with editing(root, abilities(pull=True)) as editor:
        editor.open("models/b.sql")
        first = await pull(editor, "models/b.sql")
        assert isinstance(first, lsp.RelatedFullDocumentDiagnosticReport)
        assert list(first.items) == []
        again = await pull(editor, "models/b.sql", first.result_id)
        assert isinstance(again, lsp.RelatedUnchangedDocumentDiagnosticReport)


async def test_the_workspace_pull_waits_for_news(tmp_path: Path) -> None:
    root = write(tmp_path / "shop", SHOP)
    async with editing(root, abilities(pull=True)) as editor:
        known: dict[str, str] = {}
        assert [item.uri for item in (await pull_all(editor, known)).values()] == [editor.uri("models/a.sql")]
        waiting = asyncio.create_task(pull_all(editor, known))
        await asyncio.sleep(0.5)
        assert not waiting.done()
        before = editor.diagnostic_refresh_count
        write(root, {"models/nowhere.sql": "select * from {{ ref('b') }}, {{ ref('far') }}\n"})
        editor.tell(lsp.FileChangeType.Created, "models/nowhere.sql")
        news: dict[str, list[object]] = {}
        while len(news) < 2:
            for uri, item in (await waiting).items():
                news[uri] = [found.code for found in item.items]
            waiting = asyncio.create_task(pull_all(editor, known))
        assert news == {editor.uri("models/a.sql"): [], editor.uri("models/nowhere.sql"): ["TG706"]}
        await editor.until(lambda: editor.diagnostic_refresh_count > before, "a request to pull again")
    with pytest.raises(JsonRpcException):
        await waiting  # the end of the session is the end of waiting


async def test_closed_files_are_pushed_to_clients_that_pull_only_documents(tmp_path: Path) -> None:
    root = write(tmp_path / "shop", SHOP)
    async with editing(root, abilities(pull=True)) as editor:
        await editor.has("models/a.sql", "TG706")
        editor.open("models/a.sql")
        report = await pull(editor, "models/a.sql")
        assert isinstance(report, lsp.RelatedFullDocumentDiagnosticReport)
        assert [item.code for item in report.items] == ["TG706"]
        await editor.has("models/a.sql")  # what was pushed is taken back, or the user sees it twice
        editor.close("models/a.sql")
        await editor.has("models/a.sql", "TG706")
        await pull_all(editor, {})
        await editor.has("models/a.sql")  # from now on the workspace is pulled


async def test_a_single_file_without_a_folder(tmp_path: Path) -> None:
    root = write(tmp_path / "loose", {"pipeline.yaml": "apiVersion: tidegate/v1\nkind: Pipeline\nstages: {\n"})
    write(root, {"other.yaml": "apiVersion: tidegate/v1\nkind: Pipeline\nstages: {\n"})
    async with editing(root, folders=()) as editor:
        editor.open("pipeline.yaml")
        await editor.until(lambda: "TG002" in editor.codes("pipeline.yaml"))
        await editor.quiet()
        assert list(editor.pushed()) == ["pipeline.yaml"], "nobody asked about its neighbours"
        editor.close("pipeline.yaml")
        await editor.has("pipeline.yaml")


async def test_a_text_that_is_no_file_is_left_alone(tmp_path: Path) -> None:
    root = write(tmp_path / "shop", SHOP)
    async with editing(root) as editor:
        item = lsp.TextDocumentItem("untitled:Untitled-1", "sql", 1, "select (\n")
        editor.text_document_did_open(lsp.DidOpenTextDocumentParams(item))
        asked = editor.text_document_hover_async(
            lsp.HoverParams(lsp.TextDocumentIdentifier(item.uri), lsp.Position(0, 1))
        )
        assert await asyncio.wait_for(asked, 20) is None
        await editor.has("models/a.sql", "TG706")
        assert all(found.uri != item.uri for found in editor.published)


def _at(editor: Editor, path: str, line: int, column: int) -> lsp.HoverParams:
    return lsp.HoverParams(editor.document(path), lsp.Position(line, column))


def _kinds(editor: Editor) -> list[list[str]]:
    return [[str(report.kind) for report in reports] for reports in editor.reports()]
