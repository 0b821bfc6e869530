"""Where a symbol is made, described and used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tidegate_analyzers.facts import DbtProperties, FileRead, Relation
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.symbols.meaning import Symbol, meaning
from tidegate_analyzers.graph.symbols.occurrences import NODES, PREFIXES, Occurrence, occurrences
from tidegate_analyzers.text import Span


class Place(NamedTuple):
    """A place of a symbol; `access` is that of `Occurrence`."""

    path: str
    span: Span
    access: str


def occurrence_at(read: FileRead, offset: int) -> Occurrence | None:
    """The name at an offset, the shortest where several overlap."""
    found = [item for item in occurrences(read) if item.span.contains(offset) and item.span.end > item.span.start]
    return min(found, key=lambda item: item.span.end - item.span.start, default=None)


def symbol_at(view: View, read: FileRead, path: str, offset: int) -> tuple[Symbol, Occurrence] | None:
    """What the name at an offset stands for."""
    found = occurrence_at(read, offset)
    symbol = meaning(view, path, found) if found is not None else None
    return (symbol, found) if symbol is not None and found is not None else None


def references(view: View, symbol: Symbol, *, sure: bool = False) -> Iterator[Place]:
    """Every place that names a symbol: where it is made and described, too."""
    for path in sorted(_paths(view, symbol)):
        yield from places_in(view, symbol, path, sure=sure)


def places_in(view: View, symbol: Symbol, path: str, *, sure: bool = False) -> Iterator[Place]:
    """The places of a file that name a symbol, in order."""
    read = view.graph.files.get(path)
    if read is None:
        return
    seen: set[Span] = set()
    for found in sorted(occurrences(read), key=lambda item: item.span):
        if found.span not in seen and _may_be(found, symbol) and meaning(view, path, found, sure=sure) == symbol:
            seen.add(found.span)
            yield Place(path, found.span, found.access)


def _may_be(found: Occurrence, symbol: Symbol) -> bool:
    """Whether a name can be that of a symbol; what it stands for is asked only then."""
    if found.kind == "relation":
        last = found.name.rpartition(".")[2]
        return symbol.is_node or symbol.kind == "table" or symbol.name.rpartition(".")[2] == last
    if found.kind in ("node", "physical"):
        return symbol.is_node and found.name == symbol.name
    name = found.name.rpartition(".")[2] if found.kind in ("macro", "test") else found.name
    return found.kind == symbol.kind and name == symbol.name


def declarations(view: View, symbol: Symbol) -> Iterator[Place]:
    """Where YAML speaks of a symbol, else where it is made."""
    found = [place for place in references(view, symbol) if place.access == "described"]
    yield from found or definitions(view, symbol)


def definitions(view: View, symbol: Symbol) -> Iterator[Place]:
    """Where a symbol is made: the file of a model, the line of a source, the head of a macro."""
    if symbol.is_node:
        files = files_of(view, symbol)
        for path, number in files:
            read = view.graph.files.get(path)
            if read is not None:
                yield Place(path, read.span(read.facts.nodes[number].site), "made")
        if not files:  # a snapshot may live in YAML alone
            yield from (place for place in references(view, symbol) if place.access == "described")
        return
    if symbol.kind == "package":
        yield from _package(view, symbol)
        return
    if symbol.kind == "task" and not symbol.of:
        yield from (place for place in places_in(view, symbol, symbol.root) if place.access == "made")
        return
    for path in sorted({posting.path for key in _made_keys(symbol) for posting in view.find(key)}):
        yield from (place for place in places_in(view, symbol, path) if place.access == "made")


def writes(view: View, symbol: Symbol) -> Iterator[Place]:
    """Where SQL writes a table."""
    for path in sorted({posting.path for key in _made_keys(symbol) for posting in view.find(key)}):
        read = view.graph.files.get(path)
        for found in occurrences(read) if read is not None else ():
            if found.kind == "relation" and found.writes and meaning(view, path, found, sure=True) == symbol:
                yield Place(path, found.span, found.access)


def files_of(view: View, symbol: Symbol) -> list[tuple[str, int]]:
    """The files that hold a node, with its number there: one for each version of a model that has versions."""
    found: list[tuple[str, int]] = []
    stems = [symbol.name]
    for _, entry in _entries(view, symbol):
        stems += entry.versions
    for stem in dict.fromkeys(stems):
        for posting in view.find(f"node:{stem}"):
            facts = view.facts(posting.path)
            project = view.layout.project_of(posting.path)
            here = project is not None and project.root == symbol.root
            if here and facts is not None and facts.nodes[posting.number].kind in NODES:
                found.append((posting.path, posting.number))
    return found


def symbol_of_file(view: View, path: str, number: int = 0) -> Symbol | None:
    """The symbol of a file's node; the file of a version stands for the model."""
    facts = view.facts(path)
    project = view.layout.project_of(path)
    if facts is None or number >= len(facts.nodes) or project is None:
        return None
    node = facts.nodes[number]
    for _, entry in dbt.properties_of(view, project, "model", node.name) if node.kind == "model" else ():
        if node.name in entry.versions:
            return Symbol("model", entry.name, project.root)
    return Symbol(node.kind, node.name, project.root) if node.kind in NODES else None


