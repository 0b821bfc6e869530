"""How long an editor waits for a language server: `python -m tests.bench.latency PROJECT -- tidegate server`.

The server is started and a model opened at once, as an editor does that comes back with unsaved work: there is a
character too many in a `ref()`. When the server is quiet, the character is taken back and typed again and again; the
clock runs until the diagnostics are the right ones for that text.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.bench.client import CAPABILITIES, Client, Diagnostics, Message, ServerEnded, path_of
from tests.bench.processes import MemoryWatch, cpu_of, program

QUIET = 1.5
"""A server is ready when it has been silent and idle for so many seconds."""

THINK = 0.12
"""Seconds between two keys."""

GIVE_UP = 3
"""After so many edits without the right diagnostics no more are tried."""

_REF = re.compile(r"ref\('(\w+)'\)")


@dataclass(slots=True)
class Session:
    """What one session with a server showed; times in seconds.

    Attributes:
        initialize: from the start of the process to the answer to `initialize`.
        first: from opening a model, right after that, to its diagnostics.
        ready: from the start of the process until it was silent and idle.
        ready_cpu: the processor time that took.
        opened: from opening another model, when ready, to its diagnostics.
        edits: from typing a character to the right diagnostics, for each edit.
        late: edits whose diagnostics were not right in time.
        hovers: from asking to the answer, for `hover` on the referenced model.
        hover_length: the characters of the answer.
        completions: from typing a character to the answer to `completion` in the `ref()`, of all models.
        completion_items: how many items the last answer has.
        memory: the peak of the resident memory of all its processes together, in MB.
        load: the load average of the last minute at the start.
        failure: why the session ended early.
    """

    initialize: float | None = None
    first: float | None = None
    ready: float | None = None
    ready_cpu: float | None = None
    opened: float | None = None
    edits: list[float] = field(default_factory=list)
    late: int = 0
    hovers: list[float] = field(default_factory=list)
    hover_length: int = 0
    completions: list[float] = field(default_factory=list)
    completion_items: int = 0
    memory: float = 0.0
    load: float = 0.0
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a session goes.

    Attributes:
        edits: how many characters are typed or taken back, and how often hover and completion are asked.
        on_save: the server looks at a file only when it is saved. The file is opened without the fault, then.
        patience: seconds to wait for the server to start and be ready.
        timeout: seconds to wait for anything after that.
    """

    edits: int = 60
    on_save: bool = False
    patience: float = 300
    timeout: float = 30


class NotReady(Exception):
    """A server did not come to rest."""


class Editor:
    """One model open in a server.

    Attributes:
        client: the connection to the server.
        file: the file of the model; it must have a `ref()`.
        uri: its address.
        faulty: whether there is a character too many in the first `ref()`.
    """

    def __init__(self, client: Client, file: Path) -> None:
        self.client = client
        self.file = file
        self.uri = file.as_uri()
        self.faulty = False
        self._text = file.read_text("utf-8")
        self._version = 1
        self._at = next(match.end(1) for match in _REF.finditer(self._text))

    @property
    def position(self) -> Message:
        """The end of the name in the first `ref()`."""
        return self._position(self._at)

    @property
    def beginning(self) -> Message:
        """The beginning of that name."""
        return self._position(self._text.rindex("'", 0, self._at) + 1)

    def _position(self, at: int) -> Message:
        before = self._text[:at]
        return {"line": before.count("\n"), "character": at - before.rfind("\n") - 1}

    @property
    def text(self) -> str:
        """The text as it is now."""
        return self._text[: self._at] + "q" * self.faulty + self._text[self._at :]

    def open(self, *, faulty: bool) -> float:
        """Open it; gives the time."""
        self.faulty = faulty
        document = {"uri": self.uri, "languageId": "sql", "version": self._version, "text": self.text}
        now = time.perf_counter()
        self.client.notify("textDocument/didOpen", {"textDocument": document})
        return now

    def change(self, *, save: bool) -> float:
        """Type the character too many, or take it back; gives the time."""
        start = self.position
        end = {**start, "character": start["character"] + self.faulty}
        change = {"range": {"start": start, "end": end}, "text": "" if self.faulty else "q"}
        self.faulty = not self.faulty
        self._version += 1
        document = {"uri": self.uri, "version": self._version}
        now = time.perf_counter()
        self.client.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})
        if save:
            self.file.write_text(self.text, "utf-8")
            self.client.notify("textDocument/didSave", {"textDocument": {"uri": self.uri}})
        return now


async def measure(command: Sequence[str], project: Path, env: Mapping[str, str], plan: Plan) -> Session:
    """One session with a server, from its start to its end."""
    session = Session(load=os.getloadavg()[0])
    first, second = models(project)
    with tempfile.TemporaryFile() as log:
        started = time.perf_counter()
        client = await Client.start(command, project, {**os.environ, **env}, log.fileno())
        watch = MemoryWatch(client.process.pid)
        original = first.read_text("utf-8")
        try:
            await _start(client, project, session, started, plan)
            await _use(client, Editor(client, first), Editor(client, second), session, started, plan)
        except (ServerEnded, ConnectionError):
            log.seek(0)
            session.failure = "the server ended: " + log.read()[-500:].decode(errors="replace")
        except NotReady:
            session.failure = f"neither silent nor idle after {plan.patience:.0f} s"
        except TimeoutError:
            session.failure = "no answer in time"
        finally:
            session.memory = watch.stop()
            await client.stop()
            if plan.on_save:
                first.write_text(original, "utf-8")
    return session


