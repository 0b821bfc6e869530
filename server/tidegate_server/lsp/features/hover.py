"""`textDocument/hover`."""

from __future__ import annotations

import re

from lsprotocol import types as lsp

from tidegate_analyzers.ide.hover import hover as engine_hover
from tidegate_server.lsp import convert
from tidegate_server.lsp.request import Request


def hover(request: Request, params: lsp.HoverParams) -> lsp.Hover | None:
    """What to show at a position."""
    found = engine_hover(
        request.view,
        request.snapshot,
        request.document,
        request.offset(params.position),
        request.shown(),
        page=request.page,
    )
    if found is None:
        return None
    place = convert.to_range(request.document, found.span, request.client.encoding)
    if request.client.markdown:
        return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.Markdown, found.markdown), place)
    return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.PlainText, plain(found.markdown)), place)


def plain(markdown: str) -> str:
    """Markdown without its signs, for clients that show none."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", markdown)
    return re.sub(r"\*\*|`|(?<!\w)\*|\*(?!\w)", "", text)
