"""How long an editor waits for answers about columns: `python -m tests.bench.answers PROJECT -- tidegate server`.

Models of a generated workspace are opened one after the other, and each thing is asked once of each: there is no answer
that was given before. `own` and `downstream` run from typing into the name of a column to the diagnostics of the file
itself, and of an open model that reads the column.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import random
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.client import CAPABILITIES, Client, Diagnostics, Message
from tests.bench.latency import THINK, ready
from tests.bench.processes import program

TIMEOUT = 60.0
ABLE: Message = {
    **CAPABILITIES,
    "workspace": {
        **CAPABILITIES["workspace"],
        "workspaceEdit": {"documentChanges": True, "resourceOperations": ["create", "rename", "delete"]},
    },
}
_QUALIFIED = re.compile(r"^ +base\.(?P<column>\w+)", re.M)
_REF = re.compile(r"ref\('(?P<model>\w+)'\)")
_MADE = re.compile(r"\bas (?P<column>\w+)\b")


class Answers:
    """What was measured, in seconds, by what was asked."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.times: dict[str, list[float]] = {}
        self.empty: dict[str, int] = {}

    async def ask(self, what: str, method: str, uri: str, at: Message, **more: Any) -> None:
        """Ask once, and note the time; an answer with nothing in it is counted."""
        params = {"textDocument": {"uri": uri}, "position": at, **more}
        took, answer = await self.client.request(f"textDocument/{method}", params, TIMEOUT)
        self.times.setdefault(what, []).append(took)
        items = answer["items"] if isinstance(answer, dict) and "items" in answer else answer
        self.empty[what] = self.empty.get(what, 0) + (not items)

    async def wait(self, what: str, wanted: asyncio.Future[float], sent: float) -> None:
        """Wait for diagnostics."""
        try:
            self.times.setdefault(what, []).append(await asyncio.wait_for(wanted, TIMEOUT) - sent)
        except TimeoutError:
            self.empty[what] = self.empty.get(what, 0) + 1


class File:
    """A file that is open in the server."""

    def __init__(self, client: Client, path: Path) -> None:
        self.client, self.uri = client, path.as_uri()
        self.text, self._version = path.read_text("utf-8"), 1
        document = {"uri": self.uri, "languageId": "sql", "version": 1, "text": self.text}
        client.notify("textDocument/didOpen", {"textDocument": document})

    def place(self, at: int) -> Message:
        """A position; the files are ASCII."""
        before = self.text[:at]
        return {"line": before.count("\n"), "character": at - before.rfind("\n") - 1}

    def change(self, start: int, end: int, new: str) -> float:
        """Put a text in the place of another; gives the time."""
        change = {"range": {"start": self.place(start), "end": self.place(end)}, "text": new}
        self.text = self.text[:start] + new + self.text[end:]
        self._version += 1
        document = {"uri": self.uri, "version": self._version}
        self.client.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})
        return time.perf_counter()

    def close(self) -> None:
        """Give it back as it is on the disk."""
        self.client.notify("textDocument/didClose", {"textDocument": {"uri": self.uri}})


def pairs(project: Path, count: int) -> Iterator[tuple[Path, int, Path, int]]:
    """Staging models, where a column of theirs is made, and a model that reads it, with where."""
    staged = {path.stem: path for path in (project / "models" / "staging").rglob("*.sql")}
    readers = sorted((project / "models" / "intermediate").rglob("*.sql"))
    random.Random(7).shuffle(readers)
    found = 0
    for reader in readers:
        text = reader.read_text("utf-8")
        for name in _REF.findall(text):
            made = _MADE.finditer(staged[name].read_text("utf-8")) if name in staged else ()
            uses = ((item.start("column"), re.search(rf"\brecords\.({item['column']})\b", text)) for item in made)
            use = next(((at, match.start(1)) for at, match in uses if match is not None), None)
            if use is not None and found < count:
                found += 1
                yield staged[name], use[0], reader, use[1]
                break


