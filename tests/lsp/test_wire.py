"""What the server answers to clients that err, and how its process ends."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.support.editor import write
from tests.support.wire import wired

NOT_INITIALIZED = -32002
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
REQUEST_CANCELLED = -32800
CONTENT_MODIFIED = -32801

SHOP = {
    "dbt_project.yml": "name: shop\nversion: '1.0'\nmodel-paths: [models]\n",
    "models/a.sql": "select * from {{ ref('nowhere') }}\n",
}


def hover(uri: str) -> dict[str, Any]:
    return {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 0}}


async def test_a_session_ends_with_shutdown_and_exit(tmp_path: Path) -> None:
    async with wired(tmp_path) as wire:
        await wire.initialize(tmp_path)
        assert (await wire.request("shutdown"))["result"] is None
        wire.notify("exit")
        assert await wire.ended() == 0
        assert await wire.log() == ""


async def test_exit_without_shutdown_is_an_error(tmp_path: Path) -> None:
    async with wired(tmp_path) as wire:
        await wire.initialize(tmp_path)
        wire.notify("exit")
        assert await wire.ended() == 1


async def test_exit_before_initialize_ends_the_process(tmp_path: Path) -> None:
    async with wired(tmp_path) as wire:
        wire.notify("exit")
        assert await wire.ended() == 1


async def test_a_client_that_goes_without_a_word_takes_the_server_along(tmp_path: Path) -> None:
    async with wired(tmp_path) as wire:
        await wire.initialize(tmp_path)
        assert wire.process.stdin is not None
        wire.process.stdin.close()
        assert await wire.ended() == 1


async def test_nothing_is_answered_before_initialize(tmp_path: Path) -> None:
    async with wired(tmp_path) as wire:
        answer = await wire.request("textDocument/hover", hover(tmp_path.as_uri()))
        assert answer["error"]["code"] == NOT_INITIALIZED
        answer = await wire.request("shutdown")
        assert answer["error"]["code"] == NOT_INITIALIZED
        wire.notify("textDocument/didSave", {"textDocument": {"uri": tmp_path.as_uri()}})  # dropped
        assert "capabilities" in (await wire.initialize(tmp_path))["result"]


async def test_nothing_is_answered_after_shutdown(tmp_path: Path) -> None:
    async with wired(tmp_path) as wire:
        await wire.initialize(tmp_path)
        await wire.request("shutdown")
        answer = await wire.request("textDocument/hover", hover(tmp_path.as_uri()))
        assert answer["error"]["code"] == INVALID_REQUEST
        wire.notify("exit")
        assert await wire.ended() == 0


async def test_initialize_is_for_once(tmp_path: Path) -> None:
    async with wired(tmp_path) as wire:
        await wire.initialize(tmp_path)
        assert (await wire.initialize(tmp_path))["error"]["code"] == INVALID_REQUEST


async def test_an_unknown_request_is_refused_and_an_unknown_notification_dropped(tmp_path: Path) -> None:
    async with wired(tmp_path) as wire:
        await wire.initialize(tmp_path)
        assert (await wire.request("textDocument/brew", {}))["error"]["code"] == METHOD_NOT_FOUND
        assert (await wire.request("$/brew", {}))["error"]["code"] == METHOD_NOT_FOUND
        wire.notify("$/brewed", {})
        wire.notify("textDocument/didBrew", {})
        assert (await wire.request("shutdown"))["result"] is None


@pytest.mark.parametrize(
    "params",
    [
        {},
        None,
        [],
        {"textDocument": "file:///a.sql", "position": {"line": 0, "character": 0}},
        {"textDocument": {"uri": "file:///a.sql"}, "position": {"line": "one", "character": 0}},
        {"textDocument": {"uri": "file:///a.sql"}, "position": None},
    ],
    ids=repr,
)
async def test_parameters_that_make_no_sense_are_told(tmp_path: Path, params: Any) -> None:
    async with wired(tmp_path) as wire:
        await wire.initialize(tmp_path)
        assert (await wire.request("textDocument/hover", params))["error"]["code"] == INVALID_PARAMS
        wire.notify("textDocument/didChange", params)
        assert (await wire.request("shutdown"))["result"] is None


async def test_a_body_that_is_no_json_is_survived(tmp_path: Path) -> None:
    async with wired(tmp_path) as wire:
        await wire.initialize(tmp_path)
        wire.send_bytes(b"{")
        assert (await wire.request("shutdown"))["result"] is None


@pytest.mark.parametrize(
    "uri", ["", "a.sql", "file://", "file:///", "file:///%00", "http://[", "untitled:x", "file:///a%ZZ"]
)
async def test_an_address_that_leads_nowhere_has_an_answer(tmp_path: Path, uri: str) -> None:
    async with wired(tmp_path) as wire:
        await wire.initialize(tmp_path)
        opened = {"uri": uri, "languageId": "sql", "version": 1, "text": "select 1"}
        wire.notify("textDocument/didOpen", {"textDocument": opened})
        assert (await wire.request("textDocument/hover", hover(uri)))["result"] is None
        wire.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        wire.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": uri, "type": 2}]})
        assert (await wire.request("shutdown"))["result"] is None
        wire.notify("exit")
        assert await wire.ended() == 0
        assert "Traceback" not in await wire.log()


async def test_notifications_about_what_is_not_open_are_survived(tmp_path: Path) -> None:
    root = write(tmp_path / "shop", SHOP)
    uri = (root / "models/a.sql").as_uri()
    async with wired(tmp_path / "cache") as wire:
        await wire.initialize(root)
        change = {"range": {"start": {"line": 9, "character": 9}, "end": {"line": 9, "character": 9}}, "text": "x"}
        wire.notify("textDocument/didChange", {"textDocument": {"uri": uri, "version": 2}, "contentChanges": [change]})
        wire.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        wire.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
        assert (await wire.request("textDocument/hover", hover(uri)))["result"] is None
        assert (await wire.request("shutdown"))["result"] is None


async def test_a_request_that_is_cancelled_is_answered_so(tmp_path: Path) -> None:
    """The request waits until the workspace, which is large enough, is read."""
    root = write(tmp_path / "shop", {**SHOP, **{f"models/m{i}.sql": "select 1 as id\n" for i in range(300)}})
    able = {
        "textDocument": {"diagnostic": {}},
        "workspace": {"diagnostics": {"refreshSupport": True}},
    }
    async with wired(tmp_path / "cache") as wire:
        folders = [{"uri": root.as_uri(), "name": "shop"}]
        await wire.request("initialize", {"processId": None, "capabilities": able, "workspaceFolders": folders})
        wire.notify("initialized", {})
        number = wire.start("workspace/diagnostic", {"previousResultIds": []})
        await asyncio.sleep(0.1)
        wire.notify("$/cancelRequest", {"id": number})
        assert (await wire.answer(number))["error"]["code"] == REQUEST_CANCELLED
        # It is gone for good, and the next one is answered.
        answer = await wire.request("workspace/diagnostic", {"previousResultIds": []})
        assert [item["uri"] for item in answer["result"]["items"]] == [(root / "models/a.sql").as_uri()]
        wire.notify("$/cancelRequest", {"id": number})  # too late
        wire.notify("$/cancelRequest", {"id": 4_711})
        assert (await wire.request("shutdown"))["result"] is None
        wire.notify("exit")
        assert await wire.ended() == 0
        assert await wire.log() == ""


async def test_many_requests_at_once_are_all_answered(tmp_path: Path) -> None:
    root = write(tmp_path / "shop", SHOP)
    uri = (root / "models/a.sql").as_uri()
    async with wired(tmp_path / "cache") as wire:
        await wire.initialize(root)
        opened = {"uri": uri, "languageId": "sql", "version": 1, "text": SHOP["models/a.sql"]}
        wire.notify("textDocument/didOpen", {"textDocument": opened})
        numbers = [wire.start("textDocument/documentSymbol", {"textDocument": {"uri": uri}}) for _ in range(50)]
        for number in numbers[::2]:
            wire.notify("$/cancelRequest", {"id": number})
        answers = [await wire.answer(number) for number in numbers[1::2]]
        assert all("result" in answer for answer in answers)


async def test_requests_may_have_names(tmp_path: Path) -> None:
    async with wired(tmp_path) as wire:
        await wire.initialize(tmp_path)
        wire.send({"id": "first", "method": "textDocument/hover", "params": hover("file:///nowhere.sql")})
        assert (await wire.answer("first"))["result"] is None


async def test_resolving_an_action_that_is_gone_asks_to_try_again(tmp_path: Path) -> None:
    root = write(tmp_path / "shop", SHOP)
    async with wired(tmp_path / "cache") as wire:
        await wire.initialize(root)
        for data in (None, {"uri": (root / "models/a.sql").as_uri()}, {"uri": "untitled:x", "title": 1}, [1]):
            answer = await wire.request("codeAction/resolve", {"title": "Fix", "data": data})
            assert answer["error"]["code"] == CONTENT_MODIFIED


async def test_only_errors_of_the_server_itself_are_logged(tmp_path: Path) -> None:
    async with wired(tmp_path) as wire:
        await wire.initialize(tmp_path)
        await wire.request("textDocument/brew", {})
        await wire.request("textDocument/hover", {})
        await wire.request("codeAction/resolve", {"title": "Fix"})
        await wire.request("shutdown")
        wire.notify("exit")
        await wire.ended()
        assert await wire.log() == ""


async def test_a_client_that_answers_late_or_never_is_not_waited_for(tmp_path: Path) -> None:
    """Its settings and its progress may come late: work begins without them, and a late answer is no error."""
    root = write(tmp_path / "shop", SHOP)
    able = {"workspace": {"configuration": True}, "window": {"workDoneProgress": True}}
    async with wired(tmp_path / "cache") as wire:
        folders = [{"uri": root.as_uri(), "name": "shop"}]
        await wire.request("initialize", {"processId": None, "capabilities": able, "workspaceFolders": folders})
        wire.notify("initialized", {})
        asked: list[dict[str, Any]] = []
        pushed: list[dict[str, Any]] = []
        while not pushed:
            message = await wire.read()
            if "id" in message:
                asked.append(message)
            elif message["method"] == "textDocument/publishDiagnostics":
                pushed.append(message["params"])
        assert {message["method"] for message in asked} == {
            "workspace/configuration",
            "window/workDoneProgress/create",
        }
        assert [item["code"] for item in pushed[0]["diagnostics"]] == ["TG706"]
        for message in asked:
            wire.send({"id": message["id"], "result": None})
        assert (await wire.request("shutdown"))["result"] is None
        wire.notify("exit")
        assert await wire.ended() == 0
        log = await wire.log()
        assert "does not tell its settings" in log
        assert "Traceback" not in log
