"""`textDocument/inlayHint`."""

from __future__ import annotations

from lsprotocol import types as lsp

from tidegate_analyzers.ide.hints import hints
from tidegate_server.lsp import convert
from tidegate_server.lsp.request import Request


def inlay_hints(request: Request, params: lsp.InlayHintParams) -> list[lsp.InlayHint] | None:
    """The columns behind a `*` and the types of columns, as far as the settings ask for them."""
    editor = request.settings.editor
    if request.read is None or not (editor.star_hints or editor.type_hints):
        return None
    within = convert.to_span(request.document, params.range, request.client.encoding)
    found = hints(request.view, request.path, request.read, within, stars=editor.star_hints, types=editor.type_hints)
    return [
        lsp.InlayHint(
            convert.to_position(request.document, hint.offset, request.client.encoding),
            hint.label,
            lsp.InlayHintKind.Type,
            tooltip=hint.tooltip or None,
            padding_left=hint.kind == "columns" or None,
        )
        for hint in found
    ]
