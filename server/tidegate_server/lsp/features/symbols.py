"""`textDocument/documentSymbol`."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types as lsp

from tidegate_analyzers.ide.symbols import symbols
from tidegate_server.lsp import convert
from tidegate_server.lsp.request import Request


def document_symbols(
    request: Request, params: lsp.DocumentSymbolParams
) -> list[lsp.DocumentSymbol] | list[lsp.SymbolInformation] | None:
    """The outline of the document."""
    if request.read is None or request.is_program:
        return None
    encoding = request.client.encoding
    trees = [convert.to_symbol(item, request.document, encoding) for item in symbols(request.document, request.read)]
    return trees if request.client.symbol_trees else list(_flat(trees, request.uri, None))


def _flat(trees: list[lsp.DocumentSymbol], uri: str, holder: str | None) -> Iterator[lsp.SymbolInformation]:
    for tree in trees:
        yield lsp.SymbolInformation(lsp.Location(uri, tree.range), tree.name, tree.kind, container_name=holder)
        yield from _flat(list(tree.children or ()), uri, tree.name)
