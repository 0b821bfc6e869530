"""`textDocument/signatureHelp`."""

from __future__ import annotations

from lsprotocol import types as lsp

from tidegate_analyzers.ide.signature import Signature, signatures
from tidegate_server.lsp import convert
from tidegate_server.lsp.features.hover import plain
from tidegate_server.lsp.request import Request


def signature_help(request: Request, params: lsp.SignatureHelpParams) -> lsp.SignatureHelp | None:
    """How what is called at a position is called."""
    offset = request.offset(params.position)
    found, active = signatures(request.view, request.snapshot, request.document, offset)
    if not found:
        return None
    chosen = found[active].active
    return lsp.SignatureHelp([_signature(request, one) for one in found], active, chosen if chosen >= 0 else None)


def _signature(request: Request, one: Signature) -> lsp.SignatureInformation:
    able = request.client.completion
    parameters = []
    for span, text in one.parameters:
        start, end = (convert.units(one.label[:at], lsp.PositionEncodingKind.Utf16) for at in span)
        label = (start, end) if able.label_offsets else one.label[span.start : span.end]
        parameters.append(lsp.ParameterInformation(label, text or None))
    told: str | lsp.MarkupContent | None = plain(one.text) or None
    if one.text and able.signature_markdown:
        told = lsp.MarkupContent(lsp.MarkupKind.Markdown, one.text)
    active = one.active if able.active_parameters and one.active >= 0 else None
    return lsp.SignatureInformation(one.label, told, parameters, active)
