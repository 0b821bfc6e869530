"""The language server: what it can do, and its life from `initialize` to `exit`.

Only pygls is imported before `initialize` is answered; the engine is loaded while the client goes on.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types as lsp
from lsprotocol.converters import get_converter
from pygls.exceptions import JsonRpcException, JsonRpcInternalError
from pygls.lsp.server import LanguageServer

from tidegate_server import __version__
from tidegate_server.lsp.protocol import Protocol

if TYPE_CHECKING:
    from tidegate_server.lsp.client import Client
    from tidegate_server.lsp.session import Session

logger = logging.getLogger(__name__)

WATCHED = (
    "**/*.{sql,hql,yml,yaml,md,py,csv,toml,txt,in,lock,cfg}",
    "**/*.{json,properties,sh,scala,java}",
    "**/{Dockerfile,CODEOWNERS,.gitignore}",
)
RENAMED = lsp.FileOperationPattern("**/*.{sql,py,csv}", lsp.FileOperationPatternKind.File)
"""The files whose names others may know."""
SETTINGS_TIMEOUT = 3.0
"""Seconds the client has to say its settings before work begins without them."""

TOKENS = lsp.SemanticTokensLegend(
    ["keyword", "string", "number", "comment", "operator", "variable", "function", "macro", "class", "namespace", "parameter", "property"],
    ["declaration", "defaultLibrary"],
)  # fmt: skip
"""The types and modifiers of `ide.tokens`, which is not loaded before `initialize` is answered."""

ACTIONS: list[lsp.CodeActionKind | str] = [
    lsp.CodeActionKind.QuickFix,
    lsp.CodeActionKind.RefactorRewrite,
    lsp.CodeActionKind.RefactorExtract,
    "source.describe.tidegate",
    "source.fixAll.tidegate",
]
"""The kinds of code actions."""

FEATURES: dict[str, tuple[str, Any]] = {
    lsp.TEXT_DOCUMENT_HOVER: ("hover:hover", None),
    lsp.TEXT_DOCUMENT_DEFINITION: ("definition:definition", None),
    lsp.TEXT_DOCUMENT_DECLARATION: ("definition:declaration", None),
    lsp.TEXT_DOCUMENT_REFERENCES: ("references:references", None),
    lsp.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT: ("references:highlights", None),
    lsp.TEXT_DOCUMENT_PREPARE_RENAME: ("rename:prepare", None),
    lsp.TEXT_DOCUMENT_RENAME: ("rename:rename", lsp.RenameOptions(prepare_provider=True)),
    lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL: ("symbols:document_symbols", None),
    lsp.TEXT_DOCUMENT_FOLDING_RANGE: ("folding:folding_ranges", None),
    lsp.TEXT_DOCUMENT_PREPARE_CALL_HIERARCHY: ("call_hierarchy:prepare", None),
    lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL: ("semantic_tokens:full", TOKENS),
    lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_RANGE: ("semantic_tokens:in_range", TOKENS),
    lsp.TEXT_DOCUMENT_CODE_LENS: ("code_lens:code_lenses", None),
    lsp.TEXT_DOCUMENT_INLAY_HINT: ("inlay_hints:inlay_hints", None),
    lsp.TEXT_DOCUMENT_DOCUMENT_LINK: ("links:document_links", None),
    lsp.TEXT_DOCUMENT_SELECTION_RANGE: ("selection:selection_ranges", None),
    lsp.TEXT_DOCUMENT_CODE_ACTION: (
        "code_action:code_actions",
        lsp.CodeActionOptions(ACTIONS, resolve_provider=True),
    ),
}
"""Requests about a document: the function that answers, in `features`, and what is announced of it."""

WAITING = {
    lsp.TEXT_DOCUMENT_REFERENCES: "answer_whole",
    lsp.TEXT_DOCUMENT_PREPARE_RENAME: "answer_whole",
    lsp.TEXT_DOCUMENT_RENAME: "answer_current",
    lsp.TEXT_DOCUMENT_PREPARE_CALL_HIERARCHY: "answer_whole",
}
"""Those that wait until the workspace is read, as half an answer would be a wrong one: how they are answered."""

COMPLETION = lsp.CompletionOptions(["'", '"', ".", "(", "{", "%", ":", "-", " ", "|"], resolve_provider=True)
"""The signs that ask for completion."""

ITEMS = {
    lsp.CALL_HIERARCHY_INCOMING_CALLS: "call_hierarchy:incoming",
    lsp.CALL_HIERARCHY_OUTGOING_CALLS: "call_hierarchy:outgoing",
}
"""Requests about an item that an earlier answer gave."""


class Server(LanguageServer):
    """The connection to the client."""

    session: Session

    def __init__(self) -> None:
        super().__init__("tidegate", __version__, protocol_cls=Protocol, converter_factory=get_converter)
        self._client: Client | None = None
        self._editor_settings: Mapping[str, Any] = {}
        self._folders: list[str] = []
        self._engine: asyncio.Future[None] | None = None

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Errors are for the log, not for a box in front of the user's work."""
        if isinstance(error, JsonRpcException) and not isinstance(error, JsonRpcInternalError):
            logger.info("refused: %s", error)  # it is the answer, and meant
        else:
            raised = sys.exc_info()[1] or error
            logger.error("%s: %s", getattr(source, "__name__", source), error, exc_info=raised)


