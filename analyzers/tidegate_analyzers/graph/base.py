"""The workspace as it was at some commit, beside the graph of how it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from tidegate_analyzers.facts import FileFacts, FileRead
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.columns import Dataset
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.index import Graph, View
from tidegate_analyzers.graph.postings import Posting


@dataclass(frozen=True, eq=False)
class Base:
    """How the workspace was.

    Attributes:
        graph: the graph of that time. It shares what has not changed, and today's layout.
        touched: the keys whose answers may differ between then and now.
        moved: for files that were moved, today's path and that of then.
        name: what the user knows that time by.
    """

    graph: Graph
    touched: frozenset[str] = frozenset()
    moved: Mapping[str, str] = field(default_factory=dict)
    name: str = ""

    @property
    def view(self) -> View:
        """Answers questions about that time. No keys are noted: what it rests on does not change."""
        return View(self.graph)

    def after(self, touched: set[str]) -> Base:
        """The same, after a change of the workspace touched some keys."""
        return self if touched <= self.touched else replace(self, touched=self.touched | touched)


def base_of(graph: Graph, then: Mapping[str, FileRead | None], moved: Mapping[str, str], name: str) -> Base:
    """The base of a graph.

    Args:
        graph: the workspace as it is.
        then: what was read in the files that differ; `None` for those that were not there.
        moved: today's path and that of then, of files that were moved.
        name: what the user knows that time by.
    """
    past, touched = _put(graph, then)
    return Base(past, frozenset(touched), moved, name)


def facing(base: Base, graph: Graph, paths: Iterable[str]) -> Base:
    """The base of a graph in which some files are not what they were when the base was made."""
    return base.after(_put(graph, {path: base.graph.files.get(path) for path in paths})[1])


def _put(graph: Graph, reads: Mapping[str, FileRead | None]) -> tuple[Graph, set[str]]:
    """A graph with other files in some places, and the keys that this touches."""
    changes: dict[str, tuple[FileFacts | None, FileFacts | None]] = {}
    for path, read in reads.items():
        now = graph.files.get(path)
        before, after = (now.facts if now is not None else None), (read.facts if read is not None else None)
        if before != after:
            changes[path] = (before, after)
    return graph.replaced(graph.files.updated({path: reads[path] for path in changes}), changes)


def then_of(view: View, base: Base, dataset: Dataset) -> Dataset | None:
    """What a dataset was then: in the same file, in the one it was moved from, or elsewhere under the same name."""
    if isinstance(dataset, Posting):
        return _source_then(view, base, dataset)
    if dataset.index < 0:
        return dataset
    node = dbt.node_of(view, dataset)
    if node is None:
        return None
    path = base.moved.get(dataset.path, dataset.path)
    past = base.view
    facts = past.facts(path)
    if facts is not None:
        named = [i for i, other in enumerate(facts.nodes) if other.name == node.name and other.kind == node.kind]
        alone = [0] if path != dataset.path and len(facts.nodes) == 1 and facts.nodes[0].kind == node.kind else []
        for number in named or alone:
            name = dataset.name if named else facts.nodes[number].name
            return NodeKey(path, number, name, node.kind)
    project = view.layout.project_of(dataset.path)
    found = [
        NodeKey(posting.path, posting.number, dataset.name, node.kind)
        for posting in past.find(f"node:{node.name}")
        if view.layout.project_of(posting.path) is project and posting.path not in view.graph.files
    ]
    return found[0] if len(found) == 1 else None


def _source_then(view: View, base: Base, posting: Posting) -> Posting | None:
    table = dbt.source_of(view, posting)
    if table is None:
        return None
    project = view.layout.project_of(posting.path)
    found = [
        other
        for other in base.view.find(f"source:{table.source}.{table.name}")
        if view.layout.project_of(other.path) is project
    ]
    here = [other for other in found if other.path == base.moved.get(posting.path, posting.path)]
    return next(iter(here or found), None)
