"""Files in languages that are not only those of pipelines: connectors are judged, all else is left to the editor."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types as lsp

from tests.support.editor import editing, write
from tidegate_analyzers.layout.workspace import PROGRAMS

pytestmark = pytest.mark.asyncio

CONNECTOR = """{
  "name": "orders-index",
  "config": {
    "connector.class": "com.example.IndexSinkConnector",
    "topics": "orders",
    "errors.tolerance": "all"
  }
}
"""
OTHERS = {
    "package.json": '{"name": "shop", "scripts": {"build": "tsc"}, "dependencies": {"a": "1"}}\n',
    "application.properties": "server.port=8080\nspring.datasource.url=jdbc:postgresql://db/shop\n",
    "deploy.sh": "set -e\nfor host in a b; do\n  ssh $host restart\ndone\n",
    "src/Shop.java": "package shop;\n\nclass Shop {\n  int total() {\n    return 1;\n  }\n}\n",
    "counts.ipynb": '{"cells": [{"cell_type": "code", "source": ["print(1 + 1)"]}], "nbformat": 4}\n',
    "src/Shop.scala": "package shop\n\nobject Shop {\n  def total: Int = 1\n}\n",
}


async def test_a_connector_is_judged_while_it_is_typed(tmp_path: Path) -> None:
    async with editing(write(tmp_path, {"sink.json": CONNECTOR})) as editor:
        await editor.has("sink.json", "TG302")
        editor.open("sink.json")
        fixed = CONNECTOR.replace('"all"', '"all",\n    "errors.deadletterqueue.topic.name": "dlq"')
        editor.edit("sink.json", fixed)
        await editor.has("sink.json")


async def test_a_connector_that_changes_on_disk_is_read_again(tmp_path: Path) -> None:
    async with editing(write(tmp_path, {"sink.json": CONNECTOR, "other.json": CONNECTOR})) as editor:
        await editor.has("sink.json", "TG302")
        write(tmp_path, {"sink.json": CONNECTOR.replace(', "errors.tolerance": "all"', "").replace('"all"', '"none"')})
        editor.tell(lsp.FileChangeType.Changed, "sink.json")
        await editor.has("sink.json", "TG311")


async def test_nothing_is_said_of_other_files(tmp_path: Path) -> None:
    """Not even an empty list where that would keep the editor from what it knows by itself: folds, colours."""
    assert {Path(path).suffix[1:] for path in OTHERS} == set(PROGRAMS)
    async with editing(write(tmp_path, {**OTHERS, "sink.json": CONNECTOR})) as editor:
        await editor.has("sink.json", "TG302")
        for path in OTHERS:
            editor.open(path)
        await editor.quiet()
        assert {path: codes for path, codes in editor.pushed().items() if codes and path != "sink.json"} == {}
        for path in (*OTHERS, "sink.json"):
            document, start = editor.document(path), lsp.Position(1, 3)
            whole = lsp.Range(lsp.Position(0, 0), lsp.Position(6, 0))
            absent: dict[str, Any] = {
                "folding": await editor.text_document_folding_range_async(lsp.FoldingRangeParams(document)),
                "colours": await editor.text_document_semantic_tokens_full_async(lsp.SemanticTokensParams(document)),
                "selection": await editor.text_document_selection_range_async(
                    lsp.SelectionRangeParams(document, [start])
                ),
                "outline": await editor.text_document_document_symbol_async(lsp.DocumentSymbolParams(document)),
                "hover": await editor.text_document_hover_async(lsp.HoverParams(document, start)),
            }
            assert absent == dict.fromkeys(absent), path
            empty: dict[str, Any] = {
                "completion": await editor.text_document_completion_async(lsp.CompletionParams(document, start)),
                "definition": await editor.text_document_definition_async(lsp.DefinitionParams(document, start)),
                "lenses": await editor.text_document_code_lens_async(lsp.CodeLensParams(document)),
                "links": await editor.text_document_document_link_async(lsp.DocumentLinkParams(document)),
                "hints": await editor.text_document_inlay_hint_async(lsp.InlayHintParams(document, whole)),
            }
            assert {name: answer for name, answer in empty.items() if _says_something(answer)} == {}, path


def _says_something(answer: Any) -> bool:
    return bool(answer.items if isinstance(answer, lsp.CompletionList) else answer)
