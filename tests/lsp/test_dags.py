"""DAG files through the process: what is offered while they are typed, what words are, renames, facts that are told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from lsprotocol import types as lsp

from tests.support.editor import Editor, editing, write

pytestmark = pytest.mark.asyncio(loop_scope="module")

LOAD = "dags/load.py"
WAIT = "dags/wait.py"
FILES = {
    "requirements.txt": "apache-airflow==3.0.2\n",
    LOAD: (
        "from airflow import DAG\n"
        "from airflow.providers.postgres.operators.postgres import PostgresOperator\n\n"
        "with DAG('load', schedule='@daily'):\n"
        "    PostgresOperator(task_id='🦆', sql='select 1')\n"
        "    PostgresOperator(task_id='copy', sql=\"insert into mart.orders select '{{ ds }}', o.* from shop.orders o\")\n"
    ),
    WAIT: (
        "from airflow import DAG\n"
        "from airflow.sensors.external_task import ExternalTaskSensor\n\n"
        "with DAG('wait'):\n"
        "    ExternalTaskSensor(task_id='wait', external_dag_id='load', external_task_id='copy')\n"
    ),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def editor(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Editor]:
    """A session in which the files have been read, and both DAGs are open."""
    async with editing(write(tmp_path_factory.mktemp("dags") / "shop", FILES)) as editor:
        await editor.until(editor.is_done, "the end of indexing")
        for path in (LOAD, WAIT):
            editor.open(path)
        await editor.quiet()
        yield editor


def at(path: str, before: str) -> lsp.Position:
    """The place behind a piece of a file's text."""
    text = FILES[path]
    end = text.index(before) + len(before)
    line = text.rfind("\n", 0, end) + 1
    return lsp.Position(text.count("\n", 0, end), len(text[line:end].encode("utf-16-le")) // 2)


async def offered(editor: Editor, line: str) -> list[lsp.CompletionItem]:
    """What is offered at the end of a line that is typed below the last one."""
    editor.edit(WAIT, FILES[WAIT] + line)
    position = lsp.Position(FILES[WAIT].count("\n"), len(line.encode("utf-16-le")) // 2)
    found = await editor.text_document_completion_async(lsp.CompletionParams(editor.document(WAIT), position))
    editor.edit(WAIT, FILES[WAIT])
    await editor.quiet()
    assert isinstance(found, lsp.CompletionList)
    return list(found.items)


async def test_completion_of_a_half_typed_call(editor: Editor) -> None:
    items = await offered(editor, "    x = ExternalTaskSensor(external_dag_id='load', external_task_id='")
    assert [item.label for item in items] == ["🦆", "copy"]
    resolved = await editor.completion_item_resolve_async(items[1])
    assert "writes: mart.orders (insert)" in str(resolved.documentation)


async def test_completion_in_a_template(editor: Editor) -> None:
    items = await offered(editor, "    x = BashOperator(bash_command='{{ dag_run.logi")
    assert [item.label for item in items] == ["logical_date"]


async def test_completion_in_sql(editor: Editor) -> None:
    items = await offered(editor, '    x = PostgresOperator(sql="select * from mart.')
    assert "mart.orders" in [item.label for item in items]


async def test_hover_says_what_the_word_is_in_this_version(editor: Editor) -> None:
    found = await editor.text_document_hover_async(lsp.HoverParams(editor.document(LOAD), at(LOAD, "{{ d")))
    assert found is not None
    assert isinstance(found.contents, lsp.MarkupContent)
    assert "the day on which the run is due" in found.contents.value
    assert "Airflow 2:" not in found.contents.value


async def test_rename_of_a_task(editor: Editor) -> None:
    place = (editor.document(WAIT), at(WAIT, "external_task_id='co"))
    prepared = await editor.text_document_prepare_rename_async(lsp.PrepareRenameParams(*place))
    assert isinstance(prepared, lsp.PrepareRenamePlaceholder)
    assert prepared.placeholder == "copy"
    edit = await editor.text_document_rename_async(lsp.RenameParams(*place, "orders"))
    assert edit is not None
    changed = {}
    for part in edit.document_changes or ():
        assert isinstance(part, lsp.TextDocumentEdit)
        changed[part.text_document.uri] = [
            item.range for item in part.edits if not isinstance(item, lsp.SnippetTextEdit)
        ]
    assert changed == {
        editor.uri(LOAD): [lsp.Range(at(LOAD, "task_id='🦆', sql='select 1')\n    PostgresOperator(task_id='"), at(LOAD, "task_id='copy"))],
        editor.uri(WAIT): [lsp.Range(at(WAIT, "external_task_id='"), at(WAIT, "external_task_id='copy"))],
    }  # fmt: skip


async def test_a_fact_in_the_configuration_counts_at_once(tmp_path: Path) -> None:
    files = {**FILES, LOAD: FILES[LOAD].replace("'{{ ds }}', ", "")}
    async with editing(write(tmp_path / "shop", files)) as editor:
        await editor.until(editor.is_done, "the end of indexing")
        editor.open(LOAD, files[LOAD])
        await editor.until(lambda: "TG201" in editor.codes(LOAD), "TG201")
        config = editor.root / "tidegate.toml"
        config.write_text('[facts.upserts]\n"load.copy" = ["order_id"]\n', "utf-8")
        editor.tell(lsp.FileChangeType.Created, "tidegate.toml")
        await editor.until(lambda: "TG201" not in editor.codes(LOAD), "no TG201")
        config.write_text('[facts.upserts]\n"load.paste" = ["order_id"]\n', "utf-8")
        editor.tell(lsp.FileChangeType.Changed, "tidegate.toml")
        await editor.until(lambda: "TG201" in editor.codes(LOAD), "TG201")
