"""`textDocument/definition`."""

from __future__ import annotations

from lsprotocol import types as lsp

from tidegate_analyzers.ide.definition import definition as engine_definition
from tidegate_server.lsp import convert
from tidegate_server.lsp.request import Request


def definition(request: Request, params: lsp.DefinitionParams) -> list[lsp.LocationLink] | list[lsp.Location] | None:
    """Where the name at a position is defined."""
    encoding = request.client.encoding
    links: list[lsp.LocationLink] = []
    for found in engine_definition(request.view, request.snapshot, request.path, request.offset(params.position)):
        text = request.snapshot.document(found.path)
        if text is None:
            continue
        place = convert.to_range(text, found.span, encoding)
        origin = convert.to_range(request.document, found.origin, encoding)
        links.append(lsp.LocationLink(request.uri_of(found.path), place, place, origin))
    if request.client.location_links:
        return links
    return [lsp.Location(link.target_uri, link.target_selection_range) for link in links]
