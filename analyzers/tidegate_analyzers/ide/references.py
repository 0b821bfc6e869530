"""Every place that names what stands at an offset."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate_analyzers.graph import symbols
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.symbols import Place
from tidegate_analyzers.ide import columns, lineage
from tidegate_analyzers.ide.targets import target_at
from tidegate_analyzers.text import Document, Span
from tidegate_analyzers.workspace import Snapshot


@dataclass(frozen=True, slots=True)
class Highlight:
    """A place in the document itself; `writes` where the name is made or described."""

    span: Span
    writes: bool


def references(view: View, snapshot: Snapshot, path: str, offset: int, *, declaration: bool = True) -> list[Place]:
    """The places that use a name, and those that make and describe it where `declaration` says so.

    In the file of a model, at no name in particular, the model itself is meant.
    """
    spot, document = _spot(view, snapshot, path, offset)
    if spot is not None and document is not None:
        places = [Place(p.path, p.span, p.access) for p in columns.references(view, document, spot)]
        return places if declaration else [place for place in places if place.access == "used"]
    symbol = symbol_around(view, snapshot, path, offset)
    if symbol is None:
        found = sorted(_assets(view, snapshot, path, offset))
        return [place for place in found if declaration or place.access == "used"]
    found = list(symbols.references(view, symbol))
    if not declaration:
        return [place for place in found if place.access == "used"]
    made = [place for place in symbols.definitions(view, symbol) if place not in found]
    return sorted([*found, *made])


def _assets(view: View, snapshot: Snapshot, path: str, offset: int) -> set[Place]:
    """The places of an orchestrator's asset: where it is made, and where others name it."""
    read = snapshot.read(path)
    target = target_at(read, offset) if read is not None else None
    if target is None or not (target.kind == "asset" or (target.kind == "job" and target.value.makes)):
        return set()
    found = set()
    for point in lineage.things_at(view, path, offset):
        found.add(Place(point.path, point.name_span, "made"))
        for edge in lineage.readers(view, point.kind, point.path, point.name):
            if edge.point.kind == "job":
                found.update(Place(edge.point.path, span, "used") for span in edge.places)
    return found


def _spot(view: View, snapshot: Snapshot, path: str, offset: int) -> tuple[columns.Spot | None, Document | None]:
    """The column, CTE or alias at an offset, where no other name stands there."""
    read = snapshot.read(path)
    document = snapshot.document(path)
    if read is None or document is None or symbols.symbol_at(view, read, path, offset) is not None:
        return None, document
    return columns.spot_at(view, document, offset), document


def symbol_around(view: View, snapshot: Snapshot, path: str, offset: int) -> symbols.Symbol | None:
    """What stands at an offset; in the head of a model's file the model."""
    read = snapshot.read(path)
    if read is None:
        return None
    found = symbols.symbol_at(view, read, path, offset)
    if found is not None:
        return found[0]
    for number, node in enumerate(read.facts.nodes):
        inside = read.span(node.site).contains(offset) or node.language == "csv"
        if inside and node.kind in ("model", "snapshot", "seed"):
            return symbols.symbol_of_file(view, path, number)
    return None


def highlights(view: View, snapshot: Snapshot, path: str, offset: int) -> list[Highlight]:
    """The places of a document that name what stands at an offset."""
    read = snapshot.read(path)
    found = symbols.symbol_at(view, read, path, offset) if read is not None else None
    if found is None:
        spot, document = _spot(view, snapshot, path, offset)
        if spot is None or document is None:
            return []
        places = columns.references(view, document, spot)
        return [Highlight(place.span, place.access != "used") for place in places if place.path == path]
    return [Highlight(place.span, place.access != "used") for place in symbols.places_in(view, found[0], path)]
