"""What an editor shows of the example workspace: fixes, hovers, definitions and outlines, through the process."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from tests.support.editor import Editor, abilities, editing
from tidegate_analyzers import reference_files

pytestmark = pytest.mark.asyncio(loop_scope="module")

DAG = "dags/orders_daily.py"
CUSTOMERS = "warehouse/models/marts/customers.sql"
REVENUE = "warehouse/models/marts/daily_revenue.sql"
SHOP_ORDERS = "warehouse/models/staging/stg_orders.sql"
EXAMPLE = reference_files.root() / "examples" / "orders"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def editor(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Editor]:
    """A session in which the example has been read; no test here changes it."""
    root = Path(shutil.copytree(EXAMPLE, tmp_path_factory.mktemp("features") / "orders"))
    async with editing(root) as editor:
        await editor.has(CUSTOMERS, "TG101", "TG310", "TG605", "TG706")
        await editor.quiet()
        for path in (DAG, CUSTOMERS, REVENUE, SHOP_ORDERS, "pipeline.yaml", "dags/sql/load_orders.sql"):
            editor.open(path)
        yield editor


def place(editor: Editor, path: str, around: str) -> lsp.Position:
    """The place of the bar in a piece of a file's text."""
    text = (editor.root / path).read_text("utf-8")
    before, bar, after = around.partition("|")
    assert bar
    assert text.count(before + after) == 1, f"{around} stands {text.count(before + after)} times in {path}"
    start = text.index(before + after) + len(before)
    return lsp.Position(text.count("\n", 0, start), start - (text.rfind("\n", 0, start) + 1))


async def hovered(editor: Editor, path: str, around: str) -> str:
    found = await editor.text_document_hover_async(lsp.HoverParams(editor.document(path), place(editor, path, around)))
    assert found is not None, f"nothing is shown at {around}"
    assert isinstance(found.contents, lsp.MarkupContent)
    assert found.contents.kind == lsp.MarkupKind.Markdown
    return found.contents.value


async def defined(editor: Editor, path: str, around: str) -> list[str]:
    """The text a definition leads to, with its file."""
    params = lsp.DefinitionParams(editor.document(path), place(editor, path, around))
    found = []
    for link in await editor.text_document_definition_async(params) or ():  # type: ignore[union-attr]
        assert isinstance(link, lsp.LocationLink)
        inner = link.target_uri.removeprefix(editor.root.as_uri() + "/")
        lines = (editor.root / inner).read_text("utf-8").splitlines()
        start, end = link.target_selection_range.start, link.target_selection_range.end
        one_line = start.line == end.line
        found.append(
            f"{inner}:{start.line + 1} {lines[start.line][start.character : end.character if one_line else None]}"
        )
    return found


async def offered(editor: Editor, path: str, around: str, *only: str) -> list[lsp.CodeAction]:
    at = place(editor, path, around)
    found = await editor.text_document_code_action_async(
        lsp.CodeActionParams(
            editor.document(path),
            lsp.Range(at, at),
            lsp.CodeActionContext(editor.diagnostics.get(editor.uri(path), ()), only=list(only) or None),
        )
    )
    actions = [action for action in found or () if isinstance(action, lsp.CodeAction)]
    assert len(actions) == len(found or ())
    return actions


# -- hover --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "around", "words"),
    [
        pytest.param("pipeline.yaml", "water|mark: {column", ["watermark"], id="term"),
        pytest.param("pipeline.yaml", "check|point: {store", ["checkpoint"], id="term-with-hyphen-or-not"),
        pytest.param(DAG, "cat|chup=False", ["batch window", "start_date"], id="operator-argument"),
        pytest.param(REVENUE, "material|ized=", ["sink", "incremental"], id="dbt-config"),
        pytest.param(CUSTOMERS, "ref('ord|ers')", ["orders", "customers", "contract"], id="model"),
        pytest.param(SHOP_ORDERS, "source('sales', 'ord|ers')", ["sales.orders", "load_orders"], id="source"),
        pytest.param("dags/sql/load_orders.sql", "INTO sales.ord|ers", ["sales.orders", "load_orders"], id="dataset"),
        pytest.param("dags/sql/load_orders.sql", "INTO sales.or|ders", ["TG201"], id="why-a-load-is-unsafe"),
        pytest.param(REVENUE, "where order_|date >=", ["TG202"], id="why-a-model-is-unsafe"),
    ],
)
async def test_hover(editor: Editor, path: str, around: str, words: list[str]) -> None:
    shown = await hovered(editor, path, around)
    for word in words:
        assert word.casefold() in shown.casefold(), shown


