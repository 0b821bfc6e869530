"""The wire: pygls' protocol, with an answer to every request and no text kept twice."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Generator
from typing import Any

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException
from pygls.protocol import LanguageServerProtocol, lsp_method

logger = logging.getLogger(__name__)

_NOT_INITIALIZED = -32002
_INVALID_REQUEST = -32600
_INVALID_PARAMS = -32602

COMPILED = "tidegate-compiled"
"""The scheme of compiled models."""

Step = Generator[Any, Any, None]


class _Rejected:
    """A message that was answered while it was read, because it made no sense."""


class Protocol(LanguageServerProtocol):
    """Differs from pygls in five points.

    A request whose parameters make no sense is answered; so is one before `initialize` or after `shutdown`, and a
    second `initialize`. The texts of documents are kept by the session alone, in its own immutable form. `exit` ends
    the process at once, whatever still runs in it. Compiled models are announced as documents of the server's own.
    """

    _initialized = False

    def structure_message(self, data: dict[str, Any]) -> Any:
        """Turn a JSON object into a message; called for inner objects too."""
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            if "id" not in data or "method" not in data:
                raise
            reason = str(error.__cause__ or error).splitlines()[0]
            self._refuse(data["id"], _INVALID_PARAMS, f"{data['method']}: the parameters make no sense: {reason}")
            return _Rejected()

    def handle_message(self, message: Any) -> None:
        """Hand a message to its handler."""
        if isinstance(message, _Rejected):
            return
        method = getattr(message, "method", None)
        request = getattr(message, "id", None) if method is not None else None
        if method == lsp.INITIALIZE:
            if self._initialized:
                self._refuse(request, _INVALID_REQUEST, "the server is initialized already")
                return
            self._initialized = True
        elif method is not None and method != lsp.EXIT and not self._initialized:
            if request is not None:
                self._refuse(request, _NOT_INITIALIZED, "the server is not initialized")
            return
        if self._shutdown and request is not None:
            self._refuse(request, _INVALID_REQUEST, "the server is shutting down")
            return
        super().handle_message(message)

    def _refuse(self, request: Any, code: int, reason: str) -> None:
        self._result_types.pop(request, None)
        self._send_response(request, error=lsp.ResponseError(code, reason))

    @lsp_method(lsp.INITIALIZE)
    def lsp_initialize(self, params: lsp.InitializeParams) -> Generator[Any, Any, lsp.InitializeResult]:
        """Announce, too, what pygls does not yet know to announce."""
        result: lsp.InitializeResult = yield from super().lsp_initialize(params)
        if result.capabilities.workspace is not None:
            result.capabilities.workspace.text_document_content = lsp.TextDocumentContentOptions([COMPILED])
        return result

    @lsp_method(lsp.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: lsp.DidOpenTextDocumentParams) -> Step:
        """A document was opened."""
        yield self.fm.features[lsp.TEXT_DOCUMENT_DID_OPEN], (params,), None

    @lsp_method(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: lsp.DidChangeTextDocumentParams) -> Step:
        """A document was edited."""
        yield self.fm.features[lsp.TEXT_DOCUMENT_DID_CHANGE], (params,), None

    @lsp_method(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: lsp.DidCloseTextDocumentParams) -> Step:
        """A document was closed."""
        yield self.fm.features[lsp.TEXT_DOCUMENT_DID_CLOSE], (params,), None

    @lsp_method(lsp.EXIT)
    def lsp_exit(self, *args: Any) -> None:  # type: ignore[override]  # pygls takes generators and plain functions
        """End the process. What is worth keeping was written when it was known."""
        sys.stderr.flush()
        os._exit(0 if self._shutdown else 1)
