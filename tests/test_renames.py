"""Whatever is renamed and renamed back is as it was, and nothing is lost on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.markdown import cases
from tests.support.workspace import Workspace
from tidegate_analyzers import reference_files
from tidegate_analyzers.graph import symbols
from tidegate_analyzers.graph.symbols import Symbol
from tidegate_analyzers.ide.rename import Refused, rename

EXAMPLE = reference_files.root() / "examples" / "orders"
CASES = {case.title: case.files for case in cases(Path(__file__).parent / "cases") if case.page == "rename"}
WORKSPACES = {
    "example": {
        file.relative_to(EXAMPLE).as_posix(): file.read_text("utf-8")
        for file in sorted(EXAMPLE.rglob("*"))
        if file.is_file() and file.suffix in (".py", ".sql", ".yml", ".yaml", ".toml", ".md")
    },
    **CASES,
}
WRITTEN_DOWN = frozenset(("source", "table", "measure"))
"""What these meant by default is written down by the first rename, and stays."""


def _found(workspace: Workspace) -> dict[Symbol, tuple[str, int]]:
    """Every symbol with the last of the places that name it."""
    found: dict[Symbol, tuple[str, int]] = {}
    for path in sorted(workspace.documents):
        read = workspace.graph.files.get(path)
        for occurrence in symbols.occurrences(read) if read is not None else ():
            symbol = symbols.meaning(workspace.view, path, occurrence, sure=True)
            if symbol is not None:
                found[symbol] = (path, occurrence.span.start)
    return found


def _renamed(workspace: Workspace, path: str, offset: int, name: str) -> Workspace | None:
    document = workspace.documents[path]
    try:
        change = rename(workspace.view, workspace.snapshot, document, offset, name)
    except Refused:
        return None
    assert change is not None
    return workspace.applied(change)


def _count(workspace: Workspace, symbol: Symbol) -> int:
    return sum(1 for _ in symbols.references(workspace.view, symbol, sure=True))


def _lost(workspace: Workspace) -> int:
    """How many names lead nowhere."""
    return sum(1 for code in workspace.codes() if code.startswith("TG7"))


@pytest.mark.parametrize("name", WORKSPACES)
def test_there_and_back(name: str) -> None:
    workspace = Workspace(WORKSPACES[name])
    tried = 0
    for symbol, (path, offset) in _found(workspace).items():
        there = _renamed(workspace, path, offset, "never_seen_before")
        if there is None:
            continue
        tried += 1
        new = Symbol(symbol.kind, symbol.name.removesuffix(symbol.last) + "never_seen_before", symbol.root, symbol.of)
        assert _count(there, new) == _count(workspace, symbol), symbol
        assert _count(there, symbol) == 0, symbol
        assert _lost(there) == _lost(workspace), symbol
        (at_path, at) = _found(there)[new]
        back = _renamed(there, at_path, at, symbol.last)
        assert back is not None, symbol
        if symbol.kind not in WRITTEN_DOWN:
            assert back.files == workspace.files, symbol
    assert tried > 1, "this workspace has nothing to rename"
