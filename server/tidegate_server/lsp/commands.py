"""`workspace/executeCommand`: what lines above models and DAGs do, for clients with no commands of their own."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from lsprotocol import types as lsp

from tidegate_analyzers import replay
from tidegate_analyzers.ide import lineage
from tidegate_analyzers.syntax import calendar
from tidegate_analyzers.workspace import Token
from tidegate_server.clock import today
from tidegate_server.lsp.request import Request, prepared
from tidegate_server.lsp.session import Session
from tidegate_server.output import replay as output
from tidegate_server.present import Presenter

logger = logging.getLogger(__name__)
SHOWN = 10
"""How many names a message lists."""


async def open_place(session: Session, place: Mapping[str, Any]) -> bool:
    """Ask the client to show a place: `uri` and `range`, as lenses give it."""
    if not session.client.shows_documents:
        session.server.window_show_message(lsp.ShowMessageParams(lsp.MessageType.Info, str(place.get("uri"))))
        return False
    start, end = (_position(place.get("range"), name) for name in ("start", "end"))
    params = lsp.ShowDocumentParams(str(place.get("uri")), take_focus=True, selection=lsp.Range(start, end))
    return (await session.server.window_show_document_async(params)).success


def _position(range_: Any, name: str) -> lsp.Position:
    value = range_.get(name) if isinstance(range_, Mapping) else None
    value = value if isinstance(value, Mapping) else {}
    return lsp.Position(int(value.get("line", 0)), int(value.get("character", 0)))


async def show_lineage(session: Session, point: Mapping[str, Any]) -> dict[str, list[str]] | None:
    """Say in a message what a model reads and who reads it; the answer has all the names."""
    request = await prepared(session, str(point.get("uri")), closed=True)
    if request is None:
        return None
    kind, name = str(point.get("kind")), str(point.get("name"))
    found = await session.workers.run(_names, request, kind, name, token=request.token)
    words = [f"{name} reads {_listed(found['reads'])}", f"read by {_listed(found['readers'])}"]
    session.server.window_show_message(lsp.ShowMessageParams(lsp.MessageType.Info, "; ".join(words)))
    return found


def _names(request: Request, kind: str, name: str, token: Token) -> dict[str, list[str]]:
    token.check()
    steps = {"reads": lineage.reads, "readers": lineage.readers}
    if lineage.find(request.view, kind, request.path, name) is None:
        return {key: [] for key in steps}
    return {
        key: [edge.point.title for edge in edges(request.view, kind, request.path, name)]
        for key, edges in steps.items()
    }


async def show_replay(session: Session, asked: Mapping[str, Any]) -> dict[str, str] | None:
    """The runbook of a replay as Markdown, with a message that sums it up; of the last week if no interval is given."""
    request = await prepared(session, str(asked.get("uri")), closed=True)
    if request is None:
        return None
    last = calendar.moment(today()) or 0
    start = str(asked.get("from") or calendar.written(last - calendar.WEEK))
    end = str(asked.get("to") or calendar.written(last - calendar.DAY))
    try:
        found = await session.workers.run(_replay, request, str(asked.get("target")), start, end, token=request.token)
    except (replay.Unknown, replay.NoInterval) as error:
        session.server.window_show_message(lsp.ShowMessageParams(lsp.MessageType.Warning, str(error)))
        return None
    session.server.window_show_message(lsp.ShowMessageParams(lsp.MessageType.Info, found["summary"]))
    return found


def _replay(request: Request, target: str, start: str, end: str, token: Token) -> dict[str, str]:
    token.check()
    view = request.view
    plan = replay.simulate(view, replay.find(view, target), replay.interval(start, end), today())
    presenter = Presenter(request.root, view.graph, request.text, request.root)
    return {"markdown": "\n".join([*output.markdown(plan, presenter), ""]), "summary": output.headline(plan)}


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:SHOWN]) or "nothing"
    return f"{shown} and {len(names) - SHOWN} more" if len(names) > SHOWN else shown
