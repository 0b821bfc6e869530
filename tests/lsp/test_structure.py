"""Folds, selections, links, lineage, lenses, hints and compiled models of the example workspace, through the process."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from lsprotocol import types as lsp

from tests.support.editor import Editor, abilities, editing
from tidegate_analyzers import reference_files
from tidegate_analyzers.ide.tokens import MODIFIERS, TYPES
from tidegate_server.lsp.app import TOKENS

pytestmark = pytest.mark.asyncio(loop_scope="module")

EXAMPLE = reference_files.root() / "examples" / "orders"
DAG = "dags/orders_daily.py"
ORDERS = "warehouse/models/marts/orders.sql"
CUSTOMERS = "warehouse/models/marts/customers.sql"
REVENUE = "warehouse/models/marts/daily_revenue.sql"
STAGED = "warehouse/models/staging/stg_orders.sql"
SOURCES = "warehouse/models/staging/_sales.yml"
PIPELINE = "pipeline.yaml"
MARTS = "warehouse/models/marts/_marts.yml"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def editor(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Editor]:
    """A session in which the example has been read; no test here changes it."""
    root = Path(shutil.copytree(EXAMPLE, tmp_path_factory.mktemp("structure") / "orders"))
    async with editing(root, _abilities()) as editor:
        await editor.until(lambda: "TG706" in editor.codes(CUSTOMERS), "the workspace is read")
        for path in (DAG, ORDERS, CUSTOMERS, REVENUE, STAGED, SOURCES, PIPELINE):
            editor.open(path)
        yield editor


def _abilities(commands: tuple[str, ...] = ()) -> lsp.ClientCapabilities:
    able = abilities()
    assert able.workspace is not None
    able.workspace.code_lens = lsp.CodeLensWorkspaceClientCapabilities(refresh_support=True)
    able.workspace.inlay_hint = lsp.InlayHintWorkspaceClientCapabilities(refresh_support=True)
    able.workspace.text_document_content = lsp.TextDocumentContentClientCapabilities()
    able.window = lsp.WindowClientCapabilities(
        work_done_progress=True, show_document=lsp.ShowDocumentClientCapabilities(support=True)
    )
    assert able.text_document is not None
    able.text_document.document_link = lsp.DocumentLinkClientCapabilities(tooltip_support=True)
    able.experimental = {"commands": {"commands": list(commands)}} if commands else None
    return able


def _text(editor: Editor, path: str, place: lsp.Range) -> str:
    lines = (editor.root / path).read_text("utf-8").split("\n")
    picked = lines[place.start.line : place.end.line + 1]
    picked[-1] = picked[-1][: place.end.character]
    picked[0] = picked[0][place.start.character :]
    return "\n".join(picked)


def _at(editor: Editor, path: str, words: str) -> lsp.Position:
    text = (editor.root / path).read_text("utf-8")
    start = text.index(words)
    return lsp.Position(text.count("\n", 0, start), start - (text.rfind("\n", 0, start) + 1))


def _path(editor: Editor, uri: str) -> str:
    return uri.removeprefix(editor.root.as_uri() + "/")


async def test_folds(editor: Editor) -> None:
    found = await editor.text_document_folding_range_async(lsp.FoldingRangeParams(editor.document(DAG)))
    lines = (editor.root / DAG).read_text("utf-8").split("\n")
    folded = {lines[item.start_line].strip(): item for item in found or ()}
    assert any(line.startswith("with DAG") for line in folded)
    assert folded[next(line for line in folded if line.startswith(("import", "from")))].kind == "imports"
    assert all(item.start_line < item.end_line < len(lines) for item in found or ())


async def test_selections(editor: Editor) -> None:
    place = _at(editor, ORDERS, "stg_orders")
    params = lsp.SelectionRangeParams(editor.document(ORDERS), [place, lsp.Position(10_000, 0)])
    first, beyond = await editor.text_document_selection_range_async(params) or ()
    steps = []
    step: lsp.SelectionRange | None = first
    while step is not None:
        steps.append(_text(editor, ORDERS, step.range))
        step = step.parent
    assert steps[:3] == ["stg_orders", "'stg_orders'", "('stg_orders')"]
    assert all(inner in outer for inner, outer in pairwise(steps))
    assert steps[-1] == (editor.root / ORDERS).read_text("utf-8")
    assert beyond.range is not None


async def test_links(editor: Editor) -> None:
    found = await editor.text_document_document_link_async(lsp.DocumentLinkParams(editor.document(PIPELINE)))
    assert [link.tooltip for link in found or () if link.tooltip is not None] == ["contracts/orders.odcs.yaml"]
    leads = {_text(editor, PIPELINE, link.range): link.target for link in found or ()}
    assert leads["contracts/orders.odcs.yaml"] == editor.uri("contracts/orders.odcs.yaml")
    found = await editor.text_document_document_link_async(lsp.DocumentLinkParams(editor.document(DAG)))
    assert {_path(editor, link.target or "") for link in found or ()} >= {"dags/sql/load_orders.sql"}


async def _prepared(editor: Editor, path: str, words: str) -> lsp.CallHierarchyItem:
    params = lsp.CallHierarchyPrepareParams(editor.document(path), _at(editor, path, words))
    (item,) = await editor.text_document_prepare_call_hierarchy_async(params) or ()
    return item


async def test_lineage_as_a_call_hierarchy(editor: Editor) -> None:
    item = await _prepared(editor, CUSTOMERS, "orders')")
    assert (item.name, item.kind, _path(editor, item.uri)) == ("orders", lsp.SymbolKind.Class, ORDERS)
    outgoing = await editor.call_hierarchy_outgoing_calls_async(lsp.CallHierarchyOutgoingCallsParams(item))
    read = {call.to.name: [_text(editor, ORDERS, place) for place in call.from_ranges] for call in outgoing or ()}
    assert read["stg_orders"] == ["stg_orders"]
    incoming = await editor.call_hierarchy_incoming_calls_async(lsp.CallHierarchyIncomingCallsParams(item))
    readers = {call.from_.name: call for call in incoming or ()}
    assert {"customers", "daily_revenue"} <= set(readers)
    places = [_text(editor, CUSTOMERS, place) for place in readers["customers"].from_ranges]
    assert places == ["orders"] * len(places)
    assert places


async def test_lineage_goes_on_through_files_that_are_not_open(editor: Editor) -> None:
    item = await _prepared(editor, STAGED, "'orders')")
    assert item.name == "sales.orders"
    outgoing = await editor.call_hierarchy_outgoing_calls_async(lsp.CallHierarchyOutgoingCallsParams(item))
    (writer,) = [call.to for call in outgoing or ()]
    assert _path(editor, writer.uri) == "dags/sql/load_orders.sql"
    incoming = await editor.call_hierarchy_incoming_calls_async(lsp.CallHierarchyIncomingCallsParams(writer))
    assert [call.from_.name for call in incoming or ()] == ["orders_daily.load_orders"]


async def test_an_item_that_is_gone_has_no_lineage(editor: Editor) -> None:
    item = await _prepared(editor, CUSTOMERS, "orders')")
    for data in (None, {"kind": "model", "name": "gone"}, {"kind": "sql", "name": "x"}, {"kind": 1, "name": []}):
        item.data = data
        assert await editor.call_hierarchy_outgoing_calls_async(lsp.CallHierarchyOutgoingCallsParams(item)) is None
        assert await editor.call_hierarchy_incoming_calls_async(lsp.CallHierarchyIncomingCallsParams(item)) is None


async def _lenses(editor: Editor, path: str) -> list[lsp.CodeLens]:
    found = await editor.text_document_code_lens_async(lsp.CodeLensParams(editor.document(path)))
    assert all(lens.command is None for lens in found or ()), "texts are made when they are seen"
    return [await editor.code_lens_resolve_async(lens) for lens in found or ()]


def _commands(lenses: list[lsp.CodeLens]) -> list[lsp.Command]:
    return [lens.command for lens in lenses if lens.command is not None]


async def test_lenses(editor: Editor) -> None:
    lineage, tests, contract, _ = _commands(await _lenses(editor, ORDERS))
    assert lineage.title == "2 upstream · 3 downstream"
    assert (lineage.command, tests.command, contract.command) == ("tidegate.lineage", "tidegate.open", "tidegate.open")
    assert (tests.title, contract.title) == ("2 tests", "contract: dbt")
    assert _commands(await _lenses(editor, CUSTOMERS))[2].title == "no contract"
    answer: Any = await editor.workspace_execute_command_async(
        lsp.ExecuteCommandParams(lineage.command, lineage.arguments)
    )
    assert "stg_orders" in answer["reads"]
    assert "customers" in answer["readers"]
    assert any("orders reads " in message.message for message in editor.messages)
    shown = await editor.workspace_execute_command_async(lsp.ExecuteCommandParams(contract.command, contract.arguments))
    assert shown is True
    assert [_path(editor, str(item.uri)) for item in editor.shown_documents] == [MARTS]


async def test_lenses_name_the_commands_that_a_client_has(tmp_path: Path) -> None:
    root = Path(shutil.copytree(EXAMPLE, tmp_path / "orders"))
    async with editing(root, _abilities(("tidegate.showLineage", "tidegate.showReplay"))) as own:
        await own.until(lambda: "TG706" in own.codes(CUSTOMERS), "the workspace is read")
        own.open(ORDERS)
        lineage, *_, replay = _commands(await _lenses(own, ORDERS))
        assert replay.command == "tidegate.showReplay"
        assert list(replay.arguments or ()) == [own.uri(ORDERS), "model:orders"]
        assert lineage.command == "tidegate.showLineage"
        assert lineage.arguments is not None
        assert lineage.arguments[0] == own.uri(ORDERS)


async def test_replays_above_models_dags_and_pipelines(editor: Editor) -> None:
    *_, model = _commands(await _lenses(editor, ORDERS))
    (dag,) = _commands(await _lenses(editor, "dags/orders_daily.py"))
    (pipeline,) = _commands(await _lenses(editor, "pipeline.yaml"))
    for command, target in ((model, "model:orders"), (dag, "dag:orders_daily"), (pipeline, "pipeline:orders_daily")):
        assert (command.title, command.command) == ("replay", "tidegate.replay")
        given: Any = (command.arguments or [{}])[0]
        asked = {**given, "from": "2026-01-01", "to": "2026-01-31"}
        assert asked["target"] == target
        answer: Any = await editor.workspace_execute_command_async(lsp.ExecuteCommandParams(command.command, [asked]))
        assert answer["markdown"].startswith(f"# Replay of `{target}`: 2026-01-01 to 2026-01-31\n")
        assert answer["summary"] == editor.messages[-1].message
        assert "dbt run --project-dir warehouse --select" in answer["markdown"]


async def test_a_replay_without_an_interval_is_that_of_the_last_week(editor: Editor) -> None:
    asked = {"uri": editor.uri(ORDERS), "target": "dag:orders_daily"}
    answer: Any = await editor.workspace_execute_command_async(lsp.ExecuteCommandParams("tidegate.replay", [asked]))
    assert "\n- 7 runs of the DAG 'orders_daily'" in answer["markdown"]


async def test_a_replay_of_nothing_says_what_is_wrong(editor: Editor) -> None:
    for more, words in (
        ({"target": "ordres"}, "there is no"),
        ({"target": "dag:orders_daily", "from": "then"}, "'then'"),
    ):
        asked = {"uri": editor.uri(ORDERS), **more}
        params = lsp.ExecuteCommandParams("tidegate.replay", [asked])
        assert await editor.workspace_execute_command_async(params) is None
        assert words in editor.messages[-1].message


async def test_what_is_shown_follows_the_settings(tmp_path: Path) -> None:
    root = Path(shutil.copytree(EXAMPLE, tmp_path / "orders"))
    settings = {"editor": {"codeLens": False, "typeHints": True, "starHints": True}}
    async with editing(root, _abilities(), options=settings) as own:
        await own.until(lambda: "TG706" in own.codes(CUSTOMERS), "the workspace is read")
        text = "with all_of as (select * from {{ ref('orders') }})\nselect all_of.*, cast(1 as bigint) as one from all_of\n"
        own.open(CUSTOMERS, text)
        assert await own.text_document_code_lens_async(lsp.CodeLensParams(own.document(CUSTOMERS))) is None
        whole = lsp.Range(lsp.Position(0, 0), lsp.Position(9, 0))
        hints = await own.text_document_inlay_hint_async(lsp.InlayHintParams(own.document(CUSTOMERS), whole))
        labels = [str(hint.label) for hint in hints or ()]
        assert any(label.startswith("= order_id") for label in labels), labels
        assert ": bigint" in labels


async def test_hints_are_off_unless_asked_for(editor: Editor) -> None:
    whole = lsp.Range(lsp.Position(0, 0), lsp.Position(99, 0))
    assert await editor.text_document_inlay_hint_async(lsp.InlayHintParams(editor.document(ORDERS), whole)) is None


async def test_a_compiled_model_is_a_document_that_follows_its_source(tmp_path: Path) -> None:
    root = Path(shutil.copytree(EXAMPLE, tmp_path / "orders"))
    async with editing(root, _abilities()) as own:
        await own.until(lambda: "TG706" in own.codes(CUSTOMERS), "the workspace is read")
        uri = own.uri(STAGED).replace("file:", "tidegate-compiled:")

        async def compiled() -> str:
            params = lsp.TextDocumentContentParams(uri)
            return (await own.workspace_text_document_content_async(params)).text

        assert "from sales.orders" in await compiled(), "a closed file serves"
        own.open(STAGED)
        own.refreshed.clear()
        own.edit(STAGED, "select 7 as lucky from {{ source('sales', 'orders') }}\n")
        await own.until(lambda: uri in own.refreshed, "word that the compiled model is another")
        assert (await compiled()).endswith("\nselect 7 as lucky from sales.orders\n")
        for other in ("tidegate-compiled:/nowhere.sql", "http://x", own.uri(STAGED)):
            found = await own.workspace_text_document_content_async(lsp.TextDocumentContentParams(other))
            assert found.text == "-- There is no such file.\n"


async def test_lenses_are_asked_for_again_after_a_change_elsewhere(tmp_path: Path) -> None:
    root = Path(shutil.copytree(EXAMPLE, tmp_path / "orders"))
    async with editing(root, _abilities()) as own:
        await own.until(lambda: "TG706" in own.codes(CUSTOMERS), "the workspace is read")
        own.open(ORDERS)
        before = _commands(await _lenses(own, ORDERS))[0].title
        new = root / "warehouse" / "models" / "marts" / "late.sql"
        new.write_text("select * from {{ ref('orders') }}\n")
        own.refreshed.clear()
        own.tell(lsp.FileChangeType.Created, "warehouse/models/marts/late.sql")
        await own.until(lambda: "codeLens" in own.refreshed, "word that lenses are old")
        after = _commands(await _lenses(own, ORDERS))[0].title
        assert (before, after) == ("2 upstream · 3 downstream", "2 upstream · 4 downstream")


async def test_hover_shows_what_a_block_is_compiled_to(editor: Editor) -> None:
    params = lsp.HoverParams(editor.document(REVENUE), _at(editor, REVENUE, "this }}"))
    found = await asyncio.wait_for(editor.text_document_hover_async(params), 10)
    assert found is not None
    assert isinstance(found.contents, lsp.MarkupContent)
    assert "```sql\ndaily_revenue\n```" in found.contents.value


async def test_semantic_tokens(editor: Editor) -> None:
    text = (editor.root / STAGED).read_text("utf-8")
    found = await editor.text_document_semantic_tokens_full_async(lsp.SemanticTokensParams(editor.document(STAGED)))
    assert found is not None
    seen = dict(_decoded(text, found.data))
    assert (seen["{{"], seen["source"], seen["sales"], seen["orders"]) == ("operator", "function", "namespace", "class")
    start = _at(editor, STAGED, "'orders')")
    part = lsp.Range(start, lsp.Position(start.line, start.character + len("'orders'")))
    some = await editor.text_document_semantic_tokens_range_async(
        lsp.SemanticTokensRangeParams(editor.document(STAGED), part)
    )
    assert some is not None
    assert _decoded(text, some.data) == [("orders", "class")]


async def test_semantic_tokens_count_in_the_units_of_the_client(tmp_path: Path) -> None:
    root = Path(shutil.copytree(EXAMPLE, tmp_path / "orders"))
    line = "select '\U0001f30a', {{ cents('\U0001f30a\U0001f30a') }}, {{ ref('orders') }}\n"
    for encoding, width in (("utf-16", 2), ("utf-8", 4), ("utf-32", 1)):
        able = abilities(encodings=[encoding])
        async with editing(root, able) as own:
            await own.until(lambda: "TG706" in own.codes(CUSTOMERS), "the workspace is read")
            own.open(STAGED, line)
            found = await own.text_document_semantic_tokens_full_async(lsp.SemanticTokensParams(own.document(STAGED)))
            assert found is not None
            first, call, string = found.data[:5], found.data[5:10], found.data[10:15]
            assert first[1] == len("select '', ") + width
            assert call[1] == len("{{ ")
            assert string[2] == 2 + 2 * width


def _decoded(text: str, data: Any) -> list[tuple[str, str]]:
    lines = text.split("\n")
    line = column = 0
    found = []
    for at in range(0, len(data), 5):
        down, across, length, kind, _ = data[at : at + 5]
        column = across if down else column + across
        line += down
        found.append((lines[line][column : column + length], TOKENS.token_types[kind]))
    return found


async def test_the_legend_announced_is_that_of_the_tokens() -> None:
    assert (list(TOKENS.token_types), list(TOKENS.token_modifiers)) == (list(TYPES), list(MODIFIERS))
