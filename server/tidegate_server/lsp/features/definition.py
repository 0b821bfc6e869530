"""`textDocument/definition` and `textDocument/declaration`."""

from __future__ import annotations

from collections.abc import Iterable

from lsprotocol import types as lsp

from tidegate_analyzers.ide import definition as engine
from tidegate_server.lsp import convert
from tidegate_server.lsp.request import Request

Places = list[lsp.LocationLink] | list[lsp.Location]


def definition(request: Request, params: lsp.DefinitionParams) -> Places:
    """Where the name at a position is defined."""
    offset = request.offset(params.position)
    found = engine.definition(request.view, request.snapshot, request.path, offset)
    return _places(request, found, links=request.client.location_links)


def declaration(request: Request, params: lsp.DeclarationParams) -> Places:
    """Where YAML speaks of the name at a position."""
    offset = request.offset(params.position)
    found = engine.declaration(request.view, request.snapshot, request.path, offset)
    return _places(request, found, links=request.client.declaration_links)


def _places(request: Request, locations: Iterable[engine.Location], *, links: bool) -> Places:
    encoding = request.client.encoding
    places: list[lsp.LocationLink] = []
    for found in locations:
        text = request.snapshot.document(found.path)
        if text is None:
            continue
        place = convert.to_range(text, found.span, encoding)
        origin = convert.to_range(request.document, found.origin, encoding)
        places.append(lsp.LocationLink(request.uri_of(found.path), place, place, origin))
    return places if links else [lsp.Location(link.target_uri, link.target_selection_range) for link in places]
