"""`textDocument/codeLens` and `codeLens/resolve`."""

from __future__ import annotations

from lsprotocol import types as lsp

from tidegate_analyzers.ide.lenses import LENSES, lens_point, lenses, said
from tidegate_server.lsp import convert
from tidegate_server.lsp.request import Request

SHOW_LINEAGE = "tidegate.showLineage"
"""A command of the client; one that has none of the kind gets `LINEAGE`, which the server runs."""
LINEAGE = "tidegate.lineage"
SHOW_REPLAY = "tidegate.showReplay"
"""As `SHOW_LINEAGE`: the client asks for the interval. `REPLAY` takes the last week."""
REPLAY = "tidegate.replay"
OPEN = "tidegate.open"


def code_lenses(request: Request, params: lsp.CodeLensParams) -> list[lsp.CodeLens] | None:
    """The lines of a document, whose texts are made when they are seen."""
    if request.read is None or not request.settings.editor.code_lens:
        return None
    encoding = request.client.encoding
    found = []
    for lens in lenses(request.view, request.path, request.read):
        place = convert.to_range(request.document, lens.span, encoding)
        place = lsp.Range(place.start, min(place.end, lsp.Position(place.start.line + 1, 0)))
        point = {"kind": lens.point.kind, "path": lens.point.path, "name": lens.point.name}
        found.append(lsp.CodeLens(place, data={"uri": request.uri, "about": lens.about, **point}))
    return found


def resolve(request: Request, lens: lsp.CodeLens) -> lsp.CodeLens | None:
    """What a line says, and what choosing it does."""
    data = lens.data if isinstance(lens.data, dict) else {}
    about, kind, path, name = (str(data.get(key, "")) for key in ("about", "kind", "path", "name"))
    point = lens_point(request.view, kind, path, name)
    if point is None or about not in LENSES:
        return None
    line = said(request.view, about, point)
    if about == "replay":
        lens.command = _replay(request, line.title, path, f"{kind}:{name}")
        return lens
    document = request.text(line.path)
    if document is None:
        lens.command = lsp.Command(line.title, "")
        return lens
    place = convert.to_range(document, line.span, request.client.encoding)
    uri = request.uri_of(line.path)
    if about != "lineage":
        lens.command = lsp.Command(line.title, OPEN, arguments=[{"uri": uri, "range": place}])
    elif SHOW_LINEAGE in request.client.commands:
        lens.command = lsp.Command(line.title, SHOW_LINEAGE, arguments=[uri, place.start])
    else:
        lens.command = lsp.Command(line.title, LINEAGE, arguments=[{"uri": uri, "kind": kind, "name": name}])
    return lens


def _replay(request: Request, title: str, path: str, target: str) -> lsp.Command:
    uri = request.uri_of(path)
    if SHOW_REPLAY in request.client.commands:
        return lsp.Command(title, SHOW_REPLAY, arguments=[uri, target])
    return lsp.Command(title, REPLAY, arguments=[{"uri": uri, "target": target}])
