"""What an editor is shown of a document, as the lines that cases hold it against."""

from __future__ import annotations

import difflib
from collections.abc import Callable

from tests.support.workspace import Workspace
from tidegate_analyzers.graph.columns import ColumnKey, column_type, dataset_columns, upstream
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.ide import lineage, rename
from tidegate_analyzers.ide.columns.sheet import label_of
from tidegate_analyzers.ide.compiled import page
from tidegate_analyzers.ide.definition import declaration
from tidegate_analyzers.ide.folding import folds
from tidegate_analyzers.ide.hints import hints
from tidegate_analyzers.ide.lenses import lenses, said
from tidegate_analyzers.ide.links import links
from tidegate_analyzers.ide.refactor import SOURCE, Refactoring, refactorings
from tidegate_analyzers.ide.references import highlights, references
from tidegate_analyzers.ide.selection import selections
from tidegate_analyzers.ide.tokens import tokens
from tidegate_analyzers.text import Change, Document, Span


def _folds(workspace: Workspace, document: Document, offset: int) -> list[str]:
    """The first line of each fold, and how many it hides: `with orders as ( … 4`."""
    lines = document.lines
    return [
        f"{fold.first + 1}-{fold.last + 1} {lines.line_text(fold.first).strip()}{f' ({fold.kind})' if fold.kind else ''}"
        for fold in folds(document, _dialect(workspace, document))
    ]


def _selections(workspace: Workspace, document: Document, offset: int) -> list[str]:
    """What is selected step by step; line ends are shown as blanks. The last step, the document, is left out."""
    (chain,) = selections(document, [offset], _dialect(workspace, document))
    return [" ".join(document.slice(span).split()) for span in chain[:-1]]


def _declaration(workspace: Workspace, document: Document, offset: int) -> list[str]:
    places = declaration(workspace.view, workspace.snapshot, document.path, offset)
    return [_place(workspace, place.path, place.span) for place in places]


def _references(workspace: Workspace, document: Document, offset: int) -> list[str]:
    """Every place with what stands there; those that make or describe the thing say so."""
    return [
        _place(workspace, place.path, place.span) + (f" {place.access}" if place.access != "used" else "")
        for place in references(workspace.view, workspace.snapshot, document.path, offset)
    ]


def _uses(workspace: Workspace, document: Document, offset: int) -> list[str]:
    """The same without the places that make and describe it."""
    view = workspace.view
    places = references(view, workspace.snapshot, document.path, offset, declaration=False)
    return [_place(workspace, place.path, place.span) for place in places]


def _highlights(workspace: Workspace, document: Document, offset: int) -> list[str]:
    found = highlights(workspace.view, workspace.snapshot, document.path, offset)
    return [_place(workspace, document.path, item.span) + (" write" if item.writes else "") for item in found]


def renamed(workspace: Workspace, document: Document, offset: int, name: str) -> list[str]:
    """Each line that a rename changes, as it is afterwards; the files it moves; or why it is refused."""
    try:
        if rename.prepare(workspace.view, workspace.snapshot, document, offset) is None:
            return ["nothing to rename"]
        change = rename.rename(workspace.view, workspace.snapshot, document, offset, name)
    except rename.Refused as error:
        return [f"refused: {error}"]
    assert change is not None
    return changed_lines(workspace, change)


def changed_lines(workspace: Workspace, change: Change) -> list[str]:
    """`path:line text` for every line that is not what it was, and `path -> path` for every file that moves."""
    after = workspace.applied(change)
    moved = {move.path: move.to for move in change.moves}
    asked = {edit.path for edit in change.edits if edit.note is not None and edit.note.confirm}
    found = []
    for path in sorted({edit.path for edit in change.edits}):
        old, new = workspace.files[path].split("\n"), after.files[moved.get(path, path)].split("\n")
        for tag, _, _, start, end in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            lines = range(start, end) if tag != "equal" else ()
            found += [f"{path}:{at + 1}{' (to confirm)' if path in asked else ''} {new[at].strip()}" for at in lines]
    assert not set(after.codes()) - set(workspace.codes()), "a rename adds no finding"
    return [*found, *(f"{move.path} -> {move.to}" for move in change.moves)]


def _place(workspace: Workspace, path: str, span: Span) -> str:
    """`models/orders.sql:3:5 orders`; what is longer than a line is shown by its first line."""
    document = workspace.documents[path]
    at = document.lines.position(span.start)
    words = document.slice(span).partition("\n")[0]
    return f"{path}:{at.line + 1}:{at.column + 1} {words}".rstrip()


def _links(workspace: Workspace, document: Document, offset: int) -> list[str]:
    """The line and the text of each link, and where it leads."""
    read = workspace.graph.files.get(document.path)
    assert read is not None
    found = links(workspace.view, document, read, workspace.files.__contains__)
    return [
        f"{document.lines.position(link.span.start).line + 1} {document.slice(link.span)} -> {link.target}"
        for link in found
    ]


