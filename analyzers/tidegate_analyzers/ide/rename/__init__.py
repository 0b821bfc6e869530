"""Renaming: what can be renamed at a place, and every edit that it takes.

Each kind of thing has a `Renamer`; the first that knows what stands at a place renames it.
"""

from __future__ import annotations

from typing import Protocol

from tidegate_analyzers.graph.index import View
from tidegate_analyzers.ide.rename import columns, names
from tidegate_analyzers.ide.rename.common import Refused, Renamable
from tidegate_analyzers.ide.rename.names import file_renamed
from tidegate_analyzers.text import Change, Document
from tidegate_analyzers.workspace import Snapshot

__all__ = ["RENAMERS", "Refused", "Renamable", "Renamer", "file_renamed", "prepare", "rename"]


class Renamer(Protocol):
    """One kind of thing that can be renamed."""

    def prepare(self, view: View, snapshot: Snapshot, document: Document, offset: int) -> Renamable | None:
        """What would be renamed at an offset; `None` where nothing of the kind stands there.

        Raises:
            Refused: it is of the kind, and can't be renamed.
        """

    def rename(self, view: View, snapshot: Snapshot, document: Document, offset: int, name: str) -> Change | None:
        """The edits that give it another name; `None` where nothing of the kind stands there.

        Raises:
            Refused: it can't have that name.
        """


RENAMERS: tuple[Renamer, ...] = (names.NameRenamer(), columns.ColumnRenamer())


def prepare(view: View, snapshot: Snapshot, document: Document, offset: int) -> Renamable | None:
    """The name at an offset that can be changed.

    Raises:
        Refused: the name can't be changed, and why.
    """
    for renamer in RENAMERS:
        if (found := renamer.prepare(view, snapshot, document, offset)) is not None:
            return found
    return None


def rename(view: View, snapshot: Snapshot, document: Document, offset: int, name: str) -> Change | None:
    """Everything that has to change so that what stands at an offset gets another name.

    Raises:
        Refused: it can't have that name, and why.
    """
    for renamer in RENAMERS:
        if (change := renamer.rename(view, snapshot, document, offset, name)) is not None:
            return change
    return None