def create() -> Server:
    """A server with every feature, not yet connected."""
    server = Server()
    _lifecycle(server)
    _documents(server)
    for method, (target, options) in FEATURES.items():
        server.feature(method, options)(_asking(server, target, WAITING.get(method, "answer")))
    server.feature(lsp.CODE_ACTION_RESOLVE)(_resolving(server))
    server.feature(lsp.CODE_LENS_RESOLVE)(_running(server, "request:resolve_lens"))
    server.feature(lsp.WORKSPACE_TEXT_DOCUMENT_CONTENT)(_running(server, "request:compiled"))
    server.command("tidegate.open")(_running(server, "commands:open_place"))
    server.command("tidegate.lineage")(_running(server, "commands:show_lineage"))
    server.command("tidegate.replay")(_running(server, "commands:show_replay"))
    server.feature(lsp.TEXT_DOCUMENT_COMPLETION, COMPLETION)(_asking(server, "completion:completion", "answer_typed"))
    signs = lsp.SignatureHelpOptions(["(", ","], ["=", ")"])
    server.feature(lsp.TEXT_DOCUMENT_SIGNATURE_HELP, signs)(_asking(server, "signature:signature_help", "answer_typed"))
    server.feature(lsp.COMPLETION_ITEM_RESOLVE)(_asking(server, "completion:resolve", "answer_resolved"))
    for method, target in ITEMS.items():
        server.feature(method)(_asking(server, target, "answer_item"))
    moved = lsp.FileOperationRegistrationOptions([lsp.FileOperationFilter(RENAMED, scheme="file")])
    server.feature(lsp.WORKSPACE_WILL_RENAME_FILES, moved)(_awaiting(server, "rename:files_renamed"))
    server.feature(lsp.WORKSPACE_SYMBOL)(_awaiting(server, "workspace_symbols:workspace_symbols"))
    return server