def key_of(view: View, symbol: Symbol) -> NodeKey | None:
    """The node of a symbol, as the rest of the graph knows it."""
    files = files_of(view, symbol)
    return NodeKey(files[0][0], files[0][1], symbol.name, symbol.kind) if files else None


def _entries(view: View, symbol: Symbol) -> list[tuple[str, DbtProperties]]:
    project = next((item for item in view.layout.projects if item.root == symbol.root), None)
    return dbt.properties_of(view, project, symbol.kind, symbol.name)


def _package(view: View, symbol: Symbol) -> Iterator[Place]:
    """The project file of a package, else the line that asks for it."""
    for project in view.layout.projects:
        read = view.graph.files.get(project.path)
        if project.name == symbol.name and read is not None:
            yield Place(project.path, read.span(project.facts.site), "made")
            return
    for posting in view.find(f"package:{symbol.name}"):
        read = view.graph.files.get(posting.path)
        if read is not None:
            yield Place(posting.path, read.span(read.facts.names[posting.number].site), "made")


def _paths(view: View, symbol: Symbol) -> set[str]:
    """The files that may name a symbol."""
    if symbol.kind == "task" and not symbol.of:
        return {symbol.root}
    return {posting.path for key in (*_made_keys(symbol), *_used_keys(view, symbol)) for posting in view.find(key)}


def _made_keys(symbol: Symbol) -> list[str]:
    name = symbol.name
    if symbol.is_node:
        return [f"node:{name}", *(f"props:{kind}:{name}" for kind in sorted(NODES))]
    if symbol.kind == "source":
        return [f"sourcename:{name}"]
    if symbol.kind == "table":
        return [f"source:{name}"]
    if symbol.kind == "macro":
        return [f"macro:{name}", *(f"macro:{prefix}__{name}" for prefix in PREFIXES)]
    if symbol.kind == "test":
        return [f"macro:{name}"]
    if symbol.kind == "relation":
        return [f"write:{symbol.name.rpartition('.')[2]}"]
    if symbol.kind == "topic":
        return [f"topic:{name.casefold()}"]
    if symbol.kind == "task":
        return [f"dag:{symbol.of}"] if symbol.of else []
    return [f"{symbol.kind}:{name}"]


def _used_keys(view: View, symbol: Symbol) -> list[str]:
    name = symbol.name
    if symbol.is_node:
        tables = [f"read:{table}" for table in {name.casefold(), _alias(view, symbol)} - {""}]
        return [f"uses:{name}", f"uses-model:{name}", f"contract:{name.casefold()}", *tables]
    if symbol.kind == "source":
        named: dict[str, None] = {}
        for posting in view.find(f"sourcename:{name}"):
            table = dbt.source_of(view, posting)
            if table is not None:
                named[table.name] = None
        return [f"uses-source:{name}", *(f"uses:source:{name}.{table}" for table in named)]
    if symbol.kind == "table":
        return [f"uses:source:{name}", f"uses-table:{name}", *_relations_of_source(view, symbol)]
    if symbol.kind == "relation":
        return [f"read:{name.rpartition('.')[2]}"]
    if symbol.kind == "topic":
        last = Relation("topic", (name,)).name
        return [f"{way}:{last}" for way in ("job-write", "job-read", "stream-out", "stream-in")]
    if symbol.kind == "macro":
        return [f"uses-macro:{name}", f"props:macro:{name}"]
    return [f"uses-{symbol.kind}:{name}"]


def _alias(view: View, symbol: Symbol) -> str:
    """The name of a node's table, where it is not the node's own."""
    key = key_of(view, symbol)
    alias = dbt.config_value(view, key, "alias") if key is not None else None
    return str(alias.value).casefold() if alias is not None and alias.known and alias.value else ""


def _relations_of_source(view: View, symbol: Symbol) -> Iterator[str]:
    """The keys of SQL that reads and writes a source's table by its own name."""
    for posting in view.find(f"source:{symbol.name}"):
        table = dbt.source_of(view, posting)
        if table is not None:
            yield from (f"read:{table.relation.name}", f"write:{table.relation.name}")
