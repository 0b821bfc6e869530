"""`textDocument/completion` and `completionItem/resolve`."""

from __future__ import annotations

import re

from lsprotocol import types as lsp

from tidegate_analyzers.ide.completion import Completion, Item, complete, documentation
from tidegate_analyzers.text import Document, Span
from tidegate_server.lsp import convert
from tidegate_server.lsp.features.hover import plain
from tidegate_server.lsp.request import Request

_KINDS = {
    "model": lsp.CompletionItemKind.Class,
    "source": lsp.CompletionItemKind.Module,
    "table": lsp.CompletionItemKind.Struct,
    "macro": lsp.CompletionItemKind.Function,
    "function": lsp.CompletionItemKind.Function,
    "keyword": lsp.CompletionItemKind.Keyword,
    "key": lsp.CompletionItemKind.Property,
    "value": lsp.CompletionItemKind.Value,
    "column": lsp.CompletionItemKind.Field,
    "cte": lsp.CompletionItemKind.Interface,
    "variable": lsp.CompletionItemKind.Variable,
    "member": lsp.CompletionItemKind.Property,
    "package": lsp.CompletionItemKind.Module,
    "docs": lsp.CompletionItemKind.Text,
    "test": lsp.CompletionItemKind.Function,
    "type": lsp.CompletionItemKind.TypeParameter,
    "reference": lsp.CompletionItemKind.Reference,
}
_AFTER_SPACE = re.compile(
    r"(?:\{[{%][-+]?|[\w\"']:|^\s*-|\||\b(?:from|join|select|where|on|and|or|by|having|is))\s\Z", re.I
)
_AFTER_DASH = re.compile(r"^\s*-\Z")
_AFTER_COLON = re.compile(r"^\s*(?:-\s+)*[\w+\"'-]+:\Z")


def completion(request: Request, params: lsp.CompletionParams) -> lsp.CompletionList | None:
    """What can be inserted at a position."""
    offset = request.offset(params.position)
    typed = params.context.trigger_character if params.context is not None else None
    if typed is not None and not _is_asked(request.document, offset, typed):
        return None
    able = request.client.completion
    found = complete(request.view, request.snapshot, request.document, offset, snippets=able.snippets)
    if found is None:
        return None
    place = _place(request, found)
    also = [
        lsp.TextEdit(convert.to_range(request.document, edit.span, request.client.encoding), edit.text)
        for edit in found.also
    ]
    items = [_item(request, item, number, place, also) for number, item in enumerate(found.items)]
    defaults = lsp.CompletionItemDefaults(edit_range=place) if able.default_range else None
    return lsp.CompletionList(is_incomplete=found.cut, items=items, item_defaults=defaults)


def _is_asked(document: Document, offset: int, typed: str) -> bool:
    """Whether a sign that was typed asks for anything where it stands: most blanks, dashes and colons don't."""
    pattern = {" ": _AFTER_SPACE, "-": _AFTER_DASH, ":": _AFTER_COLON}.get(typed)
    line = document.lines.line_span(document.lines.position(offset).line)
    return pattern is None or pattern.search(document.text[line.start : offset]) is not None


def _place(request: Request, found: Completion) -> lsp.Range | lsp.EditRangeWithInsertReplace:
    """What the items replace; clients that ask which get two answers where there is text behind the cursor."""
    encoding = request.client.encoding
    whole = convert.to_range(request.document, found.span, encoding)
    if not request.client.completion.insert_replace or found.cursor == found.span.end:
        return whole
    typed = convert.to_range(request.document, Span(found.span.start, found.cursor), encoding)
    return lsp.EditRangeWithInsertReplace(typed, whole)


def _item(
    request: Request,
    item: Item,
    number: int,
    place: lsp.Range | lsp.EditRangeWithInsertReplace,
    also: list[lsp.TextEdit],
) -> lsp.CompletionItem:
    able = request.client.completion
    edit: lsp.TextEdit | lsp.InsertReplaceEdit | None = None
    if not able.default_range and isinstance(place, lsp.Range):
        edit = lsp.TextEdit(place, item.insert)
    elif not able.default_range and isinstance(place, lsp.EditRangeWithInsertReplace):
        edit = lsp.InsertReplaceEdit(item.insert, place.insert, place.replace)
    return lsp.CompletionItem(
        item.label,
        kind=_KINDS[item.kind],
        detail=item.detail or None,
        sort_text=f"{number:03d}",
        insert_text_format=lsp.InsertTextFormat.Snippet if item.snippet else None,
        text_edit=edit,
        text_edit_text=item.insert if edit is None and item.insert != item.label else None,
        additional_text_edits=also or None,
        data={"uri": request.uri, "about": list(item.about)} if item.about else None,
    )


def resolve(request: Request, item: lsp.CompletionItem) -> lsp.CompletionItem:
    """An item with its documentation."""
    about = item.data.get("about") if isinstance(item.data, dict) else None
    text = documentation(request.view, tuple(about)) if isinstance(about, list) else ""
    if text and request.client.completion.markdown:
        item.documentation = lsp.MarkupContent(lsp.MarkupKind.Markdown, text)
    elif text:
        item.documentation = plain(text)
    return item