async def test_hover_of_nothing(editor: Editor) -> None:
    params = lsp.HoverParams(editor.document(SHOP_ORDERS), lsp.Position(6, 2))
    assert await editor.text_document_hover_async(params) is None
    far = lsp.HoverParams(editor.document(SHOP_ORDERS), lsp.Position(10_000, 10_000))
    assert await editor.text_document_hover_async(far) is None


# -- definition ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "around", "places"),
    [
        pytest.param(CUSTOMERS, "ref('ord|ers')", ["warehouse/models/marts/orders.sql:1 "], id="ref"),
        pytest.param(
            SHOP_ORDERS,
            "source('sales', 'or|ders')",
            ["warehouse/models/staging/_sales.yml:9 orders"],
            id="source-leads-to-its-yaml-line",
        ),
        pytest.param(DAG, "sql/load_|orders.sql", ["dags/sql/load_orders.sql:1 "], id="sql-file"),
        pytest.param("pipeline.yaml", "contract: contracts/ord|ers", ["contracts/orders.odcs.yaml:"], id="contract"),
        pytest.param("pipeline.yaml", "airflow: orders_daily.load_|orders", [f"{DAG}:17 "], id="task"),
        pytest.param("pipeline.yaml", "dbt: ord|ers", ["warehouse/models/marts/orders.sql:1 "], id="model-of-a-stage"),
        pytest.param(CUSTOMERS, "inner jo|in", [], id="nothing"),
    ],
)
async def test_definition(editor: Editor, path: str, around: str, places: list[str]) -> None:
    found = await defined(editor, path, around)
    assert len(found) == len(places), found
    for one, expected in zip(found, places, strict=True):
        assert one.startswith(expected), found


# -- outline ------------------------------------------------------------------------------------------------------------


async def test_document_symbols(editor: Editor) -> None:
    found = await editor.text_document_document_symbol_async(lsp.DocumentSymbolParams(editor.document(DAG)))
    assert _tree(found) == {"orders_daily": {"load_orders": {}, "load_payments": {}, "build_marts": {}}}
    found = await editor.text_document_document_symbol_async(lsp.DocumentSymbolParams(editor.document("pipeline.yaml")))
    (tree,) = _tree(found).values()
    assert {"ingest", "build"} <= set(tree)


def _tree(symbols: Any) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for symbol in symbols or ():
        assert isinstance(symbol, lsp.DocumentSymbol)
        assert symbol.range.start <= symbol.selection_range.start
        assert symbol.selection_range.end <= symbol.range.end
        tree[symbol.name] = _tree(symbol.children)
    return tree


# -- code actions -------------------------------------------------------------------------------------------------------


async def test_edits_are_made_when_an_action_is_chosen(editor: Editor) -> None:
    actions = await offered(editor, CUSTOMERS, "ref('stg_|custmers')")
    assert [action.title for action in actions] == [
        "Change to 'stg_customers' (changes what runs)",
        "Silence TG706 here",
        "Create the model 'stg_custmers'",
        "Describe 'customers' in _marts.yml",
    ]
    first = actions[0]
    assert (first.kind, first.is_preferred, first.edit) == (lsp.CodeActionKind.QuickFix, True, None)
    assert [item.code for item in first.diagnostics or ()] == ["TG706"]
    edit = (await editor.code_action_resolve_async(first)).edit
    assert edit is not None
    (change,) = edit.document_changes or ()
    assert isinstance(change, lsp.TextDocumentEdit)
    assert change.text_document == lsp.OptionalVersionedTextDocumentIdentifier(editor.uri(CUSTOMERS), 1)
    (piece,) = change.edits
    assert isinstance(piece, lsp.AnnotatedTextEdit)
    assert piece.new_text in ("stg_customers", "'stg_customers'")
    assert edit.change_annotations is not None
    assert edit.change_annotations[piece.annotation_id].needs_confirmation