def _lineage(workspace: Workspace, document: Document, offset: int) -> list[str]:
    """What stands there, then `<-` what it reads and `->` who reads it, each with the places in the one that reads."""
    lines = []
    for point in lineage.points_at(workspace.view, document, offset):
        lines.append(f"{point.kind} {point.title} in {point.path}")
        for sign, edges in (("<-", lineage.reads), ("->", lineage.readers)):
            for edge in edges(workspace.view, point.kind, point.path, point.name):
                of = point.path if sign == "<-" else edge.point.path
                at = ", ".join(_place(workspace, of, span) for span in edge.places) or "nowhere written"
                note = " (inferred)" if edge.inferred else ""
                lines.append(f"  {sign} {edge.point.kind} {edge.point.title}{note} at {at}")
    return lines


def _compiled(workspace: Workspace, document: Document, offset: int) -> list[str]:
    return (page(workspace.view, document) or "nothing").rstrip().split("\n")


def _tokens(workspace: Workspace, document: Document, offset: int) -> list[str]:
    """Line by line: each coloured piece with its type and modifiers."""
    read = workspace.graph.files.get(document.path)
    assert read is not None
    lines: dict[int, list[str]] = {}
    for token in tokens(document, read, _dialect(workspace, document)):
        line = document.lines.position(token.start).line + 1
        kind = ".".join((token.type, *token.modifiers))
        lines.setdefault(line, []).append(f"{document.text[token.start : token.end]}:{kind}")
    return [f"{line} {' '.join(found)}" for line, found in lines.items()]


def _lenses(workspace: Workspace, document: Document, offset: int) -> list[str]:
    """The line each stands above, what it says and where it leads."""
    read = workspace.graph.files.get(document.path)
    assert read is not None
    found = []
    for lens in lenses(workspace.view, document.path, read):
        line = said(workspace.view, lens.about, lens.point)
        to = f" -> {_place(workspace, line.path, line.span)}" if line.path else ""
        found.append(f"{document.lines.position(lens.span.start).line + 1} {line.title}{to}")
    return found


def _hints(workspace: Workspace, document: Document, offset: int) -> list[str]:
    """Each line with hints, in the places where they are shown, in brackets."""
    read = workspace.graph.files.get(document.path)
    assert read is not None
    whole = Span(0, len(document.text))
    found = sorted(hints(workspace.view, document.path, read, whole, stars=True, types=True), key=lambda h: -h.offset)
    text = document.text
    for hint in found:
        text = f"{text[: hint.offset]}[{hint.label}]{text[hint.offset :]}"
    before = document.text.split("\n")
    return [f"{n + 1} {line}" for n, line in enumerate(text.split("\n")) if line != before[n]]


def offered(workspace: Workspace, document: Document, offset: int) -> list[Refactoring]:
    """The refactorings at a place."""
    shown = [item.shown for item in workspace.found if item.path == document.path]
    return list(refactorings(workspace.fixer, document, Span(offset, offset), shown))


def _refactorings(workspace: Workspace, document: Document, offset: int) -> list[str]:
    """The kind and the title of each, those left out that are about the whole file; `nothing` where there is none."""
    found = [item for item in offered(workspace, document, offset) if item.kind != SOURCE]
    return [f"{item.kind} {item.title}" for item in found] or ["nothing"]


def _columns(workspace: Workspace, document: Document, offset: int) -> list[str]:
    """The columns of the nodes of a file: their types, what they are made of and how; dots where there may be more."""
    view = workspace.view
    facts = view.facts(document.path)
    lines = []
    for number, node in enumerate(facts.nodes if facts is not None else ()):
        key = NodeKey(document.path, number, node.name, node.kind)
        known = dataset_columns(view, key)
        for column in known.items:
            named = ColumnKey(key, column.name.casefold())
            type_ = column_type(view, named)
            of = ", ".join(f"{label_of(view, above.dataset)}.{above.name}" for above in upstream(view, named))
            lines.append(f"{column.name}{f' {type_}' if type_ else ''}: {column.kind}{f' of {of}' if of else ''}")
        lines += [] if known.complete else ["…"]
    return lines


VIEWS: dict[str, Callable[[Workspace, Document, int], list[str]]] = {
    "Columns": _columns,
    "Declaration": _declaration,
    "Folds": _folds,
    "Highlights": _highlights,
    "Refactorings": _refactorings,
    "References": _references,
    "Selection": _selections,
    "Links": _links,
    "Compiled": _compiled,
    "Hints": _hints,
    "Lenses": _lenses,
    "Lineage": _lineage,
    "Tokens": _tokens,
    "Uses": _uses,
}

WHOLE = frozenset(
    (
        "Columns",
        "Folds",
        "Hints",
        "Lenses",
        "Links",
        "Tokens",
    )
)
"""Those that show the document as a whole, whatever the cursor."""


def _dialect(workspace: Workspace, document: Document) -> str:
    role = workspace.graph.layout.role(document.path)
    return role.dialect if role is not None else ""