def _lifecycle(server: Server) -> None:
    @server.feature(lsp.INITIALIZE)
    def initialize(params: lsp.InitializeParams) -> None:
        folders = [folder.uri for folder in params.workspace_folders or ()]
        if not folders and params.root_uri:
            folders = [params.root_uri]
        server._folders = folders
        server._editor_settings = _given(params.initialization_options)
        able = params.capabilities
        pulls = able.text_document is not None and able.text_document.diagnostic is not None
        diagnostics = able.workspace.diagnostics if able.workspace is not None else None
        if pulls and diagnostics is not None and diagnostics.refresh_support:
            server.feature(
                lsp.TEXT_DOCUMENT_DIAGNOSTIC,
                lsp.DiagnosticOptions(inter_file_dependencies=True, workspace_diagnostics=True, identifier="tidegate"),
            )(_awaiting(server, "diagnostics:document"))
            server.feature(lsp.WORKSPACE_DIAGNOSTIC)(_awaiting(server, "diagnostics:workspace"))

    @server.feature(lsp.INITIALIZED)
    async def initialized(params: lsp.InitializedParams) -> None:
        session = start(server)
        for uri in server._folders:
            session.add_folder(uri)
        await _register(server, session)
        session.configured(await _ask_settings(server, session))

    @server.feature(lsp.SHUTDOWN)
    def shutdown(params: None) -> None:
        if hasattr(server, "session"):
            server.session.stop()

    @server.feature(lsp.WORKSPACE_DID_CHANGE_CONFIGURATION)
    async def configuration(params: lsp.DidChangeConfigurationParams) -> None:
        session = start(server)
        given = _given(params.settings)
        session.configured(given or await _ask_settings(server, session))

    @server.feature(lsp.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def folders(params: lsp.DidChangeWorkspaceFoldersParams) -> None:
        for folder in params.event.removed:
            start(server).remove_folder(folder.uri)
        for folder in params.event.added:
            start(server).add_folder(folder.uri)


def start(server: Server) -> Session:
    """The session; made when it is first needed, since it brings the engine along."""
    if not hasattr(server, "session"):
        from tidegate_server.lsp.client import Client
        from tidegate_server.lsp.session import Session

        encoding = server.server_capabilities.position_encoding or lsp.PositionEncodingKind.Utf16
        server.session = Session(server, Client.of(server.client_capabilities, encoding), server._editor_settings)
    return server.session


def _documents(server: Server) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: lsp.DidOpenTextDocumentParams) -> None:
        document = params.text_document
        start(server).put(document.uri, document.version, document.text)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: lsp.DidChangeTextDocumentParams) -> None:
        start(server).edit(params)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: lsp.DidCloseTextDocumentParams) -> None:
        start(server).close(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: lsp.DidSaveTextDocumentParams) -> None:
        start(server).saved(params.text_document.uri)

    @server.feature(lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def watched(params: lsp.DidChangeWatchedFilesParams) -> None:
        start(server).files_changed(params.changes)


def _asking(server: Server, target: str, how: str = "answer") -> Callable[[Any], Any]:
    """A handler for requests about a document: answers in a thread, from the state the request came upon."""

    async def handler(params: Any) -> Any:
        from tidegate_server.lsp import request

        return await getattr(request, how)(start(server), target, params)

    return handler


def _resolving(server: Server) -> Callable[[Any], Any]:
    async def handler(params: lsp.CodeAction) -> lsp.CodeAction:
        from tidegate_server.lsp.request import resolve_action

        return await resolve_action(start(server), params)

    return handler


def _running(server: Server, target: str) -> Callable[[Any], Any]:
    """A handler that is a coroutine of its own, `module:function` of this package: (session, parameters)."""

    async def handler(params: Any) -> Any:
        from tidegate_server.lsp.dispatch import late

        return await late(f"tidegate_server.lsp.{target}")(start(server), params)

    return handler


def _awaiting(server: Server, target: str) -> Callable[[Any], Any]:
    """A handler for requests that wait for something."""

    async def handler(params: Any) -> Any:
        from tidegate_server.lsp.dispatch import late

        return await late(f"tidegate_server.lsp.features.{target}")(start(server), params)

    return handler


async def _register(server: Server, session: Session) -> None:
    """Ask the client to watch files and to tell when its settings change."""
    wanted = []
    if session.client.watches:
        baselines = sorted({f"**/{Path(root.settings.baseline).name}" for root in session.roots.values()})
        watchers = [lsp.FileSystemWatcher(pattern) for pattern in (*WATCHED, *baselines)]
        options = lsp.DidChangeWatchedFilesRegistrationOptions(watchers)
        wanted.append(lsp.Registration("tidegate-files", lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES, options))
    if session.client.tells_changes:
        section = lsp.DidChangeConfigurationRegistrationOptions(section="tidegate")
        wanted.append(lsp.Registration("tidegate-settings", lsp.WORKSPACE_DID_CHANGE_CONFIGURATION, section))
    if wanted:
        session.workers.start(_registering(server, wanted))


async def _registering(server: Server, wanted: list[lsp.Registration]) -> None:
    try:
        await server.client_register_capability_async(lsp.RegistrationParams(wanted))
    except Exception as error:  # noqa: BLE001 -- a client may refuse; then it tells nothing, and all else works
        logger.warning("the client does not watch files: %s", error)


async def _ask_settings(server: Server, session: Session) -> Mapping[str, Any]:
    """The editor's settings: asked for where the client can be asked, else what it gave at the start."""
    if not session.client.configures:
        return server._editor_settings
    from tidegate_server.lsp.dispatch import within

    item = lsp.ConfigurationItem(section="tidegate")
    try:
        asked = server.workspace_configuration_async(lsp.ConfigurationParams([item]))
        answer = await within(SETTINGS_TIMEOUT, asked)
    except Exception as error:  # noqa: BLE001 -- as above: the defaults hold
        logger.warning("the client does not tell its settings: %s", error)
        return server._editor_settings
    first = answer[0] if answer else None
    return {**server._editor_settings, **first} if isinstance(first, Mapping) else server._editor_settings


def _given(options: Any) -> Mapping[str, Any]:
    """Settings as clients wrap them: plain, below `settings`, or below `tidegate`."""
    for name in ("settings", "tidegate"):
        if isinstance(options, Mapping) and isinstance(options.get(name), Mapping):
            options = options[name]
    return options if isinstance(options, Mapping) else {}