async def test_an_action_may_create_a_file(editor: Editor) -> None:
    (create,) = [
        action
        for action in await offered(editor, CUSTOMERS, "|select")
        if action.title == "Create a data contract for 'customers'"
    ]
    edit = (await editor.code_action_resolve_async(create)).edit
    assert edit is not None
    made, filled, *_ = edit.document_changes or ()
    assert isinstance(made, lsp.CreateFile)
    assert made.uri == editor.uri("contracts/customers.odcs.yaml")
    assert isinstance(filled, lsp.TextDocumentEdit)
    assert filled.text_document.uri == made.uri
    assert "kind: DataContract" in filled.edits[0].new_text  # type: ignore[union-attr]
    assert edit.change_annotations is None, "nothing that runs is changed"


async def test_every_action_that_is_offered_can_be_made(editor: Editor) -> None:
    count = 0
    for path in (CUSTOMERS, REVENUE, "pipeline.yaml", "dags/sql/load_orders.sql"):
        for item in editor.diagnostics[editor.uri(path)]:
            context = lsp.CodeActionContext([item])
            params = lsp.CodeActionParams(editor.document(path), item.range, context)
            for action in await editor.text_document_code_action_async(params) or ():
                assert isinstance(action, lsp.CodeAction)
                assert (await editor.code_action_resolve_async(action)).edit is not None
                count += 1
    assert count >= 20


async def test_fix_all_makes_the_safe_edits_of_a_file(editor: Editor) -> None:
    assert all(action.kind != "source.fixAll.tidegate" for action in await offered(editor, "pipeline.yaml", "|stages:"))
    for asked in ("source.fixAll.tidegate", "source.fixAll", "source"):
        (action,) = await offered(editor, "pipeline.yaml", "|stages:", asked)
        assert action.kind == "source.fixAll.tidegate"
        assert action.edit is not None, "it is applied on saving, without a second question"
        (change,) = action.edit.document_changes or ()
        assert isinstance(change, lsp.TextDocumentEdit)
        assert change.text_document.uri == editor.uri("pipeline.yaml")
        written = "".join(piece.new_text for piece in change.edits)  # type: ignore[union-attr]
        assert "idempotency:" in written
        assert "quarantine:" in written, "both stand below the same line"
    assert await offered(editor, "pipeline.yaml", "|stages:", "source.organizeImports") == []
    assert await offered(editor, CUSTOMERS, "|select", "source.fixAll.eslint") == []


async def test_quick_fixes_are_given_where_only_they_are_asked_for(editor: Editor) -> None:
    actions = await offered(editor, CUSTOMERS, "ref('stg_|custmers')", "quickfix")
    assert {action.kind for action in actions} == {lsp.CodeActionKind.QuickFix}
    assert await offered(editor, CUSTOMERS, "ref('stg_|custmers')", "refactor") == []


async def test_an_action_for_a_text_that_is_gone_is_refused(tmp_path: Path) -> None:
    root = Path(shutil.copytree(EXAMPLE, tmp_path / "orders"))
    async with editing(root) as own:
        await own.has(CUSTOMERS, "TG101", "TG310", "TG605", "TG706")
        own.open(CUSTOMERS)
        first, *_ = await offered(own, CUSTOMERS, "ref('stg_|custmers')")
        text = (root / CUSTOMERS).read_text("utf-8")
        own.edit(CUSTOMERS, f"-- a line\n{text}")
        edit = (await own.code_action_resolve_async(first)).edit
        assert edit is not None, "it only moved"
        assert edit.document_changes is not None
        (piece,) = edit.document_changes[0].edits  # type: ignore[union-attr]
        assert piece.range.start.line == 5
        own.edit(CUSTOMERS, text.replace("stg_custmers", "stg_customers"))
        with pytest.raises(JsonRpcException) as refused:
            await own.code_action_resolve_async(first)
        assert refused.value.code == lsp.LSPErrorCodes.ContentModified


async def test_clients_that_cannot_resolve_get_the_edits_at_once(tmp_path: Path) -> None:
    root = Path(shutil.copytree(EXAMPLE, tmp_path / "orders"))
    async with editing(root, abilities(resolve=False)) as own:
        await own.has(CUSTOMERS, "TG101", "TG310", "TG605", "TG706")
        own.open(CUSTOMERS)
        actions = await offered(own, CUSTOMERS, "ref('stg_|custmers')")
        assert actions
        assert all(action.edit is not None for action in actions)
