"""Failure paths through the process: one change of several files, which the editor shows before it makes it."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types as lsp

from tests.support.editor import Editor, editing, write

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: orders
name: orders
version: 1.0.0
status: active
schema:
  - name: orders
    physicalName: sales.orders
    properties:
      - {name: id, logicalType: integer, primaryKey: true, required: true}
"""
CONNECTOR = """\
name=orders
connector.class=io.confluent.connect.jdbc.JdbcSinkConnector
topics=sales.orders
insert.mode=upsert
pk.mode=record_key
errors.tolerance=all
"""
JOB = """\
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
orders = spark.read.table("raw.orders")
orders.write.mode("overwrite").saveAsTable("sales.orders")
"""
FILES = {"contracts/orders.odcs.yaml": CONTRACT, "connect/orders.properties": CONNECTOR, "jobs/orders.py": JOB}


async def path_of(editor: Editor, path: str, line: int) -> lsp.WorkspaceEdit:
    """The failure path that is offered on a line."""
    at = lsp.Position(line, 12)
    context = lsp.CodeActionContext([])
    params = lsp.CodeActionParams(editor.document(path), lsp.Range(at, at), context)
    found = [
        item
        for item in await editor.text_document_code_action_async(params) or ()
        if isinstance(item, lsp.CodeAction) and item.title.startswith("Write the failure path")
    ]
    assert len(found) == 1
    edit = (await editor.code_action_resolve_async(found[0])).edit
    assert edit is not None
    return edit


def shown(editor: Editor, edit: lsp.WorkspaceEdit) -> dict[str, str]:
    """What is done to each file; every piece has to be confirmed, new files too."""
    notes = edit.change_annotations or {}
    assert notes
    assert all(note.needs_confirmation for note in notes.values())
    done: dict[str, str] = {}
    for part in edit.document_changes or ():
        if isinstance(part, lsp.CreateFile):
            assert part.annotation_id in notes
            done[part.uri.removeprefix(f"{editor.root.as_uri()}/")] = "made"
        elif isinstance(part, lsp.TextDocumentEdit):
            assert all(
                isinstance(piece, lsp.AnnotatedTextEdit) and piece.annotation_id in notes for piece in part.edits
            )
            done.setdefault(part.text_document.uri.removeprefix(f"{editor.root.as_uri()}/"), "changed")
    return done


async def test_one_change_with_everything_confirmed(tmp_path: Path) -> None:
    async with editing(write(tmp_path / "shop", FILES)) as editor:
        await editor.has("connect/orders.properties", "TG302")
        for path in FILES:
            editor.open(path)
        assert shown(editor, await path_of(editor, "connect/orders.properties", 5)) == {
            "connect/orders.properties": "changed",
            "contracts/orders.odcs.yaml": "changed",
            "connect/orders-replay.properties": "made",
        }
        assert shown(editor, await path_of(editor, "jobs/orders.py", 4)) == {
            "jobs/orders.py": "changed",
            "contracts/orders.odcs.yaml": "changed",
            "jobs/replay_orders.sh": "made",
        }
