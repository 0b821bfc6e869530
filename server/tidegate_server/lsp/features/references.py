"""`textDocument/references` and `textDocument/documentHighlight`."""

from __future__ import annotations

from lsprotocol import types as lsp

from tidegate_analyzers.ide import references as engine
from tidegate_server.lsp import convert
from tidegate_server.lsp.request import Request


def references(request: Request, params: lsp.ReferenceParams) -> list[lsp.Location]:
    """The places that name what stands at a position."""
    found: list[lsp.Location] = []
    for place in engine.references(
        request.view,
        request.snapshot,
        request.path,
        request.offset(params.position),
        declaration=params.context.include_declaration,
    ):
        request.token.check()
        text = request.snapshot.document(place.path)
        if text is not None:
            span = convert.to_range(text, place.span, request.client.encoding)
            found.append(lsp.Location(request.uri_of(place.path), span))
    return found


def highlights(request: Request, params: lsp.DocumentHighlightParams) -> list[lsp.DocumentHighlight]:
    """The places in the document that name what stands at a position."""
    return [
        lsp.DocumentHighlight(
            convert.to_range(request.document, item.span, request.client.encoding),
            lsp.DocumentHighlightKind.Write if item.writes else lsp.DocumentHighlightKind.Read,
        )
        for item in engine.highlights(request.view, request.snapshot, request.path, request.offset(params.position))
    ]
