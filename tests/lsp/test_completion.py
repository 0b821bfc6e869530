"""Completion through the process: what each kind of client is given, and what is typed is not waited for."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types as lsp

from tests.support.editor import Editor, abilities, editing, write

pytestmark = pytest.mark.asyncio

FILES = {
    "dbt_project.yml": "name: shop\nprofile: shop\n",
    "models/stg_orders.sql": "select 1 as id\n",
    "models/stg_customers.sql": "select 1 as id\n",
    "models/orders.sql": "select 1 as id\n",
    "macros/money.sql": "{% macro cents(column, digits=2) %}{{ column }}{% endmacro %}\n",
}
ORDERS = "models/orders.sql"


def able(**given: bool) -> lsp.ClientCapabilities:
    """What an editor can do that completes."""
    able = abilities()
    assert able.text_document is not None
    markdown = [lsp.MarkupKind.Markdown]
    able.text_document.completion = lsp.CompletionClientCapabilities(
        completion_item=lsp.ClientCompletionItemOptions(
            snippet_support=given.get("snippets"),
            insert_replace_support=given.get("insert_replace"),
            documentation_format=markdown if given.get("markdown") else None,
        ),
        completion_list=lsp.CompletionListCapabilities(["editRange"]) if given.get("defaults") else None,
    )
    return able


async def asked(editor: Editor, text: str, typed: str | None = None) -> list[lsp.CompletionItem]:
    """What is offered at the bar of a text, at once after it was typed."""
    before, _, after = text.partition("|")
    editor.edit(ORDERS, before + after)
    line = before.count("\n")
    column = len(before[before.rfind("\n") + 1 :].encode("utf-16-le")) // 2
    trigger = lsp.CompletionTriggerKind.TriggerCharacter if typed else lsp.CompletionTriggerKind.Invoked
    context = lsp.CompletionContext(trigger, typed)
    position = lsp.Position(line, column)
    found = await editor.text_document_completion_async(
        lsp.CompletionParams(editor.document(ORDERS), position, context=context)
    )
    if found is None:
        return []
    assert isinstance(found, lsp.CompletionList)
    if found.item_defaults is not None:
        place = found.item_defaults.edit_range
        assert place is not None
        for item in found.items:
            assert item.text_edit is None
    return list(found.items)


async def test_an_editor_that_can_do_little(tmp_path: Path) -> None:
    async with editing(write(tmp_path / "shop", FILES), able()) as editor:
        editor.open(ORDERS)
        await editor.until(editor.is_done)
        await editor.quiet()
        items = await asked(editor, "select * from {{ ref('stg_|")
        assert [item.label for item in items] == ["stg_customers", "stg_orders"]
        start, end = lsp.Position(0, 22), lsp.Position(0, 26)
        assert items[1].text_edit == lsp.TextEdit(lsp.Range(start, end), "stg_orders') }}")
        assert items[1].sort_text is not None
        assert items[1].sort_text > (items[0].sort_text or "")
        resolved = await editor.completion_item_resolve_async(items[1])
        assert isinstance(resolved.documentation, str)
        assert resolved.documentation.startswith("stg_orders — dbt model, view")
        (macro, *_) = await asked(editor, "select {{ cents|")
        assert isinstance(macro.text_edit, lsp.TextEdit)
        assert macro.text_edit.new_text == "cents() }}"
        assert macro.insert_text_format is None


async def test_an_editor_that_can_do_everything(tmp_path: Path) -> None:
    can = able(snippets=True, insert_replace=True, markdown=True)
    async with editing(write(tmp_path / "shop", FILES), can) as editor:
        editor.open(ORDERS)
        await editor.until(editor.is_done)
        await editor.quiet()
        items = await asked(editor, "select '😀', * from {{ ref('stg_|customers') }}")
        edit = items[1].text_edit
        assert isinstance(edit, lsp.InsertReplaceEdit)
        assert edit.new_text == "stg_orders"
        assert (edit.insert.start.character, edit.insert.end.character, edit.replace.end.character) == (28, 32, 41)
        (macro, *_) = await asked(editor, "select {{ cents|")
        assert isinstance(macro.text_edit, lsp.TextEdit)
        assert macro.text_edit.new_text == "cents($1) }}"
        assert macro.insert_text_format == lsp.InsertTextFormat.Snippet
        resolved = await editor.completion_item_resolve_async(macro)
        assert isinstance(resolved.documentation, lsp.MarkupContent)
        assert "cents(column, digits=2)" in resolved.documentation.value
        (item, *_) = await asked(editor, 'select * from {{ ref("stg_o|"')
        assert item.additional_text_edits is not None
        assert [edit.new_text for edit in item.additional_text_edits] == [") }}"]


async def test_a_range_for_all_items(tmp_path: Path) -> None:
    async with editing(write(tmp_path / "shop", FILES), able(defaults=True)) as editor:
        editor.open(ORDERS)
        await editor.until(editor.is_done)
        await editor.quiet()
        items = await asked(editor, "select * from {{ ref('stg_o|')")
        assert (items[0].label, items[0].text_edit_text) == ("stg_orders", None)


async def test_most_blanks_ask_for_nothing(tmp_path: Path) -> None:
    async with editing(write(tmp_path / "shop", FILES), able()) as editor:
        editor.open(ORDERS)
        await editor.until(editor.is_done)
        await editor.quiet()
        assert await asked(editor, "select {{ 1 + |", " ") == []
        assert await asked(editor, "select {{ |", " ") != []
        assert await asked(editor, "select 1 -|", "-") == []


async def test_signatures(tmp_path: Path) -> None:
    able_ = able()
    assert able_.text_document is not None
    able_.text_document.signature_help = lsp.SignatureHelpClientCapabilities(
        signature_information=lsp.ClientSignatureInformationOptions(
            documentation_format=[lsp.MarkupKind.Markdown],
            parameter_information=lsp.ClientSignatureParameterInformationOptions(label_offset_support=True),
            active_parameter_support=True,
        )
    )
    async with editing(write(tmp_path / "shop", FILES), able_) as editor:
        editor.open(ORDERS)
        await editor.until(editor.is_done)
        await editor.quiet()
        text = "select {{ cents('amount', "
        editor.edit(ORDERS, text)
        params = lsp.SignatureHelpParams(editor.document(ORDERS), lsp.Position(0, len(text)))
        found = await editor.text_document_signature_help_async(params)
        assert found is not None
        (one,) = found.signatures
        assert one.label == "cents(column, digits=2)"
        assert [parameter.label for parameter in one.parameters or ()] == [(6, 12), (14, 22)]
        assert (found.active_parameter, one.active_parameter) == (1, 1)
        editor.edit(ORDERS, "select 1")
        nothing = lsp.SignatureHelpParams(editor.document(ORDERS), lsp.Position(0, 8))
        assert await editor.text_document_signature_help_async(nothing) is None
