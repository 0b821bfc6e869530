"""A request about a document: the state it came upon, and the answer made from it in a thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from tidegate_analyzers.check import Shown
from tidegate_analyzers.facts import FileRead
from tidegate_analyzers.fixes.base import Workspace
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.layout.workspace import PROGRAMS
from tidegate_analyzers.text import Document
from tidegate_analyzers.workspace import Cancelled, Snapshot, Token
from tidegate_server.lsp import convert
from tidegate_server.lsp.client import Client
from tidegate_server.lsp.dispatch import late
from tidegate_server.lsp.findings import Sheet
from tidegate_server.lsp.publish import rule_page
from tidegate_server.lsp.session import Session
from tidegate_server.lsp.settings import Settings

CONTENT_MODIFIED = -32801
REQUEST_CANCELLED = -32800
REQUEST_FAILED = -32803


@dataclass(frozen=True, slots=True)
class Request:
    """What a feature is given.

    Attributes:
        uri, path: the document's address, and its path below the root.
        root: the folder of the workspace.
        document: its text as the client has it.
        sheet: the state, with the findings of the document.
        uri_of: the address of a path.
        versions: the versions of open documents, by path.
        settings: the configuration of the root.
        client: what the client can do.
        token: tells that nobody waits any more.
    """

    uri: str
    path: str
    root: Path
    document: Document
    sheet: Sheet
    uri_of: Callable[[str], str]
    versions: dict[str, int]
    settings: Settings
    client: Client
    token: Token

    @property
    def snapshot(self) -> Snapshot:
        """The files."""
        return self.sheet.state.snapshot

    @property
    def view(self) -> View:
        """The graph."""
        return View(self.sheet.state.graph, self.path)

    @property
    def read(self) -> FileRead | None:
        """What the document says."""
        return self.snapshot.read(self.path)

    @property
    def role(self) -> Role | None:
        """The part the document plays; `None` for one that is not ours."""
        return self.snapshot.layout.role(self.path)

    @property
    def is_program(self) -> bool:
        """Whether the document is in a language that the editor's own support knows better: JSON, shell, Java."""
        return self.role is not None and self.role.kind in PROGRAMS.values()

    @property
    def workspace(self) -> Workspace:
        """What fixes are given."""
        return Workspace(self.sheet.state.graph, self.snapshot.document)

    def shown(self) -> list[Shown]:
        """The findings of the document."""
        return self.sheet.shown(self.path)

    def text(self, path: str) -> Document | None:
        """The text of a file of the workspace."""
        return self.document if path == self.path else self.snapshot.document(path)

    def offset(self, position: lsp.Position) -> int:
        """The offset of a position in the document."""
        return convert.to_offset(self.document, position, self.client.encoding)

    def page(self, code: str) -> str:
        """The address of a rule's page."""
        return rule_page(code)


async def prepared(session: Session, uri: str, *, closed: bool = False, settled: bool = True) -> Request | None:
    """The request for a document, once what was typed before it is read; `None` for what is not open here.

    Args:
        session: the session.
        uri: the document's address.
        closed: whether a file that was read serves too, though it is not open.
        settled: whether to wait until the text is read; else it is newer than what is known of it.
    """
    located = session.locate(uri)
    if located is None:
        return None
    root, path = located
    if settled:
        await root.settled()
    item = root.open.get(path)
    # The state may be a keystroke behind what is open by now; its own text is what positions are about.
    document = root.state.snapshot.document(path) if settled and (item is not None or closed) else None
    if document is None:
        if item is None:
            return None
        document = item.document
    versions = {name: opened.version for name, opened in root.open.items()}
    return Request(
        item.uri if item is not None else root.uri_of(path),
        path,
        root.path,
        document,
        root.sheet([path]),
        root.addresses(),
        versions,
        root.settings,
        session.client,
        Token(),
    )


async def answer(session: Session, target: str, params: Any) -> Any:
    """Answer a request by a function of `features`."""
    return await answer_for(session, target, await prepared(session, params.text_document.uri), params)


