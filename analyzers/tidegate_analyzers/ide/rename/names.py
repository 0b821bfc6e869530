"""Renaming what has a name of its own in a workspace: models, sources, macros, variables, docs blocks and the like."""

from __future__ import annotations

import posixpath

from tidegate_analyzers.graph import symbols
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.symbols import Occurrence, Place, Symbol
from tidegate_analyzers.ide.rename import yaml_parts
from tidegate_analyzers.ide.rename.checks import check_name, check_symbol
from tidegate_analyzers.ide.rename.common import CONTRACTS, DAGS, ELSEWHERE, PROJECT, Refused, Renamable
from tidegate_analyzers.ide.rename.files import moves
from tidegate_analyzers.text import Change, Document, Edit, Note
from tidegate_analyzers.workspace import Snapshot


class NameRenamer:
    """Renames a symbol in every place that surely means it."""

    def prepare(self, view: View, snapshot: Snapshot, document: Document, offset: int) -> Renamable | None:
        """The name at an offset."""
        found = _found(view, snapshot, document, offset)
        if found is None:
            return None
        symbol, occurrence = found
        check_symbol(view, symbol)
        return Renamable(occurrence.span, document.slice(occurrence.span))

    def rename(self, view: View, snapshot: Snapshot, document: Document, offset: int, name: str) -> Change | None:
        """The edits of a rename."""
        found = _found(view, snapshot, document, offset)
        if found is None:
            return None
        check_symbol(view, found[0])
        check_name(view, found[0], name)
        return renamed(view, snapshot, found[0], name)


def _found(view: View, snapshot: Snapshot, document: Document, offset: int) -> tuple[Symbol, Occurrence] | None:
    """The symbol at an offset.

    Raises:
        Refused: a name stands there, and what it means is not known.
    """
    read = snapshot.read(document.path)
    occurrence = symbols.occurrence_at(read, offset) if read is not None else None
    if occurrence is None:
        return None
    symbol = symbols.meaning(view, document.path, occurrence, sure=True)
    if symbol is None:
        raise Refused(f"it is not known what '{document.slice(occurrence.span)}' stands for here")
    return symbol, occurrence


def renamed(view: View, snapshot: Snapshot, symbol: Symbol, name: str, *, move: bool = True) -> Change:
    """Everything that has to change for a symbol to get another name; files are moved only where `move` says so.

    Raises:
        Refused: a place can't be changed.
    """
    edits = [_edit(view, snapshot, place, symbol, name) for place in symbols.references(view, symbol, sure=True)]
    edits += yaml_parts.kept_meaning(view, snapshot, symbol)
    moved = moves(view, symbol, name)
    edits += yaml_parts.versions(view, snapshot, symbol, moved)
    edits += yaml_parts.folders(view, snapshot, symbol, name)
    return Change(tuple(edits), (), tuple(moved) if move else ())


def _edit(view: View, snapshot: Snapshot, place: Place, symbol: Symbol, name: str) -> Edit:
    document = snapshot.document(place.path)
    if document is None or document.slice(place.span) != symbol.last:
        raise Refused(f"{place.path} has changed, or spells '{symbol.last}' in a way that can't be replaced")
    project = view.layout.project_of(place.path)
    if project is not None and project.installed:
        raise Refused(f"the installed package '{project.name}' uses it in {place.path}")
    return Edit(place.path, place.span, name, DAGS if symbol.kind in ("dag", "task") else _note(view, place))


def _note(view: View, place: Place) -> Note:
    facts = view.facts(place.path)
    if facts is not None and facts.contracts:
        return CONTRACTS
    return ELSEWHERE if facts is None or facts.role in ("python", "yaml", "dbt_selectors") else PROJECT


def file_renamed(view: View, snapshot: Snapshot, path: str, to: str) -> Change | None:
    """What follows from a new name for the file of a model, seed or snapshot; `None` where nothing does.

    Raises:
        Refused: another thing has that name.
    """
    stem, name = _stem(path), _stem(to)
    facts = view.facts(path)
    symbol = symbols.symbol_of_file(view, path)
    if stem == name or symbol is None or symbol.name != stem or facts is None or len(facts.nodes) != 1:
        return None
    if facts.nodes[0].kind == "snapshot":
        return None  # its name stands in its text
    check_symbol(view, symbol)
    check_name(view, symbol, name)
    return renamed(view, snapshot, symbol, name, move=False)


def _stem(path: str) -> str:
    return posixpath.basename(path).rpartition(".")[0]
