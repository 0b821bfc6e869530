"""Lineage as a call hierarchy: a model calls what it reads, and is called by whoever reads it."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types as lsp

from tidegate_analyzers.ide import lineage
from tidegate_analyzers.ide.lineage import Edge, Point
from tidegate_analyzers.text import Span
from tidegate_server.lsp import convert
from tidegate_server.lsp.request import Request

_KINDS = {
    "model": lsp.SymbolKind.Class,
    "seed": lsp.SymbolKind.Array,
    "snapshot": lsp.SymbolKind.Struct,
    "source": lsp.SymbolKind.Object,
    "exposure": lsp.SymbolKind.Event,
    "task": lsp.SymbolKind.Function,
    "job": lsp.SymbolKind.Module,
    "topic": lsp.SymbolKind.Interface,
    "table": lsp.SymbolKind.Object,
    "sql": lsp.SymbolKind.File,
    "column": lsp.SymbolKind.Field,
}
INFERRED = "by the table's name alone"


def prepare(request: Request, params: lsp.CallHierarchyPrepareParams) -> list[lsp.CallHierarchyItem] | None:
    """What stands at a position."""
    found = lineage.points_at(request.view, request.document, request.offset(params.position))
    return [item for point in found if (item := _item(request, point)) is not None] or None


def outgoing(
    request: Request, params: lsp.CallHierarchyOutgoingCallsParams
) -> list[lsp.CallHierarchyOutgoingCall] | None:
    """What an item reads, with the places in its own file."""
    known = _known(request, params.item)
    if known is None:
        return None
    edges = lineage.reads(request.view, known.kind, known.path, known.name)
    return [
        lsp.CallHierarchyOutgoingCall(item, _ranges(request, known, edge.places))
        for edge, item in _items(request, edges)
    ]


def incoming(
    request: Request, params: lsp.CallHierarchyIncomingCallsParams
) -> list[lsp.CallHierarchyIncomingCall] | None:
    """Who reads an item, with the places in the file of each."""
    known = _known(request, params.item)
    if known is None:
        return None
    edges = lineage.readers(request.view, known.kind, known.path, known.name)
    return [
        lsp.CallHierarchyIncomingCall(item, _ranges(request, edge.point, edge.places))
        for edge, item in _items(request, edges)
    ]


def _known(request: Request, item: lsp.CallHierarchyItem) -> Point | None:
    """The point an item was made of, as it is now: the text may have changed since."""
    data = item.data if isinstance(item.data, dict) else {}
    return lineage.find(request.view, str(data.get("kind")), request.path, str(data.get("name")))


def _items(request: Request, edges: list[Edge]) -> Iterator[tuple[Edge, lsp.CallHierarchyItem]]:
    for edge in edges:
        item = _item(request, edge.point, INFERRED if edge.inferred else "")
        if item is not None:
            yield edge, item


def _item(request: Request, point: Point, note: str = "") -> lsp.CallHierarchyItem | None:
    document = request.text(point.path)
    if document is None:
        return None
    encoding = request.client.encoding
    return lsp.CallHierarchyItem(
        point.title,
        _KINDS.get(point.kind, lsp.SymbolKind.Method),
        request.uri_of(point.path),
        convert.to_range(document, point.span, encoding),
        convert.to_range(document, point.name_span, encoding),
        detail=", ".join(words for words in (point.detail, point.path, note) if words),
        data={"kind": point.kind, "name": point.name},
    )


def _ranges(request: Request, point: Point, places: tuple[Span, ...]) -> list[lsp.Range]:
    """Places in the file of a point; what is not written there is shown by the point itself."""
    document = request.text(point.path)
    if document is None:
        return []
    return [convert.to_range(document, span, request.client.encoding) for span in places or (point.name_span,)]
