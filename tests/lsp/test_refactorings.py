"""Refactorings through the process: what is offered at a place, and the edits that come when it is chosen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from tests.support.editor import Editor, abilities, editing, write

pytestmark = pytest.mark.asyncio(loop_scope="module")

ORDERS = "models/orders.sql"
REPORT = "models/report.sql"
YAML = "models/shop.yml"
SHOP = {
    "dbt_project.yml": "name: shop\nversion: '1.0'\nprofile: shop\n",
    ORDERS: "select 1 as order_id, 2 as customer_id\n",
    REPORT: (
        "with 🦆 as (select 1 as n),\n"
        "large as (\n    select * from {{ ref('orders') }}\n)\n"
        "select large.order_id, p.amount\nfrom large join {{ ref('payments') }} as p on p.order_id = large.order_id\n"
    ),
    YAML: "models:\n  - name: orders\n    columns:\n      - name: order_id\n",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def editor(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Editor]:
    """A session in which the files have been read; no test here changes them."""
    async with editing(write(tmp_path_factory.mktemp("refactorings") / "shop", SHOP)) as editor:
        await editor.has(REPORT, "TG706")
        await editor.quiet()
        for path in SHOP:
            editor.open(path)
        yield editor


def place(path: str, around: str) -> lsp.Range:
    before, bar, after = around.partition("|")
    text = SHOP[path]
    assert bar
    assert text.count(before + after) == 1, around
    start = text.index(before + after) + len(before)
    line = text.rfind("\n", 0, start) + 1
    at = lsp.Position(text.count("\n", 0, start), len(text[line:start].encode("utf-16-le")) // 2)
    return lsp.Range(at, at)


async def offered(editor: Editor, path: str, around: str, *only: str) -> dict[str, lsp.CodeAction]:
    shown = editor.diagnostics.get(editor.uri(path), ())
    context = lsp.CodeActionContext(shown, only=list(only) or None)
    params = lsp.CodeActionParams(editor.document(path), place(path, around), context)
    found = await editor.text_document_code_action_async(params) or ()
    return {action.title: action for action in found if isinstance(action, lsp.CodeAction)}


async def chosen(editor: Editor, action: lsp.CodeAction) -> list[str]:
    """What an action does, piece by piece: files it makes, and texts with their places."""
    assert action.edit is None, "edits are made when the action is chosen"
    edit = (await editor.code_action_resolve_async(action)).edit
    assert edit is not None
    done = []
    for part in edit.document_changes or ():
        if isinstance(part, lsp.CreateFile):
            done.append(f"new {part.uri.removeprefix(editor.root.as_uri() + '/')}")
        elif isinstance(part, lsp.TextDocumentEdit):
            path = part.text_document.uri.removeprefix(editor.root.as_uri() + "/")
            for piece in part.edits:
                assert isinstance(piece, lsp.TextEdit)
                start, end = piece.range.start, piece.range.end
                done.append(f"{path} {start.line}:{start.character}-{end.line}:{end.character} {piece.new_text!r}")
    return done


async def test_kinds_are_given_where_they_are_asked_for(editor: Editor) -> None:
    found = await offered(editor, REPORT, "select |* from", "refactor")
    assert {title: action.kind for title, action in found.items()} == {
        "Expand * to 2 columns": lsp.CodeActionKind.RefactorRewrite
    }
    assert await offered(editor, REPORT, "select |* from", "refactor.extract") == {}
    assert list(await offered(editor, REPORT, "lar|ge as", "refactor.extract")) == ["Extract 'large' to a model"]
    assert list(await offered(editor, ORDERS, "select| 1", "source")) == ["Add 1 column of 'orders' to shop.yml"]
    assert "Add 1 column of 'orders' to shop.yml" not in await offered(editor, ORDERS, "select| 1", "refactor")


async def test_star(editor: Editor) -> None:
    found = await offered(editor, REPORT, "select |* from")
    assert await chosen(editor, found["Expand * to 2 columns"]) == [
        f"{REPORT} 2:11-2:12 'order_id, customer_id'",
    ]


async def test_extracted_model(editor: Editor) -> None:
    found = await offered(editor, REPORT, "from lar|ge")
    assert await chosen(editor, found["Extract 'large' to a model"]) == [
        "new models/large.sql",
        "models/large.sql 0:0-0:0 \"select * from {{ ref('orders') }}\\n\"",
        f"{REPORT} 2:4-2:37 \"select * from {{{{ ref('large') }}}}\"",
    ]


async def test_missing_model_is_a_fix_of_its_finding(editor: Editor) -> None:
    action = (await offered(editor, REPORT, "ref('pay|ments')", "quickfix"))["Create the model 'payments'"]
    assert action.kind == lsp.CodeActionKind.QuickFix
    assert [found.code for found in action.diagnostics or ()] == ["TG706"]
    assert await chosen(editor, action) == [
        "new models/payments.sql",
        "models/payments.sql 0:0-0:0 \"select\\n    amount,\\n    order_id\\nfrom {{ ref('<model>') }}\\n\"",
    ]


async def test_columns_into_yaml(editor: Editor) -> None:
    action = (await offered(editor, YAML, "- name: ord|ers", "refactor"))["Add 1 column of 'orders' to shop.yml"]
    assert await chosen(editor, action) == [f"{YAML} 3:22-3:22 '\\n      - name: customer_id'"]


async def test_what_is_gone_is_refused(tmp_path: Path) -> None:
    async with editing(write(tmp_path / "shop", SHOP)) as own:
        await own.has(REPORT, "TG706")
        own.open(REPORT)
        action = (await offered(own, REPORT, "select |* from"))["Expand * to 2 columns"]
        own.edit(REPORT, f"-- a line\n{SHOP[REPORT]}")
        with pytest.raises(JsonRpcException) as refused:
            await own.code_action_resolve_async(action)
        assert refused.value.code == lsp.LSPErrorCodes.ContentModified
        hostile = lsp.CodeAction("x", data={"uri": own.uri(REPORT), "title": "x", "text": "", "place": "nowhere"})
        with pytest.raises(JsonRpcException):
            await own.code_action_resolve_async(hostile)


async def test_clients_that_cannot_resolve_get_the_edits_at_once(tmp_path: Path) -> None:
    async with editing(write(tmp_path / "shop", SHOP), abilities(resolve=False)) as own:
        await own.has(REPORT, "TG706")
        own.open(REPORT)
        found = await offered(own, REPORT, "select |* from")
        assert found["Expand * to 2 columns"].edit is not None
