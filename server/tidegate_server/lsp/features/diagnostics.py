"""`textDocument/diagnostic` and `workspace/diagnostic`, for clients that pull."""

from __future__ import annotations

from lsprotocol import types as lsp

from tidegate_server.lsp.publish import Page
from tidegate_server.lsp.session import Session

CLEAN = "-"
"""The result id of a file without diagnostics."""


async def document(session: Session, params: lsp.DocumentDiagnosticParams) -> lsp.DocumentDiagnosticReport:
    """The diagnostics of an open document, with what was typed before the question taken in."""
    located = session.locate(params.text_document.uri)
    page = Page()
    if located is not None:
        root, path = located
        await root.settled()
        page = root.board.pages.get(path, Page())
    key = page.key or CLEAN
    if params.previous_result_id == key:
        return lsp.RelatedUnchangedDocumentDiagnosticReport(result_id=key)
    return lsp.RelatedFullDocumentDiagnosticReport(items=list(page.items), result_id=key)


async def workspace(session: Session, params: lsp.WorkspaceDiagnosticParams) -> lsp.WorkspaceDiagnosticReport:
    """The diagnostics of every file that differ from those the client has; waits until some do."""
    session.delivery.pulled_workspace(session.roots.values())
    known = {item.uri: item.value for item in params.previous_result_ids}
    for root in list(session.roots.values()):
        await root.complete.wait()
    while not (reports := _changed(session, known)):
        await session.delivery.news()
    return lsp.WorkspaceDiagnosticReport(reports)


def _changed(session: Session, known: dict[str, str]) -> list[lsp.WorkspaceDocumentDiagnosticReport]:
    reports: list[lsp.WorkspaceDocumentDiagnosticReport] = []
    current: set[str] = set()
    for root in session.roots.values():
        for path, page in root.board.pages.items():
            if not root.is_reported(path):
                continue
            item = root.open.get(path)
            uri = root.uri_of(path)
            current.add(uri)
            if known.get(uri) != page.key:
                version = item.version if item is not None else None
                reports.append(
                    lsp.WorkspaceFullDocumentDiagnosticReport(
                        uri, list(page.items), version=version, result_id=page.key
                    )
                )
    reports += [
        lsp.WorkspaceFullDocumentDiagnosticReport(uri, [], result_id=CLEAN)
        for uri, key in known.items()
        if uri not in current and key != CLEAN
    ]
    return reports
