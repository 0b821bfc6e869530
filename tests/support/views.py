"""What an editor is shown of a document, as the lines that cases hold it against."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.workspace import Workspace
from tidegate_analyzers.ide.folding import folds
from tidegate_analyzers.ide.selection import selections
from tidegate_analyzers.text import Document


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


VIEWS: dict[str, Callable[[Workspace, Document, int], list[str]]] = {"Folds": _folds, "Selection": _selections}

WHOLE = frozenset(("Folds",))
"""Those that show the document as a whole, whatever the cursor."""


def _dialect(workspace: Workspace, document: Document) -> str:
    role = workspace.graph.layout.role(document.path)
    return role.dialect if role is not None else ""