def models(project: Path) -> tuple[Path, Path]:
    """Two models that refer to others, of two folders."""
    folders = sorted(folder for folder in (project / "models" / "marts").iterdir() if folder.is_dir())
    first, second = (sorted(folder.glob("*.sql"))[0] for folder in folders[:2])
    return first, second


async def _start(client: Client, project: Path, session: Session, started: float, plan: Plan) -> None:
    uri = project.as_uri()
    folders = [{"uri": uri, "name": project.name}]
    params = {"processId": os.getpid(), "rootUri": uri, "workspaceFolders": folders, "capabilities": CAPABILITIES}
    await client.request("initialize", params, plan.patience)
    session.initialize = time.perf_counter() - started
    client.notify("initialized", {})


async def _use(client: Client, editor: Editor, other: Editor, session: Session, started: float, plan: Plan) -> None:
    wanted = client.expect(editor.uri, bool)
    opened = editor.open(faulty=not plan.on_save)
    session.ready = await ready(client, started, plan.patience)
    session.ready_cpu = cpu_of(client.process.pid)
    if wanted.done():
        session.first = wanted.result() - opened
    wanted = client.expect(other.uri, bool)
    opened = other.open(faulty=not plan.on_save)
    with contextlib.suppress(TimeoutError):  # some servers say nothing before a file is saved
        session.opened = await asyncio.wait_for(wanted, 10) - opened
    await _edit(client, editor, session, plan)
    await _hover(client, editor, session, plan)
    await _complete(client, editor, session, plan)


async def ready(client: Client, started: float, patience: float) -> float:
    """Wait until the server is silent and idle; gives when that began, from the start of the process."""
    since, cpu = time.perf_counter(), cpu_of(client.process.pid)
    while (now := time.perf_counter()) - max(since, client.last_heard) < QUIET:
        if now - started > patience:
            raise NotReady
        await asyncio.sleep(0.1)
        used = cpu_of(client.process.pid)
        if used - cpu > 0.03:
            since, cpu = time.perf_counter(), used
    return max(since, client.last_heard) - started


async def _edit(client: Client, editor: Editor, session: Session, plan: Plan) -> None:
    before = _messages(client.published.get(path_of(editor.uri), []))
    for number in range(plan.edits):
        restored = number % 2 == 1
        wanted = client.expect(editor.uri, lambda found, restored=restored: (_messages(found) == before) is restored)  # type: ignore[misc]  # a default binds the value
        sent = editor.change(save=plan.on_save)
        try:
            session.edits.append(await asyncio.wait_for(wanted, plan.timeout) - sent)
        except TimeoutError:
            session.late += 1
            if session.late >= GIVE_UP:
                return
        await asyncio.sleep(THINK)


def _messages(found: Diagnostics) -> list[str]:
    return sorted(diagnostic["message"] for diagnostic in found)


async def _hover(client: Client, editor: Editor, session: Session, plan: Plan) -> None:
    if editor.faulty:
        editor.change(save=plan.on_save)
    params = {"textDocument": {"uri": editor.uri}, "position": editor.position}
    for _ in range(plan.edits):
        took, answer = await client.request("textDocument/hover", params, plan.timeout)
        session.hovers.append(took)
        session.hover_length = len(json.dumps(answer["contents"])) if answer else 0


async def _complete(client: Client, editor: Editor, session: Session, plan: Plan) -> None:
    """Type a character, and ask at once what could stand in the `ref()`; the cursor is behind its quote."""
    for _ in range(plan.edits):
        sent = editor.change(save=plan.on_save)
        params = {"textDocument": {"uri": editor.uri}, "position": editor.beginning}
        _, answer = await client.request("textDocument/completion", params, plan.timeout)
        session.completions.append(time.perf_counter() - sent)
        items = answer["items"] if isinstance(answer, dict) else answer or ()
        session.completion_items = len(items)
        await asyncio.sleep(THINK)
    if editor.faulty:
        editor.change(save=plan.on_save)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="measure a language server on a generated workspace")
    parser.add_argument("project", metavar="PROJECT", type=Path, help="a workspace of tests.bench.generate")
    parser.add_argument("server", metavar="COMMAND", nargs="+", help="the server's command, after --")
    parser.add_argument("--edits", metavar="N", type=int, default=60, help="how many edits (default: 60)")
    parser.add_argument("--on-save", action="store_true", help="save after every edit: the server waits for that")
    options = parser.parse_args()
    plan = Plan(edits=options.edits, on_save=options.on_save)
    server = [program(options.server[0]), *options.server[1:]]
    session = asyncio.run(measure(server, options.project.resolve(), {}, plan))
    sys.stdout.write(json.dumps(asdict(session), indent=2) + "\n")


if __name__ == "__main__":
    main()
