"""`textDocument/prepareRename`, `textDocument/rename` and `workspace/willRenameFiles`."""

from __future__ import annotations

import logging

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from tidegate_analyzers.graph.index import View
from tidegate_analyzers.ide import rename as engine
from tidegate_analyzers.text import Change, Edit
from tidegate_analyzers.workspace import Token
from tidegate_server.lsp import convert
from tidegate_server.lsp.request import REQUEST_FAILED, Request
from tidegate_server.lsp.root import Root
from tidegate_server.lsp.session import Session

logger = logging.getLogger(__name__)


def prepare(request: Request, params: lsp.PrepareRenameParams) -> lsp.PrepareRenamePlaceholder | None:
    """The name at a position, if it can be changed.

    Raises:
        JsonRpcException: it can't, and why.
    """
    try:
        found = engine.prepare(request.view, request.snapshot, request.document, request.offset(params.position))
    except engine.Refused as error:
        raise _refused(error) from error
    if found is None:
        return None
    place = convert.to_range(request.document, found.span, request.client.encoding)
    return lsp.PrepareRenamePlaceholder(place, found.name)


def rename(request: Request, params: lsp.RenameParams) -> lsp.WorkspaceEdit | None:
    """Every edit that gives what stands at a position another name.

    Raises:
        JsonRpcException: it can't have that name, and why.
    """
    offset = request.offset(params.position)
    try:
        change = engine.rename(request.view, request.snapshot, request.document, offset, params.new_name)
    except engine.Refused as error:
        raise _refused(error) from error
    if change is None:
        raise _refused("nothing that can be renamed stands here")
    if change.moves and not request.client.moves_files:
        raise _refused("the file has to be renamed too, which this editor does not do: rename the file instead")
    return convert.to_workspace_edit(
        change, request.uri_of, request.snapshot.document, request.versions.get, request.client
    )


async def files_renamed(session: Session, params: lsp.RenameFilesParams) -> lsp.WorkspaceEdit | None:
    """What follows from new names for files. What can't follow is told, and the files are renamed all the same."""
    edits: dict[Root, list[Edit]] = {}
    for item in params.files:
        old, new = session.locate(item.old_uri), session.locate(item.new_uri)
        if old is None or new is None or old[0] is not new[0]:
            continue
        root = old[0]
        if not await root.current():
            session.warn(f"References to {old[1]} stay as they are: the workspace was not read")
            continue
        try:
            change = await session.workers.run(_follows, root, old[1], new[1], token=Token())
        except engine.Refused as error:
            session.warn(f"References to {old[1]} stay as they are: {error}")
            continue
        if change is not None:
            edits.setdefault(root, []).extend(change.edits)
    whole: lsp.WorkspaceEdit | None = None
    for root, listed in edits.items():
        versions = {name: opened.version for name, opened in root.open.items()}
        documents = root.state.snapshot.document
        edit = convert.to_workspace_edit(
            Change(tuple(listed)), root.addresses(), documents, versions.get, session.client
        )
        whole = edit if whole is None else _joined(whole, edit)
    return whole


def _follows(root: Root, path: str, to: str, token: Token) -> Change | None:
    state = root.state
    return engine.file_renamed(View(state.graph, path), state.snapshot, path, to)


def _joined(one: lsp.WorkspaceEdit, other: lsp.WorkspaceEdit | None) -> lsp.WorkspaceEdit:
    """Two edits as one, of different roots and so of different files."""
    if other is None:
        return one
    changes = {**(one.changes or {}), **(other.changes or {})}
    notes = {**(one.change_annotations or {}), **(other.change_annotations or {})}
    documents = [*(one.document_changes or ()), *(other.document_changes or ())]
    return lsp.WorkspaceEdit(changes or None, documents or None, notes or None)


def _refused(reason: engine.Refused | str) -> JsonRpcException:
    return JsonRpcException(str(reason), code=REQUEST_FAILED)
