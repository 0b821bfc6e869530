"""`workspace/textDocumentContent`: compiled models, as documents of the scheme `tidegate-compiled`."""

from __future__ import annotations

from lsprotocol import types as lsp

from tidegate_analyzers.ide.compiled import page
from tidegate_server.lsp.protocol import COMPILED
from tidegate_server.lsp.request import Request


def file_uri(uri: str) -> str | None:
    """The address of the model that a compiled document is made of."""
    scheme, _, rest = uri.partition(":")
    if scheme != COMPILED:
        return None
    return f"file:{rest}" if rest.startswith("//") else f"file://{rest}"


def content(request: Request, params: lsp.TextDocumentContentParams) -> lsp.TextDocumentContentResult:
    """The SQL of a model."""
    text = page(request.view, request.document)
    return lsp.TextDocumentContentResult(text if text is not None else f"-- {request.path} is no model of dbt's.\n")
