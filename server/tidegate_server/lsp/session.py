"""The server's state: its roots, what is open, and what the client knows. Changed on the event loop alone."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer

from tidegate_analyzers.text import Document
from tidegate_analyzers.workspace import Token
from tidegate_server.files import CONFIG_NAMES, config_file, find_root, is_versioned
from tidegate_server.lsp import convert
from tidegate_server.lsp.addresses import Open
from tidegate_server.lsp.client import Client
from tidegate_server.lsp.delivery import Delivery
from tidegate_server.lsp.dispatch import Workers
from tidegate_server.lsp.progress import Progress, begin
from tidegate_server.lsp.publish import Page
from tidegate_server.lsp.refresh import Refresh
from tidegate_server.lsp.root import Root
from tidegate_server.walk import Ignores

logger = logging.getLogger(__name__)


class Session:
    """Everything the server knows.

    Args:
        server: the connection.
        client: what the client can do.
    """

    def __init__(self, server: LanguageServer, client: Client, editor_settings: Mapping[str, Any]) -> None:
        self.server = server
        self.client = client
        self.workers = Workers()
        self.editor_settings = editor_settings
        self.roots: dict[Path, Root] = {}
        self.delivery = Delivery(server, client, self.workers)
        self.refresh = Refresh(server, client, self.workers)
        self._folders: dict[str, Path] = {}
        self._inner: dict[Path, Root] = {}
        """Roots that were found inside another, and which."""
        self._known: dict[str, tuple[Root, str]] = {}

    # -- folders and roots --------------------------------------------------------------------------------------------

    def add_folder(self, uri: str) -> None:
        """The client works in a folder."""
        text = convert.uri_to_path(uri)
        if text is None:
            logger.warning("%s is no folder on this machine and is left alone", uri)
            return
        folder = Path(text).resolve()
        self._folders[uri] = folder
        path = find_root(folder)
        root = self._root(path, whole=True)
        root.reported["" if folder == path else folder.relative_to(path).as_posix()] = uri
        self._move_home()

    def remove_folder(self, uri: str) -> None:
        """The client no longer works in a folder."""
        self._folders.pop(uri, None)
        for root in list(self.roots.values()):
            root.reported = {inner: address for inner, address in root.reported.items() if address != uri}
            if not root.reported and root.whole:
                self._close_root(root)

    def nested(self, root: Root, folders: Iterable[str]) -> None:
        """Say which folders below a root are roots of their own."""
        found = {root.path / folder: folder for folder in folders}
        for path in [path for path, outer in self._inner.items() if outer is root and path not in found]:
            del self._inner[path]
            self._close_root(self.roots[path])
        for path, folder in found.items():
            if path in self.roots:
                continue
            for sent in root.board.sent():
                if sent.startswith(f"{folder}/"):
                    self.delivery.take_back(root, sent)
            inner = self._root(path, whole=True)
            self._inner[path] = root
            for reported in root.reported:
                if reported == "" or f"{folder}/".startswith(f"{reported}/"):
                    inner.reported[""] = root.uri_of(folder)
        self._move_home()

    def _move_home(self) -> None:
        """Put every open document where it belongs, after roots came or went."""
        self._known.clear()
        for root in list(self.roots.values()):
            for path, item in list(root.open.items()):
                located = self.locate(item.uri)
                if located is not None and located[0] is not root:
                    self.delivery.take_back(root, path)
                    root.drop(path)
                    located[0].put(located[1], Open(item.uri, item.version, Document(located[1], item.document.text)))
            if not root.whole and not root.open:
                self._close_root(root)

    def _root(self, path: Path, *, whole: bool) -> Root:
        root = self.roots.get(path)
        if root is None:
            root = self.roots[path] = Root(self, path, whole=whole)
            self.show_faults(root)
            root.reload()
        return root

    def _close_root(self, root: Root) -> None:
        root.close()
        self.roots.pop(root.path, None)
        self._inner.pop(root.path, None)
        for path in root.board.sent():
            self.delivery.take_back(root, path)
        for inner in [path for path, outer in self._inner.items() if outer is root]:
            self._close_root(self.roots[inner])
        if root.open:
            self._move_home_from(root)

    def _move_home_from(self, root: Root) -> None:
        """Find another root for what is open in one that goes."""
        self._known.clear()
        for item in root.open.values():
            self.put(item.uri, item.version, item.document.text)

    def locate(self, uri: str) -> tuple[Root, str] | None:
        """The root of a file and its path there; `None` for what is no file."""
        known = self._known.get(uri)
        if known is None:
            known = self._find(uri)
            if known is not None:
                self._known[uri] = known
        return known

    def _find(self, uri: str) -> tuple[Root, str] | None:
        text = convert.uri_to_path(uri)
        if text is None or "\0" in text:
            return None
        for candidate in (Path(os.path.abspath(text)), Path(os.path.realpath(text))):
            found = [root for root in self.roots.values() if candidate.is_relative_to(root.path) and root.whole]
            if found:
                root = max(found, key=lambda item: len(item.path.parts))
                return root, candidate.relative_to(root.path).as_posix()
        return self._outside(Path(os.path.realpath(text)))

    def _outside(self, file: Path) -> tuple[Root, str] | None:
        """A file in no folder of the client's: its own project is read if it has one, else it stands alone."""
        try:
            path = find_root(file)
        except OSError:
            path = file.parent
        whole = (config_file(path) is not None or is_versioned(path)) and path != Path.home()
        if not whole:
            path = file.parent
        return self._root(path, whole=whole), file.relative_to(path).as_posix()

    # -- documents ----------------------------------------------------------------------------------------------------

    def put(self, uri: str, version: int, text: str) -> None:
        """A document was opened or replaced."""
        located = self.locate(uri)
        if located is not None:
            root, path = located
            root.put(path, Open(uri, version, Document(path, text)))
            if self.client.pull:
                self.delivery.take_back(root, path)  # from now on the client asks

    def edit(self, params: lsp.DidChangeTextDocumentParams) -> None:
        """A document was edited."""
        located = self.locate(params.text_document.uri)
        item = located[0].open.get(located[1]) if located is not None else None
        if located is None or item is None:
            logger.warning("%s was edited but is not open", params.text_document.uri)
            return
        document = item.document
        for change in params.content_changes:
            document = convert.changed(document, change, self.client.encoding)
        located[0].put(located[1], Open(item.uri, params.text_document.version, document))

    def close(self, uri: str) -> None:
        """A document was closed."""
        located = self.locate(uri)
        if located is None or located[1] not in located[0].open:
            return
        root, path = located
        root.drop(path)
        if not root.open and not root.reported and root.path not in self._inner:
            self._close_root(root)

    def saved(self, uri: str) -> None:
        """A document was saved; a moment to look for other changes on disk, if the client doesn't tell of them."""
        located = self.locate(uri)
        if located is not None and not self.client.watches:
            located[0].look_again()

    # -- the world outside --------------------------------------------------------------------------------------------

    def files_changed(self, events: Iterable[lsp.FileEvent]) -> None:
        """Files changed on disk. Of those that are open the editor has the truth."""
        changes: dict[Root, dict[str, Document | None]] = {}
        ignores: dict[Root, Ignores] = {}
        for event in events:
            located = self.locate(event.uri)
            if located is None or not located[0].whole:
                continue
            root, path = located
            name = path.rpartition("/")[2]
            if name in CONFIG_NAMES or name == ".gitignore" or path == root.settings.baseline:
                self._settings_file_changed(root, path)
            if path in root.open:
                continue
            if event.type == lsp.FileChangeType.Deleted:
                below = [known for known in root.state.snapshot.files if known.startswith(f"{path}/")]
                changes.setdefault(root, {}).update(dict.fromkeys([path, *below]))
            elif (root.path / path).is_dir():
                root.reload(delay=0.3)
            elif not ignores.setdefault(root, Ignores(root.path)).ignored(path):
                changes.setdefault(root, {})[path] = None
        for root, paths in changes.items():
            root.changed(paths)

    def _settings_file_changed(self, root: Root, path: str) -> None:
        if path in (*CONFIG_NAMES, root.settings.baseline):
            root.reconfigure()
            if root.path in self._inner and config_file(root.path) is None:
                self._inner[root.path].reload(delay=0.3)  # it is a root of its own no more
        else:
            root.reload(delay=0.3)  # which folders are read may differ now

    def configured(self, editor_settings: Mapping[str, Any]) -> None:
        """The editor's settings changed."""
        self.editor_settings = editor_settings
        for root in self.roots.values():
            root.reconfigure()

    def show_faults(self, root: Root) -> None:
        """Publish what is wrong in the configuration of a root, at its place."""
        by_file: dict[str, list[lsp.Diagnostic]] = {name: [] for name in CONFIG_NAMES}
        for fault in root.settings.faults:
            if fault.document is None:
                self.warn(f"settings: {fault.message}")
                continue
            place = convert.to_range(fault.document, fault.span, self.client.encoding)
            item = lsp.Diagnostic(place, fault.message, lsp.DiagnosticSeverity.Error, source="tidegate")
            by_file[fault.document.path].append(item)
        for name, items in by_file.items():
            if items or name in root.faulty:
                self.delivery.publish(root.uri_of(name), Page(tuple(items)), root.open.get(name))
            (root.faulty.add if items else root.faulty.discard)(name)

    def warn(self, message: str) -> None:
        """Say something in the log that the client shows."""
        self.server.window_log_message(lsp.LogMessageParams(lsp.MessageType.Warning, message))

    # -- work -------------------------------------------------------------------------------------------------------

    def deliver(self, root: Root, paths: Iterable[str], changed: frozenset[str], *, own: bool) -> None:
        """Hand on the diagnostics of some files of a root."""
        self.delivery.deliver(root, paths, changed, own=own)

    def moved_on(self) -> None:
        """Some root has another state."""
        self.refresh.changed()

    async def progress(self, title: str, token: Token) -> Progress:
        """Show the progress of some work, if the client can."""
        return await begin(self.server, self.client, title, token)

    def stop(self) -> None:
        """Stop everything that runs."""
        for root in self.roots.values():
            root.close()
        self.workers.stop()
