"""TG702 while a column is renamed: marked at once on both sides, until the change is undone or committed."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from lsprotocol import types as lsp

from tests.support.editor import abilities, editing, write
from tests.support.repository import commit, git

STAGING = "select id as order_id, total as amount from {{ source('raw', 'orders') }}\n"
RENAMED = STAGING.replace("order_id", "order_key")
MART = "select order_id, amount from {{ ref('stg_orders') }}\n"
SHOP = {
    "dbt_project.yml": "name: shop\nprofile: shop\nmodel-paths: [models]\n",
    "tidegate.toml": 'ignore = ["TG1", "TG3", "TG6"]\n',
    "models/raw.yml": "sources: [{name: raw, tables: [{name: orders}]}]\n",
    "models/stg_orders.sql": STAGING,
    "models/mart.sql": MART,
    "models/wide.sql": "select * from {{ ref('stg_orders') }}\n",
    "models/far.sql": "select order_id from {{ ref('wide') }}\n",
}
PRODUCER, CONSUMER, FAR = "models/stg_orders.sql", "models/mart.sql", "models/far.sql"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A dbt project, committed."""
    return commit(write(tmp_path / "shop", SHOP))


async def test_a_rename_that_is_typed_and_undone(shop: Path) -> None:
    async with editing(shop) as editor:
        editor.open(PRODUCER)
        await editor.until(editor.is_done, "the end of reading")
        await editor.quiet()
        assert editor.pushed() == {}
        editor.edit(PRODUCER, RENAMED)
        for path in (PRODUCER, CONSUMER, FAR):
            await editor.has(path, "TG702")
        (producer,) = editor.diagnostics[editor.uri(PRODUCER)]
        assert producer.severity == lsp.DiagnosticSeverity.Error
        assert sorted(item.location.uri for item in producer.related_information or ()) == [
            editor.uri(FAR),
            editor.uri(CONSUMER),
        ]
        editor.edit(PRODUCER, STAGING)
        for path in (PRODUCER, CONSUMER, FAR):
            await editor.has(path)


async def test_the_consumer_is_changed_as_well(shop: Path) -> None:
    async with editing(shop) as editor:
        editor.open(PRODUCER)
        editor.open(CONSUMER)
        editor.edit(PRODUCER, RENAMED)
        await editor.has(CONSUMER, "TG702")
        editor.edit(CONSUMER, MART.replace("order_id", "order_key"))
        await editor.has(CONSUMER)
        await editor.has(FAR, "TG702")


async def test_it_is_cleared_by_a_commit(shop: Path) -> None:
    """What is committed is not news; the consumer has an unknown column now."""
    async with editing(shop) as editor:
        editor.open(PRODUCER)
        editor.edit(PRODUCER, RENAMED)
        await editor.has(CONSUMER, "TG702")
        (shop / PRODUCER).write_text(RENAMED, "utf-8")
        commit(shop)
        await editor.has(CONSUMER, "TG709")
        await editor.has(PRODUCER)
        git(shop, "reset", "-q", "--soft", "HEAD~1")
        await editor.has(CONSUMER, "TG702")
        await editor.has(PRODUCER, "TG702")


async def test_an_edit_on_disk_and_its_reversal(shop: Path) -> None:
    async with editing(shop) as editor:
        editor.open(CONSUMER)
        await editor.until(editor.is_done, "the end of reading")
        (shop / PRODUCER).write_text(RENAMED, "utf-8")
        editor.tell(lsp.FileChangeType.Changed, PRODUCER)
        await editor.has(CONSUMER, "TG702")
        git(shop, "checkout", "-q", "--", PRODUCER)
        editor.tell(lsp.FileChangeType.Changed, PRODUCER)
        await editor.has(CONSUMER)
        await editor.has(PRODUCER)


async def test_a_branch_is_checked_out(shop: Path) -> None:
    """Files and commit change together: nothing is lost in between."""
    git(shop, "checkout", "-q", "-b", "other")
    for path, text in (
        (PRODUCER, RENAMED),
        (CONSUMER, MART.replace("order_id", "order_key")),
        (FAR, "select 1 as x\n"),
    ):
        (shop / path).write_text(text, "utf-8")
    commit(shop)
    async with editing(shop) as editor:
        await editor.until(editor.is_done, "the end of reading")
        git(shop, "checkout", "-q", "main")
        editor.tell(lsp.FileChangeType.Changed, PRODUCER, CONSUMER, FAR)
        await asyncio.sleep(2)
        await editor.quiet()
        assert editor.pushed() == {}


async def test_files_that_differ_when_the_editor_starts(shop: Path) -> None:
    (shop / PRODUCER).write_text(RENAMED, "utf-8")
    async with editing(shop) as editor:
        await editor.has(CONSUMER, "TG702")
        await editor.has(PRODUCER, "TG702")


async def test_an_unsaved_text_when_the_editor_starts(shop: Path) -> None:
    async with editing(shop) as editor:
        editor.open(PRODUCER, RENAMED)
        await editor.has(CONSUMER, "TG702")


async def test_half_typed(shop: Path) -> None:
    """What can't be read is not missing."""
    async with editing(shop) as editor:
        editor.open(PRODUCER)
        await editor.until(editor.is_done, "the end of reading")
        editor.edit(PRODUCER, "select id as order_")
        editor.edit(PRODUCER, "select id as order_key, (total from {{ source('raw', ")
        await editor.quiet(1)
        assert "TG702" not in {code for codes in editor.pushed().values() for code in codes}


async def test_the_quick_fixes(shop: Path) -> None:
    async with editing(shop, abilities()) as editor:
        editor.open(PRODUCER)
        editor.open(CONSUMER)
        editor.edit(PRODUCER, RENAMED)
        titles = {}
        for path in (PRODUCER, CONSUMER):
            await editor.has(path, "TG702")
            (found,) = editor.diagnostics[editor.uri(path)]
            params = lsp.CodeActionParams(editor.document(path), found.range, lsp.CodeActionContext([found]))
            titles[path] = [item.title for item in await editor.text_document_code_action_async(params) or ()]
        assert any("Give 'order_id' as well" in title for title in titles[PRODUCER])
        assert any("Change to 'order_key'" in title for title in titles[CONSUMER])


async def test_a_repository_of_somebody_else(shop: Path) -> None:
    environment = {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"}
    async with editing(shop, environment=environment) as editor:
        editor.open(PRODUCER, RENAMED)
        await editor.has(CONSUMER, "TG709")
        await editor.until(lambda: editor.log_messages, "a word about it")
        (told,) = [item.message for item in editor.log_messages]
        assert "belongs to somebody else" in told
