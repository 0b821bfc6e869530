"""An editor without windows: speaks to the language server in its own process, as pytest-lsp's client."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from lsprotocol import types as lsp
from pygls.protocol import default_converter
from pytest_lsp import LanguageClient
from pytest_lsp.client import DEFAULT_CLIENT_FEATURES

COMMAND = (sys.executable, "-m", "tidegate_server.main", "server")
PATIENCE = 20.0
"""Seconds after which what has not come will not come."""

Partial = lsp.TextDocumentContentChangePartial
Whole = lsp.TextDocumentContentChangeWholeDocument


def write(root: Path, files: Mapping[str, str]) -> Path:
    """A folder with some files in it."""
    for path, text in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
    return root


def abilities(
    *,
    pull: bool = False,
    refresh: bool = True,
    progress: bool = True,
    watch: bool = True,
    asks: bool = False,
    resolve: bool = True,
    moves: bool = True,
    encodings: Sequence[str] = (),
) -> lsp.ClientCapabilities:
    """What an editor can do: all that the server makes use of, but for what is named here."""
    confirmed = lsp.ChangeAnnotationsSupportOptions(groups_on_label=True)
    return lsp.ClientCapabilities(
        general=lsp.GeneralClientCapabilities(position_encodings=list(encodings) or None),
        window=lsp.WindowClientCapabilities(work_done_progress=progress),
        workspace=lsp.WorkspaceClientCapabilities(
            workspace_folders=True,
            configuration=asks,
            did_change_configuration=lsp.DidChangeConfigurationClientCapabilities(dynamic_registration=asks),
            did_change_watched_files=lsp.DidChangeWatchedFilesClientCapabilities(dynamic_registration=watch),
            diagnostics=lsp.DiagnosticWorkspaceClientCapabilities(refresh_support=refresh) if pull else None,
            workspace_edit=lsp.WorkspaceEditClientCapabilities(
                document_changes=True,
                resource_operations=[
                    lsp.ResourceOperationKind.Create,
                    *([lsp.ResourceOperationKind.Rename] if moves else []),
                ],
                change_annotation_support=confirmed,
            ),
        ),
        text_document=lsp.TextDocumentClientCapabilities(
            diagnostic=lsp.DiagnosticClientCapabilities() if pull else None,
            publish_diagnostics=lsp.PublishDiagnosticsClientCapabilities(
                related_information=True,
                version_support=True,
                code_description_support=True,
                data_support=True,
                tag_support=lsp.ClientDiagnosticsTagOptions(list(lsp.DiagnosticTag)),
            ),
            definition=lsp.DefinitionClientCapabilities(link_support=True),
            hover=lsp.HoverClientCapabilities(content_format=[lsp.MarkupKind.Markdown]),
            document_symbol=lsp.DocumentSymbolClientCapabilities(hierarchical_document_symbol_support=True),
            code_action=lsp.CodeActionClientCapabilities(
                is_preferred_support=True,
                data_support=True,
                code_action_literal_support=lsp.ClientCodeActionLiteralOptions(
                    lsp.ClientCodeActionKindOptions([lsp.CodeActionKind.QuickFix, lsp.CodeActionKind.SourceFixAll])
                ),
                resolve_support=lsp.ClientCodeActionResolveOptions(["edit"]) if resolve else None,
            ),
        ),
    )


class Editor(LanguageClient):
    """The client's side of a session.

    Attributes:
        root: the folder it works in; paths are given relative to it.
        published: everything the server pushed, in order.
        registered: what the server asked to be told.
        refreshed: what it said is to be asked for again: `codeLens`, `inlayHint`, addresses of documents.
        stderr: what the server logged; a test that leaves something here fails.
    """

    def __init__(self, root: Path) -> None:
        super().__init__(converter_factory=default_converter)
        self.root = root
        self.published: list[lsp.PublishDiagnosticsParams] = []
        self.registered: list[lsp.Registration] = []
        self.refreshed: list[str] = []
        self.stderr: list[str] = []
        self.status: int | None = None
        self._versions: dict[str, int] = {}
        own: dict[str, Callable[..., Any]] = {
            lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS: self._on_published,
            lsp.CLIENT_REGISTER_CAPABILITY: self._on_registered,
            lsp.WORKSPACE_CODE_LENS_REFRESH: lambda _: self.refreshed.append("codeLens"),
            lsp.WORKSPACE_INLAY_HINT_REFRESH: lambda _: self.refreshed.append("inlayHint"),
            lsp.WORKSPACE_TEXT_DOCUMENT_CONTENT_REFRESH: lambda params: self.refreshed.append(params.uri),
        }
        for method, function in {**DEFAULT_CLIENT_FEATURES, **own}.items():
            # Methods can't carry the mark that registering leaves on a function.
            self.feature(method)(function if method not in own else _plain(function))

    def _on_published(self, params: lsp.PublishDiagnosticsParams) -> None:
        self.published.append(params)
        self.diagnostics[params.uri] = params.diagnostics

    def _on_registered(self, params: lsp.RegistrationParams) -> None:
        self.registered += params.registrations

    async def launch(self, environment: Mapping[str, str]) -> None:
        """Start the server."""
        await self.start_io(*COMMAND, env={**os.environ, **environment})
        if self._stderr_forwarder is not None:
            self._stderr_forwarder.cancel()
        self._stderr_forwarder = asyncio.create_task(self._collect())

    async def _collect(self) -> None:
        assert self._server is not None
        assert self._server.stderr is not None
        while line := await self._server.stderr.readline():
            self.stderr.append(line.decode(errors="replace").rstrip())

    async def leave(self, patience: float = PATIENCE) -> None:
        """Say goodbye, and wait for the process to end."""
        await asyncio.wait_for(self.shutdown_session(), patience)
        assert self._server is not None
        self.status = self._server.returncode
        if self._stderr_forwarder is not None:
            await self._stderr_forwarder
        await self.stop()  # type: ignore[no-untyped-call]  # pytest-lsp says no types here

    # -- documents ------------------------------------------------------------------------------------------------

    def uri(self, path: str) -> str:
        """The address of a path."""
        return (self.root / path).as_uri()

    def document(self, path: str) -> lsp.TextDocumentIdentifier:
        """The document at a path."""
        return lsp.TextDocumentIdentifier(self.uri(path))

    def open(self, path: str, text: str | None = None) -> None:
        """Open a file, with the text on disk unless another is given."""
        content = (self.root / path).read_bytes().decode() if text is None else text
        self._versions[path] = 1
        self.text_document_did_open(
            lsp.DidOpenTextDocumentParams(lsp.TextDocumentItem(self.uri(path), "plaintext", 1, content))
        )

    def edit(self, path: str, *changes: Partial | str) -> None:
        """Change an open document; a text stands for the whole of it."""
        self._versions[path] += 1
        identifier = lsp.VersionedTextDocumentIdentifier(self._versions[path], self.uri(path))
        listed = [Whole(change) if isinstance(change, str) else change for change in changes]
        self.text_document_did_change(lsp.DidChangeTextDocumentParams(identifier, listed))

    def close(self, path: str) -> None:
        """Close a document."""
        self.text_document_did_close(lsp.DidCloseTextDocumentParams(self.document(path)))

    def tell(self, kind: lsp.FileChangeType, *paths: str) -> None:
        """Say that files changed on disk."""
        events = [lsp.FileEvent(self.uri(path), kind) for path in paths]
        self.workspace_did_change_watched_files(lsp.DidChangeWatchedFilesParams(events))

    # -- what came ------------------------------------------------------------------------------------------------

    def codes(self, path: str) -> list[str]:
        """The codes of the pushed diagnostics of a file."""
        return [str(item.code) for item in self.diagnostics.get(self.uri(path), ())]

    def pushed(self) -> dict[str, list[str]]:
        """The codes of all pushed diagnostics by file, of files that have some."""
        prefix = self.root.as_uri() + "/"
        return {
            uri.removeprefix(prefix): [str(item.code) for item in found]
            for uri, found in sorted(self.diagnostics.items())
            if found
        }

    def reports(self) -> list[list[Any]]:
        """The reports of each progress that has begun; the server begins none whose client agrees too late."""
        return [found for found in self.progress_reports.values() if found]

    def is_done(self) -> bool:
        """Whether some work has shown its progress, and all that has is at its end."""
        return bool(self.reports()) and all(found[-1].kind == "end" for found in self.reports())

    async def until(self, happened: Callable[[], object], what: str = "", patience: float = PATIENCE) -> None:
        """Wait for something to become true."""
        try:
            async with asyncio.timeout(patience):
                while not happened():
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise AssertionError(f"{what or 'it'} did not come; pushed: {self.pushed()}; log: {self.stderr}") from None

    async def has(self, path: str, *codes: str) -> None:
        """Wait until just these codes are pushed for a file."""
        await self.until(lambda: sorted(self.codes(path)) == sorted(codes), f"{path}: {codes}")

    async def quiet(self, seconds: float = 0.4) -> None:
        """Wait until nothing has been pushed for a while."""
        count = -1
        while count != len(self.published):
            count = len(self.published)
            await asyncio.sleep(seconds)


def _plain(function: Callable[..., Any]) -> Callable[[Any], Any]:
    def call(params: Any) -> Any:
        return function(params)

    return call


@asynccontextmanager
async def editing(
    root: Path,
    able: lsp.ClientCapabilities | None = None,
    *,
    folders: Iterable[str] = ("",),
    options: Mapping[str, Any] | None = None,
    settings: Mapping[str, Any] | None = None,
    logs: bool = False,
    environment: Mapping[str, str] | None = None,
    patience: float = PATIENCE,
) -> AsyncIterator[Editor]:
    """A session from start to end. It must end well, and without a word in the log.

    Args:
        root: the folder paths are relative to.
        able: what the editor can do.
        folders: the workspace folders below it; none for an editor with a single file.
        options: `initializationOptions`.
        settings: what the editor answers when it is asked for its settings.
        logs: whether the test expects words in the log, and looks at them itself.
        environment: further variables for the server's process.
        patience: seconds after which an answer that has not come will not come.
    """
    editor = Editor(root)
    editor.set_configuration(dict(settings or {}), section="tidegate")
    await editor.launch({"TIDEGATE_CACHE_DIR": str(root.parent / f"{root.name}-cache"), **(environment or {})})
    listed = [lsp.WorkspaceFolder(editor.uri(folder) if folder else root.as_uri(), folder) for folder in folders]
    params = lsp.InitializeParams(able or abilities(), workspace_folders=listed, initialization_options=options)
    try:
        await asyncio.wait_for(editor.initialize_session(params), patience)
        yield editor
    except BaseException:
        if editor._server is not None and editor._server.returncode is None:
            editor._server.kill()
        raise
    await editor.leave(patience)
    assert editor.status == 0
    if not logs:
        assert not editor.stderr, "\n".join(editor.stderr)
