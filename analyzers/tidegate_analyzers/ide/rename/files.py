"""The files of a node that is renamed."""

from __future__ import annotations

import posixpath

from tidegate_analyzers.graph import symbols
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.symbols import Symbol
from tidegate_analyzers.ide.rename.common import PROJECT, Refused
from tidegate_analyzers.text import Move


def moves(view: View, symbol: Symbol, name: str) -> list[Move]:
    """The files that bear a node's name, under the new one: `orders.sql`, `orders_v2.sql`.

    Raises:
        Refused: a file stands in the way.
    """
    if not symbol.is_node:
        return []
    found: list[Move] = []
    numbers = _versions(view, symbol)
    for path, _ in symbols.files_of(view, symbol):
        folder, file = posixpath.split(path)
        stem, dot, end = file.rpartition(".")
        facts = view.facts(path)
        if stem == symbol.name and facts is not None and len(facts.nodes) == 1:
            new = name
        elif stem in {f"{symbol.name}_v{number}" for number in numbers}:
            new = f"{name}{stem[len(symbol.name) :]}"
        else:
            continue
        to = posixpath.join(folder, f"{new}{dot}{end}")
        if to != path and view.graph.files.get(to) is not None:
            raise Refused(f"{to} exists already")
        found.append(Move(path, to, PROJECT))
    return found


def _versions(view: View, symbol: Symbol) -> set[str]:
    found: set[str] = set()
    for posting in view.find(f"props:{symbol.kind}:{symbol.name}"):
        facts = view.facts(posting.path)
        if facts is not None:
            found.update(facts.properties[posting.number].numbers)
    return found
