"""`workspace/symbol`."""

from __future__ import annotations

from collections.abc import Callable

from lsprotocol import types as lsp

from tidegate_analyzers.ide.workspace_symbols import LIMIT, Named, find
from tidegate_analyzers.workspace import Snapshot, Token
from tidegate_server.lsp import convert
from tidegate_server.lsp.analysis import State
from tidegate_server.lsp.client import Client
from tidegate_server.lsp.session import Session


async def workspace_symbols(session: Session, params: lsp.WorkspaceSymbolParams) -> list[lsp.SymbolInformation]:
    """The things whose names are like the query."""
    found: list[lsp.SymbolInformation] = []
    for root in list(session.roots.values()):
        await root.settled()
        work = (_found, root.state, params.query, root.addresses(), session.client)
        found += await session.workers.run(*work, token=Token())
    return found[:LIMIT]


def _found(
    state: State, query: str, uri_of: Callable[[str], str], client: Client, token: Token
) -> list[lsp.SymbolInformation]:
    return [
        lsp.SymbolInformation(
            lsp.Location(uri_of(item.path), _range(state.snapshot, item, client)),
            item.name or "?",
            convert.SYMBOL_KINDS[item.kind],
            container_name=item.holder or None,
        )
        for item in find(state.graph, query)
    ]


def _range(snapshot: Snapshot, item: Named, client: Client) -> lsp.Range:
    """Where a thing stands; what stands for a file as a whole is its start, and needs no look at its text."""
    read = snapshot.read(item.path)
    span = read.span(item.site) if read is not None else None
    text = snapshot.document(item.path) if span is not None and span.start else None
    if span is None or text is None:
        return lsp.Range(lsp.Position(0, 0), lsp.Position(0, 0))
    return convert.to_range(text, span, client.encoding)
