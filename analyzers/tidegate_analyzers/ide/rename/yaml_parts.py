"""What a rename changes in YAML besides the names themselves, so that what runs stays as it is."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from tidegate_analyzers.graph import symbols
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.symbols import Symbol
from tidegate_analyzers.ide.rename.common import PROJECT
from tidegate_analyzers.syntax.yaml import Mapping, Node, Scalar, Sequence, parse_yaml
from tidegate_analyzers.text import Document, Edit, Move, Span
from tidegate_analyzers.workspace import Snapshot

_DEFAULTS = {"source": "schema", "table": "identifier", "measure": "expr"}
"""What a name stands for as long as nothing else is said."""


def kept_meaning(view: View, snapshot: Snapshot, symbol: Symbol) -> Iterator[Edit]:
    """What a name meant by default is written down before it changes: a source's schema, a table's identifier."""
    key = _DEFAULTS.get(symbol.kind)
    for place in symbols.definitions(view, symbol) if key is not None else ():
        document = snapshot.document(place.path)
        entry = _entry_named_at(document, place.span) if document is not None else None
        if document is not None and entry is not None and entry[0].get(key or "") is None:
            yield _beside(document, *entry, f"{key}: {document.slice(entry[1].span)}")


def _entry_named_at(document: Document, span: Span) -> tuple[Mapping, Scalar] | None:
    """The mapping whose `name` stands at a span, with that name."""
    todo: list[Node] = list(parse_yaml(document.text).documents)
    while todo:
        node = todo.pop()
        if isinstance(node, Mapping):
            name = node.get("name")
            if isinstance(name, Scalar) and name.inner == span:
                return node, name
            todo += [value for _, value in node.items() if value.start <= span.start and span.end <= value.end]
        elif isinstance(node, Sequence):
            todo += [item for item in node.items() if item.start <= span.start and span.end <= item.end]
    return None


def _beside(document: Document, entry: Mapping, name: Scalar, text: str) -> Edit:
    """A key directly behind the name, in the style of the mapping."""
    if entry.flow:
        return Edit(document.path, Span(name.end, name.end), f", {text}", PROJECT)
    key = next(key for key, value in entry.entries if value is name)
    column = document.lines.position(key.start).column
    end = document.lines.line_span(document.lines.position(name.end).line).end
    return Edit(document.path, Span(end, end), f"{document.newline}{' ' * column}{text}", PROJECT)


def versions(view: View, snapshot: Snapshot, symbol: Symbol, moved: list[Move]) -> Iterator[Edit]:
    """The files that a model's versions say they are defined in, where these are moved."""
    stems = {posixpath.basename(move.path).rpartition(".")[0]: move for move in moved}
    stems.pop(symbol.name, None)
    for place in symbols.declarations(view, symbol) if stems else ():
        document = snapshot.document(place.path)
        entry = _entry_named_at(document, place.span) if document is not None else None
        listed = entry[0].get("versions") if entry is not None else None
        for item in listed.items() if isinstance(listed, Sequence) else ():
            named = item.get("defined_in") if isinstance(item, Mapping) else None
            if isinstance(named, Scalar) and named.value in stems:
                new = posixpath.basename(stems[named.value].to).rpartition(".")[0]
                yield Edit(place.path, named.inner, new, PROJECT)


_SECTIONS = {"model": ("models",), "seed": ("seeds",), "snapshot": ("snapshots",)}


def folders(view: View, snapshot: Snapshot, symbol: Symbol, name: str) -> Iterator[Edit]:
    """The settings that `dbt_project.yml` gives to a node by its name, as if it were a folder."""
    project = next((item for item in view.layout.projects if item.root == symbol.root), None)
    document = snapshot.document(project.path) if project is not None and symbol.is_node else None
    if project is None or document is None or not re.search(rf"\b{re.escape(symbol.name)}\b", document.text):
        return
    for root in parse_yaml(document.text).documents:
        for path, _ in symbols.files_of(view, symbol):
            for section in _SECTIONS[symbol.kind]:
                node = root.get(section) if isinstance(root, Mapping) else None
                keys: list[Scalar] = []
                for folder in project.fqn(path):
                    found = node.entry(folder) if isinstance(node, Mapping) else None
                    keys += [found[0]] if found is not None else []
                    node = found[1] if found is not None else None
                if isinstance(node, Mapping) and keys and keys[-1].value == symbol.name:
                    yield Edit(document.path, keys[-1].inner, name, PROJECT)
