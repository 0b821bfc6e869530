"""Between the protocol and the engine: positions, addresses, findings, edits. Nothing else speaks both."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from lsprotocol import types as lsp

from tidegate_analyzers.check import Shown
from tidegate_analyzers.facts import FileRead
from tidegate_analyzers.ide.symbols import Symbol
from tidegate_analyzers.text import Change, Document, Note, Position, Span
from tidegate_server.lsp.client import Client

Encoding = lsp.PositionEncodingKind

# -- positions ------------------------------------------------------------------------------------------------------


def units(text: str, encoding: Encoding | str) -> int:
    """How long a text is in the units of an encoding."""
    if encoding == Encoding.Utf32 or text.isascii():
        return len(text)
    if encoding == Encoding.Utf8:
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text) + sum(1 for char in text if ord(char) > 0xFFFF)


def to_position(document: Document, offset: int, encoding: Encoding | str) -> lsp.Position:
    """An offset as a position of the protocol."""
    line, column = document.lines.position(offset)
    return lsp.Position(line, units(document.lines.line_text(line)[:column], encoding))


def to_offset(document: Document, position: lsp.Position, encoding: Encoding | str) -> int:
    """A position of the protocol as an offset; what lies outside the text is moved to its edge."""
    if position.line >= document.lines.line_count:
        return len(document.text)
    text = document.lines.line_text(position.line)
    column = position.character
    if not text.isascii() and encoding != Encoding.Utf32:
        count = column = 0
        for char in text:
            size = units(char, encoding)
            if count + size > position.character:
                break
            count += size
            column += 1
    return document.lines.offset(Position(position.line, column))


def to_range(document: Document, span: Span, encoding: Encoding | str) -> lsp.Range:
    """A span as a range."""
    return lsp.Range(to_position(document, span.start, encoding), to_position(document, span.end, encoding))


def to_span(document: Document, range_: lsp.Range, encoding: Encoding | str) -> Span:
    """A range as a span."""
    start = to_offset(document, range_.start, encoding)
    return Span(start, max(to_offset(document, range_.end, encoding), start))


def changed(document: Document, change: lsp.TextDocumentContentChangeEvent, encoding: Encoding | str) -> Document:
    """A document after one change of its content."""
    if isinstance(change, lsp.TextDocumentContentChangePartial):
        span = to_span(document, change.range, encoding)
        return Document(document.path, document.text[: span.start] + change.text + document.text[span.end :])
    return Document(document.path, change.text)


# -- addresses ------------------------------------------------------------------------------------------------------

_DRIVE = re.compile(r"^/?([A-Za-z]):(?=[/\\]|$)")


def uri_to_path(uri: str, *, windows: bool = os.name == "nt") -> str | None:
    """The file path of a `file:` address, `None` for any other.

    Drive letters come in both cases and with `%3A`; a host makes a network path (RFC 8089, appendix E).
    """
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    if parts.scheme.lower() != "file":
        return None
    path = unquote(parts.path)
    host = unquote(parts.netloc)
    if windows and (drive := _DRIVE.match(path)):
        path = f"{drive.group(1).upper()}:{path[drive.end() :]}"
    elif host and host.lower() != "localhost":
        path = f"//{host}{path}"
    return path.replace("/", "\\") if windows else path


def quoted(path: str) -> str:
    """A relative path as part of an address."""
    return quote(path)


def path_to_uri(path: Path | str, *, windows: bool = os.name == "nt") -> str:
    """The address of a file."""
    text = str(path).replace("\\", "/") if windows else str(path)
    if text.startswith("//"):
        host, _, rest = text[2:].partition("/")
        return f"file://{quote(host)}/{quote(rest)}"
    if windows and _DRIVE.match(text):
        return f"file:///{text[0].lower()}%3A{quote(text[2:])}"
    return f"file://{quote(text)}"


# -- findings -------------------------------------------------------------------------------------------------------

_SEVERITIES = {
    "error": lsp.DiagnosticSeverity.Error,
    "warning": lsp.DiagnosticSeverity.Warning,
    "info": lsp.DiagnosticSeverity.Information,
    "hint": lsp.DiagnosticSeverity.Hint,
}


def to_diagnostic(
    shown: Shown,
    document: Document,
    read: FileRead,
    client: Client,
    related: list[lsp.DiagnosticRelatedInformation],
    page: Callable[[str], str],
) -> lsp.Diagnostic:
    """A finding as a diagnostic."""
    finding = shown.finding
    unnecessary = client.tags and finding.code == "TG001"
    return lsp.Diagnostic(
        range=to_range(document, read.span(finding.site), client.encoding),
        message=shown.message,
        severity=_SEVERITIES[shown.severity],
        code=finding.code,
        code_description=lsp.CodeDescription(page(finding.code)) if client.links_codes else None,
        source="tidegate",
        related_information=related or None,
        data={"name": finding.name, "confidence": finding.confidence, "subject": finding.subject},
        tags=[lsp.DiagnosticTag.Unnecessary] if unnecessary else None,
    )


# -- edits ----------------------------------------------------------------------------------------------------------


def to_workspace_edit(
    change: Change,
    uri_of: Callable[[str], str],
    document_of: Callable[[str], Document | None],
    version_of: Callable[[str], int | None],
    client: Client,
    *,
    confirm: str = "",
) -> lsp.WorkspaceEdit | None:
    """A change as a workspace edit; `None` where it can't be made: the client can't touch files so, or a text is gone.

    Args:
        change: the edits.
        uri_of: the address of a path.
        document_of: the text of a path.
        version_of: the version of an open path.
        client: what the client can do.
        confirm: why the user should confirm the edits, if they should.
    """
    if (change.files and not client.creates_files) or (change.moves and not client.moves_files):
        return None
    whole = Note("Changes what runs", confirm, confirm=True) if confirm else None
    notes: dict[str, lsp.ChangeAnnotation] = {}

    def noted(note: Note | None) -> str | None:
        note = note or whole
        if note is None or not client.annotations:
            return None
        notes[note.label] = lsp.ChangeAnnotation(
            note.label, needs_confirmation=note.confirm or None, description=note.description or None
        )
        return note.label

    parts: list[lsp.TextDocumentEdit | lsp.CreateFile | lsp.RenameFile | lsp.DeleteFile] = []
    for file in change.files:
        uri = uri_of(file.path)
        start = lsp.Range(lsp.Position(0, 0), lsp.Position(0, 0))
        # The path was free; should that have changed, the edit fails and nothing is written into another's file.
        annotation = noted(None)
        parts.append(lsp.CreateFile(uri, annotation_id=annotation))
        text = lsp.AnnotatedTextEdit(annotation, start, file.text) if annotation else lsp.TextEdit(start, file.text)
        parts.append(lsp.TextDocumentEdit(lsp.OptionalVersionedTextDocumentIdentifier(uri), [text]))
    by_path: dict[str, list[lsp.TextEdit | lsp.AnnotatedTextEdit | lsp.SnippetTextEdit]] = {}
    for edit in change.edits:
        document = document_of(edit.path)
        if document is None:
            return None
        place = to_range(document, edit.span, client.encoding)
        if edit.note is not None and edit.note.optional and not client.annotations:
            continue
        annotation = noted(edit.note)
        by_path.setdefault(edit.path, []).append(
            lsp.AnnotatedTextEdit(annotation, place, edit.text) if annotation else lsp.TextEdit(place, edit.text)
        )
    for path, edits in by_path.items():
        identifier = lsp.OptionalVersionedTextDocumentIdentifier(uri_of(path), version_of(path))
        parts.append(lsp.TextDocumentEdit(identifier, edits))
    # Last, so that the edits find their files under the names they had.
    parts += [
        lsp.RenameFile(uri_of(move.path), uri_of(move.to), annotation_id=noted(move.note)) for move in change.moves
    ]
    if change.files or change.moves or notes:
        return lsp.WorkspaceEdit(document_changes=parts, change_annotations=notes or None)
    return _plain(parts, client)


def _plain(
    parts: list[lsp.TextDocumentEdit | lsp.CreateFile | lsp.RenameFile | lsp.DeleteFile], client: Client
) -> lsp.WorkspaceEdit:
    """An edit of texts alone, for clients that know no versions too."""
    if client.versioned_edits:
        return lsp.WorkspaceEdit(document_changes=parts)
    texts = [part for part in parts if isinstance(part, lsp.TextDocumentEdit)]
    return lsp.WorkspaceEdit(
        changes={
            part.text_document.uri: [edit for edit in part.edits if isinstance(edit, lsp.TextEdit)] for part in texts
        }
    )


# -- outline --------------------------------------------------------------------------------------------------------

SYMBOL_KINDS = {
    "module": lsp.SymbolKind.Module,
    "class": lsp.SymbolKind.Class,
    "function": lsp.SymbolKind.Function,
    "field": lsp.SymbolKind.Field,
    "object": lsp.SymbolKind.Object,
    "event": lsp.SymbolKind.Event,
    "namespace": lsp.SymbolKind.Namespace,
    "variable": lsp.SymbolKind.Variable,
}


def to_symbol(symbol: Symbol, document: Document, encoding: Encoding | str) -> lsp.DocumentSymbol:
    """A symbol of the outline."""
    return lsp.DocumentSymbol(
        symbol.name,
        SYMBOL_KINDS[symbol.kind],
        to_range(document, symbol.span, encoding),
        to_range(document, symbol.name_span, encoding),
        symbol.detail or None,
        children=[to_symbol(child, document, encoding) for child in symbol.children] or None,
    )