async def measure(command: Sequence[str], project: Path, count: int, env: Mapping[str, str]) -> Answers:
    """Ask a server that has read the workspace.

    Args:
        command: what starts the server.
        project: the workspace.
        count: how many models are asked about.
        env: the environment, besides this process'.
    """
    marts = sorted((project / "models" / "marts").rglob("*.sql"))
    random.Random(7).shuffle(marts)
    chosen = [path for path in marts if _QUALIFIED.search(path.read_text("utf-8"))][:count]
    with tempfile.TemporaryFile() as log:
        client = await Client.start(command, project, {**os.environ, **env}, log.fileno())
        answers, started = Answers(client), time.perf_counter()
        try:
            uri = project.as_uri()
            folders = [{"uri": uri, "name": project.name}]
            params = {"processId": os.getpid(), "rootUri": uri, "workspaceFolders": folders}
            await client.request("initialize", {**params, "capabilities": ABLE}, TIMEOUT)
            client.notify("initialized", {})
            await ready(client, started, 600)
            for path in chosen:
                await _read(answers, File(client, path))
            for producer, at, reader, used in pairs(project, count):
                await _write(answers, File(client, producer), at, File(client, reader), used)
        finally:
            await client.stop()
    return answers


async def _read(answers: Answers, file: File) -> None:
    match = _QUALIFIED.search(file.text)
    assert match is not None
    await asyncio.sleep(5 * THINK)  # what closing the last file has set off is over
    at = file.place(match.start("column") + 1)
    await answers.ask("hover", "hover", file.uri, at)
    await answers.ask("definition", "definition", file.uri, at)
    context = {"includeDeclaration": True}
    await answers.ask("references of a column", "references", file.uri, at, context=context)
    model = _REF.search(file.text)
    assert model is not None
    await answers.ask(
        "references of a model", "references", file.uri, file.place(model.start("model")), context=context
    )
    await answers.ask("rename of a model", "rename", file.uri, file.place(model.start("model")), newName="renamed_here")
    start, end = match.span("column")
    file.change(start, end, "")
    await answers.ask("completion", "completion", file.uri, file.place(start))
    file.close()


async def _write(answers: Answers, producer: File, at: int, reader: File, used: int) -> None:
    await asyncio.sleep(3 * THINK)
    client = answers.client
    await answers.ask("rename of a column", "rename", producer.uri, producer.place(at), newName="renamed_here")

    def marked(found: Diagnostics) -> bool:
        return any("zz" in item["message"] or item.get("code") in ("TG702", "TG709") for item in found)

    wanted = client.expect(reader.uri, marked)
    sent = reader.change(used, used, "zz")
    await answers.wait("own", wanted, sent)
    wanted = client.expect(reader.uri, lambda found: not marked(found))
    reader.change(used, used + 2, "")
    await asyncio.wait_for(wanted, TIMEOUT)
    await asyncio.sleep(THINK)
    wanted = client.expect(reader.uri, marked)
    sent = producer.change(at, at, "zz")
    await answers.wait("downstream", wanted, sent)
    producer.close()
    reader.close()


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="measure a language server's answers about columns")
    parser.add_argument("project", metavar="PROJECT", type=Path, help="a workspace of tests.bench.generate")
    parser.add_argument("server", metavar="COMMAND", nargs="+", help="the server's command, after --")
    parser.add_argument("--count", metavar="N", type=int, default=60, help="of how many models (default: 60)")
    options = parser.parse_args()
    server = [program(options.server[0]), *options.server[1:]]
    answers = asyncio.run(measure(server, options.project.resolve(), options.count, {}))
    told = {}
    for what, times in answers.times.items():
        ordered = sorted(times)
        high = ordered[math.ceil(0.95 * len(ordered)) - 1]
        told[what] = {
            "count": len(times),
            "p50 ms": round(1000 * median(ordered), 1),
            "p95 ms": round(1000 * high, 1),
            "max ms": round(1000 * ordered[-1], 1),
            "nothing": answers.empty.get(what, 0),
        }
    sys.stdout.write(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