async def answer_whole(session: Session, target: str, params: Any) -> Any:
    """Answer a request that other files have a part in, once all are read.

    Raises:
        JsonRpcException: they will not be, so that an answer would leave some out.
    """
    located = session.locate(params.text_document.uri)
    if located is not None and not await located[0].loaded():
        raise JsonRpcException("the workspace was not read", code=REQUEST_FAILED)
    return await answer(session, target, params)


async def answer_current(session: Session, target: str, params: Any) -> Any:
    """Answer a request for edits of other files, which have to fit what is in them by now.

    Raises:
        JsonRpcException: as above.
    """
    located = session.locate(params.text_document.uri)
    if located is not None:
        await located[0].current()
    return await answer_whole(session, target, params)


async def answer_typed(session: Session, target: str, params: Any) -> Any:
    """Answer a request about the text as it is being typed, from what was known a moment ago."""
    return await answer_for(session, target, await prepared(session, params.text_document.uri, settled=False), params)


async def answer_resolved(session: Session, target: str, item: lsp.CompletionItem) -> Any:
    """Answer with an item of completion that has its documentation; as it is where it can't be had any more."""
    data = item.data if isinstance(item.data, dict) else {}
    request = await prepared(session, str(data.get("uri", "")), settled=False)
    return await answer_for(session, target, request, item) or item


async def answer_item(session: Session, target: str, params: Any) -> Any:
    """Answer a request about an item of a hierarchy, which may stand in a file that is not open."""
    return await answer_for(session, target, await prepared(session, params.item.uri, closed=True), params)


async def answer_for(session: Session, target: str, request: Request | None, params: Any) -> Any:
    """Answer a request from the state it came upon; nothing where there is none."""
    if request is None:
        return None
    try:
        return await session.workers.run(_call, target, request, params, token=request.token)
    except Cancelled as error:
        raise JsonRpcException("cancelled", code=REQUEST_CANCELLED) from error


def _call(target: str, request: Request, params: Any, token: Token) -> Any:
    token.check()
    return late(f"tidegate_server.lsp.features.{target}")(request, params)


async def resolve_action(session: Session, action: lsp.CodeAction) -> lsp.CodeAction:
    """Make the edits of a code action that was chosen.

    Raises:
        JsonRpcException: the text has changed since, so that the action is about something that is gone.
    """
    data = action.data if isinstance(action.data, dict) else {}
    request = await prepared(session, str(data.get("uri", "")))
    edited = None
    if request is not None:
        edited = await session.workers.run(_call, "code_action:resolve", request, action, token=request.token)
    if edited is None:
        raise JsonRpcException("the text has changed; ask for the fixes again", code=CONTENT_MODIFIED)
    resolved: lsp.CodeAction = edited
    return resolved


async def resolve_lens(session: Session, lens: lsp.CodeLens) -> lsp.CodeLens:
    """Make the text of a lens that is seen.

    Raises:
        JsonRpcException: what it was about is gone.
    """
    data = lens.data if isinstance(lens.data, dict) else {}
    request = await prepared(session, str(data.get("uri", "")), closed=True)
    resolved: lsp.CodeLens | None = await answer_for(session, "code_lens:resolve", request, lens)
    if resolved is None:
        raise JsonRpcException("the text has changed; ask for the lenses again", code=CONTENT_MODIFIED)
    return resolved


async def compiled(session: Session, params: lsp.TextDocumentContentParams) -> lsp.TextDocumentContentResult:
    """The text of a compiled model, from now on kept up to date in clients that can be told to ask again."""
    from tidegate_server.lsp.features.compiled import file_uri

    uri = file_uri(params.uri)
    request = await prepared(session, uri, closed=True) if uri is not None else None
    if request is None:
        return lsp.TextDocumentContentResult("-- There is no such file.\n")
    session.refresh.watch(params.uri)
    found: lsp.TextDocumentContentResult = await answer_for(session, "compiled:content", request, params)
    return found
