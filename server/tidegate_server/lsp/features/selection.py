"""`textDocument/selectionRange`."""

from __future__ import annotations

from lsprotocol import types as lsp

from tidegate_analyzers.ide.selection import selections
from tidegate_server.lsp import convert
from tidegate_server.lsp.request import Request


def selection_ranges(request: Request, params: lsp.SelectionRangeParams) -> list[lsp.SelectionRange] | None:
    """What growing a selection selects, for each position."""
    role = request.role
    if role is None or request.is_program:
        return None
    offsets = [request.offset(position) for position in params.positions]
    found = []
    for chain in selections(request.document, offsets, role.dialect):
        outer: lsp.SelectionRange | None = None
        for span in reversed(chain):
            outer = lsp.SelectionRange(convert.to_range(request.document, span, request.client.encoding), outer)
        assert outer is not None, "the whole document is always there"
        found.append(outer)
    return found
