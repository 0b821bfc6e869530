"""`textDocument/documentLink`."""

from __future__ import annotations

from lsprotocol import types as lsp

from tidegate_analyzers.ide.links import links
from tidegate_server.lsp import convert
from tidegate_server.lsp.request import Request


def document_links(request: Request, params: lsp.DocumentLinkParams) -> list[lsp.DocumentLink] | None:
    """What the document links to."""
    if request.read is None:
        return None
    return [
        lsp.DocumentLink(
            convert.to_range(request.document, link.span, request.client.encoding),
            request.uri_of(link.target) if link.is_path else link.target,
            link.tooltip or None if request.client.link_tooltips else None,
        )
        for link in links(request.view, request.document, request.read, lambda path: (request.root / path).is_file())
    ]
