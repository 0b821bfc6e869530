"""The named things of a workspace, found by a part of their name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from tidegate_analyzers.facts import FileRead, Site
from tidegate_analyzers.graph.index import Graph

LIMIT = 200
CLOSE = 78.0
"""How alike two names are, of 100, for one to be offered for the other."""


class Named(NamedTuple):
    """A thing with a name; `kind` is one of `ide.symbols.Symbol`, `holder` what it belongs to."""

    name: str
    kind: str
    holder: str
    path: str
    site: Site


@dataclass(frozen=True, slots=True)
class Names:
    """Every thing of a workspace, with the names as they are compared."""

    things: tuple[Named, ...]
    folded: tuple[str, ...]


def find(graph: Graph, query: str, limit: int = LIMIT) -> list[Named]:
    """The things whose names hold the query, those that begin with it first; then those that are spelled much alike."""
    names = _names(graph)
    if not query:
        return list(names.things[:limit])
    wanted = query.casefold()
    holding = [number for number, name in enumerate(names.folded) if wanted in name]
    holding.sort(key=lambda n: (not names.folded[n].startswith(wanted), len(names.folded[n]), names.folded[n]))
    if len(holding) < limit and len(wanted) > 2:
        from rapidfuzz import fuzz, process  # loaded for the first query

        seen = set(holding)
        # What is shorter than the query may be a part of it, and is not what was meant.
        others = {n: name for n, name in enumerate(names.folded) if len(name) >= len(wanted) - 1 and n not in seen}
        alike = process.extract(wanted, others, scorer=fuzz.partial_ratio, score_cutoff=CLOSE, limit=limit)
        holding += [number for _, _, number in alike]
    return [names.things[number] for number in holding[:limit]]


def _names(graph: Graph) -> Names:
    """The things of a workspace at one moment; of installed packages only what can be asked for by name alone."""
    known = graph.answers.get("workspace symbols")
    if known is None:
        things = sorted(thing for path, read in graph.files.items() for thing in _of_file(path, read))
        known = Names(tuple(things), tuple(thing.name.casefold() for thing in things))
        graph.answers["workspace symbols"] = known
    names: Names = known
    return names


_KINDS = {
    "docs": "field",
    "var": "variable",
    "unit_test": "function",
    "metric": "field",
    "semantic_model": "object",
    "saved_query": "object",
    "selector": "object",
}


def _of_file(path: str, read: FileRead) -> Iterator[Named]:
    facts = read.facts
    for node in facts.nodes:
        yield Named(node.name, "class", node.kind, path, node.site)
    for macro in facts.macros:
        yield Named(macro.name, "function", macro.kind, path, macro.site)
    for table in facts.sources:
        yield Named(f"{table.source}.{table.name}", "object", "source", path, table.site)
    for exposure in facts.exposures:
        yield Named(exposure.name, "event", "exposure", path, exposure.site)
    for group in facts.groups:
        yield Named(group.name, "namespace", "group", path, group.site)
    for name in facts.names:
        if name.made and name.kind in _KINDS:
            yield Named(name.name, _KINDS[name.kind], name.kind.replace("_", " "), path, name.site)
    for dag in facts.dags:
        if dag.id:
            yield Named(dag.id, "module", "DAG", path, dag.site)
        for task in dag.tasks:
            if task.id:
                yield Named(task.id, "function", dag.id or "task", path, task.site)
    for contract in facts.contracts:
        yield Named(contract.name or contract.id, "module", "contract", path, contract.site)
        for obj in contract.objects:
            yield Named(obj.name, "object", contract.name or contract.id or "contract", path, obj.site)
    for pipeline in facts.pipelines:
        yield Named(pipeline.id, "module", "pipeline", path, pipeline.site)
        for stage in pipeline.stages:
            yield Named(stage.id, "function", pipeline.id, path, stage.site)
