"""`textDocument/codeAction` and `codeAction/resolve`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lsprotocol import types as lsp

from tidegate_analyzers.ide.actions import Action, actions, combined, fix_all
from tidegate_analyzers.ide.refactor import EXTRACT, FIX, REWRITE, SOURCE, Refactoring, refactorings
from tidegate_analyzers.text import Change, Span, digest
from tidegate_server.lsp import convert
from tidegate_server.lsp.request import Request

FIX_ALL = "source.fixAll.tidegate"
KINDS = (FIX, REWRITE, EXTRACT, SOURCE)
UNSAFE = "This changes what the pipeline does when it runs."


def code_actions(request: Request, params: lsp.CodeActionParams) -> list[lsp.CodeAction] | None:
    """The fixes for the findings in a range, and what else can be done there."""
    read = request.read
    if read is None or not request.client.action_literals:
        return None
    span = convert.to_span(request.document, params.range, request.client.encoding)
    found: list[lsp.CodeAction] = []
    if _wanted(lsp.CodeActionKind.QuickFix, params):
        for action in actions(read, request.shown(), span):
            item = _quick_fix(request, action, params)
            if item is not None:
                found.append(item)
    if any(_wanted(kind, params) for kind in KINDS):
        for refactoring in refactorings(request.workspace, request.document, span, request.shown()):
            if _wanted(refactoring.kind, params) and (other := _refactoring(request, refactoring, span, params)):
                found.append(other)
    if params.context.only and _wanted(FIX_ALL, params):
        found += _all(request)
    return found


def _wanted(kind: str, params: lsp.CodeActionParams) -> bool:
    """Whether the client asks for a kind of action; a kind stands for those below it."""
    only = params.context.only
    return not only or any(kind == asked or kind.startswith(f"{str(asked).rstrip('.')}.") for asked in map(_text, only))


def _text(kind: lsp.CodeActionKind | str) -> str:
    return kind.value if isinstance(kind, lsp.CodeActionKind) else kind


def _quick_fix(request: Request, action: Action, params: lsp.CodeActionParams) -> lsp.CodeAction | None:
    finding = action.shown.finding
    item = lsp.CodeAction(
        action.title if action.safe else f"{action.title} (changes what runs)",
        kind=lsp.CodeActionKind.QuickFix,
        diagnostics=[d for d in params.context.diagnostics if d.code == finding.code] or None,
        is_preferred=action.preferred or None,
        data={
            "uri": request.uri,
            "revision": request.snapshot.revision,
            "code": finding.code,
            "subject": finding.subject,
            "title": action.title,
            "place": list(request.read.span(finding.site)) if request.read is not None else [0, 0],
        },
    )
    # A fix that can't be made is not offered. A client that can ask for the edits later gets them then.
    whole = _with_edit(request, item, action)
    if whole is not None and request.client.resolves_edits:
        whole.edit = None
    return whole


def _all(request: Request) -> Iterator[lsp.CodeAction]:
    change = fix_all(request.workspace, request.shown(), request.path)
    edit = _edit(request, change, safe=True) if change is not None else None
    if edit is not None:
        yield lsp.CodeAction("Fix all that tidegate can fix safely", kind=FIX_ALL, edit=edit)


def _refactoring(
    request: Request, refactoring: Refactoring, span: Span, params: lsp.CodeActionParams
) -> lsp.CodeAction | None:
    edit = _edit(request, refactoring.change, safe=refactoring.safe)
    if edit is None:
        return None
    named = [d for d in params.context.diagnostics if d.code == refactoring.code] if refactoring.code else []
    item = lsp.CodeAction(
        refactoring.title if refactoring.safe else f"{refactoring.title} (changes what runs)",
        kind=refactoring.kind,
        diagnostics=named or None,
        edit=None if request.client.resolves_edits else edit,
    )
    if request.client.resolves_edits:
        item.data = {
            "uri": request.uri,
            "title": refactoring.title,
            "place": list(span),
            "text": _digest(request),
        }
    return item


def _digest(request: Request) -> str:
    return digest(request.document.text.encode("utf-8", "surrogatepass")).hex()


def _resolve_refactoring(request: Request, item: lsp.CodeAction, data: dict[str, Any]) -> lsp.CodeAction | None:
    """The edits of a refactoring, if its text is what it was."""
    place = data.get("place")
    if data["text"] != _digest(request) or not isinstance(place, list) or len(place) != 2:
        return None
    for refactoring in refactorings(request.workspace, request.document, Span(*map(int, place)), request.shown()):
        if refactoring.title == data.get("title"):
            item.edit = _edit(request, refactoring.change, safe=refactoring.safe)
            return item if item.edit is not None else None
    return None


def resolve(request: Request, item: lsp.CodeAction) -> lsp.CodeAction | None:
    """The action with its edits; `None` if what it was for is gone."""
    data: dict[str, Any] = item.data if isinstance(item.data, dict) else {}
    if "text" in data:
        return _resolve_refactoring(request, item, data)
    read = request.read
    if read is None:
        return None
    whole = Span(0, len(request.document.text))
    same = [
        action
        for action in actions(read, request.shown(), whole)
        if action.title == data.get("title")
        and action.shown.finding.code == data.get("code")
        and action.shown.finding.subject == data.get("subject")
    ]
    if data.get("revision") == request.snapshot.revision:
        same = [action for action in same if list(read.span(action.shown.finding.site)) == data.get("place")]
    return _with_edit(request, item, same[0]) if len(same) == 1 else None


def _with_edit(request: Request, item: lsp.CodeAction, action: Action) -> lsp.CodeAction | None:
    change = combined(request.workspace, action.offers)
    item.edit = _edit(request, change, safe=action.safe) if change is not None else None
    return item if item.edit is not None else None


def _edit(request: Request, change: Change, *, safe: bool) -> lsp.WorkspaceEdit | None:
    return convert.to_workspace_edit(
        change,
        request.uri_of,
        request.snapshot.document,
        request.versions.get,
        request.client,
        confirm="" if safe else UNSAFE,
    )
