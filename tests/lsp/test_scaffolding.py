"""A file from its first finding to its last: opened, mended by what is offered, unsaved and half-typed included."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types as lsp

from tests.support.editor import Editor, editing, write

DAILY = "models/daily.sql"
SHOP = {
    "dbt_project.yml": "name: shop\nprofile: shop\n",
    "tidegate.toml": 'ignore = ["TG101", "TG605"]\n',
    "models/stg_orders.sql": "select 1 as order_id\n",
    DAILY: "select order_id from {{ ref('stg_ordrs') }}\n",
}
PIPELINE = "flows/pipeline.yaml"
HALF_TYPED = """\
apiVersion: tidegate/v1
kind: Pipeline
pipeline_id: orders
version: 1.0.0
stages:
  - id: take
    kind: ingets
    inputs: [shop.orders]
  - id: build
    kind: transform
    idem
    inputs: [raw.orders
"""


async def offered(editor: Editor, path: str, code: str) -> lsp.CodeAction:
    """The first thing that is offered for the only finding of a code."""
    (found,) = [item for item in editor.diagnostics[editor.uri(path)] if item.code == code]
    params = lsp.CodeActionParams(editor.document(path), found.range, lsp.CodeActionContext([found]))
    actions = await editor.text_document_code_action_async(params) or ()
    first = next(item for item in actions if isinstance(item, lsp.CodeAction))
    return await editor.code_action_resolve_async(first)


def applied(editor: Editor, path: str, text: str, action: lsp.CodeAction) -> str:
    """A text after the edits of an action, which touch nothing else and one line each."""
    assert action.edit is not None
    (change,) = action.edit.document_changes or ()
    assert isinstance(change, lsp.TextDocumentEdit)
    assert change.text_document.uri == editor.uri(path)
    lines = text.splitlines(keepends=True)
    for piece in reversed(change.edits):
        assert isinstance(piece, lsp.TextEdit | lsp.AnnotatedTextEdit)
        start, end = piece.range.start, piece.range.end
        assert start.line == end.line
        line = lines[start.line]
        lines[start.line] = line[: start.character] + piece.new_text + line[end.character :]
    return "".join(lines)


@pytest.mark.ledger("U-01")
async def test_what_is_offered_leaves_nothing_to_find(tmp_path: Path) -> None:
    async with editing(write(tmp_path / "shop", SHOP)) as editor:
        editor.open(DAILY)
        await editor.has(DAILY, "TG706")
        mended = applied(editor, DAILY, SHOP[DAILY], await offered(editor, DAILY, "TG706"))
        assert mended == "select order_id from {{ ref('stg_orders') }}\n"
        editor.edit(DAILY, mended)
        await editor.has(DAILY)
        assert editor.pushed() == {}


@pytest.mark.ledger("U-12")
async def test_half_typed_and_never_saved(tmp_path: Path) -> None:
    async with editing(write(tmp_path / "shop", SHOP)) as editor:
        editor.open(PIPELINE, HALF_TYPED)
        await editor.until(lambda: {"TG002", "TG107"} <= set(editor.codes(PIPELINE)), "findings of a text not saved")
        assert not (editor.root / PIPELINE).exists()
        (wrong,) = [item for item in editor.diagnostics[editor.uri(PIPELINE)] if item.code == "TG107"]
        assert "ingets" in wrong.message, "what is missing may stand where the file can't be read"

        line = HALF_TYPED.splitlines().index("    idem")
        place = lsp.CompletionParams(editor.document(PIPELINE), lsp.Position(line, len("    idem")))
        found = await editor.text_document_completion_async(place)
        assert isinstance(found, lsp.CompletionList)
        (key,) = [item for item in found.items if item.label == "idempotency"]
        assert isinstance(key.text_edit, lsp.TextEdit)
        assert key.text_edit.new_text.startswith("idempotency:")

        mended = applied(editor, PIPELINE, HALF_TYPED, await offered(editor, PIPELINE, "TG107"))
        assert mended == HALF_TYPED.replace("ingets", "ingest")
        editor.edit(PIPELINE, mended)
        await editor.has(PIPELINE, "TG002")
