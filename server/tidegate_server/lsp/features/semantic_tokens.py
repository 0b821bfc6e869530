"""`textDocument/semanticTokens/full` and `/range`."""

from __future__ import annotations

from lsprotocol import types as lsp

from tidegate_analyzers.ide.tokens import MODIFIERS, TYPES, tokens
from tidegate_analyzers.text import Span
from tidegate_server.lsp import convert
from tidegate_server.lsp.request import Request

_TYPES = {name: number for number, name in enumerate(TYPES)}
_MODIFIERS = {name: 1 << number for number, name in enumerate(MODIFIERS)}


def full(request: Request, params: lsp.SemanticTokensParams) -> lsp.SemanticTokens | None:
    """The tokens of the document."""
    return _encoded(request, None)


def in_range(request: Request, params: lsp.SemanticTokensRangeParams) -> lsp.SemanticTokens | None:
    """Those of a part of it."""
    return _encoded(request, convert.to_span(request.document, params.range, request.client.encoding))


def _encoded(request: Request, within: Span | None) -> lsp.SemanticTokens | None:
    read, role = request.read, request.role
    if read is None or role is None or request.is_program:
        return None
    document, encoding = request.document, request.client.encoding
    data: list[int] = []
    line = column = 0
    for token in tokens(document, read, role.dialect, within):
        at = convert.to_position(document, token.start, encoding)
        length = convert.units(document.text[token.start : token.end], encoding)
        modifiers = sum(_MODIFIERS[name] for name in token.modifiers)
        same = at.line == line
        data += (at.line - line, at.character - (column if same else 0), length, _TYPES[token.type], modifiers)
        line, column = at.line, at.character
    return lsp.SemanticTokens(data)
