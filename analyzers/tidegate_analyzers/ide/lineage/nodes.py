"""Lineage that goes by dbt's own names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.facts import DbtNode, FileRead, NodeRef, Task
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.dbt.runs import run_by, runs_node
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.postings import Posting
from tidegate_analyzers.graph.symbols.search import places_in, symbol_of_file
from tidegate_analyzers.ide.lineage.point import Edge, Point, exposure_point, node_point, source_point, task_point
from tidegate_analyzers.text import Span

_SELECTS = re.compile(r"(?:^|\s)(?:--select|-s|--models?|-m)(?:\s|=)")


def node_named(view: View, path: str, name: str) -> tuple[NodeKey, DbtNode] | None:
    """The node of a name in a file."""
    facts = view.facts(path)
    for number, node in enumerate(facts.nodes if facts is not None else ()):
        if node.name == name:
            return NodeKey(path, number, node.name, node.kind), node
    return None


def span_of(read: FileRead, ref: NodeRef) -> Span:
    """The name of what a `ref` or `source` means, else the call."""
    return read.span(ref.sites[-1] if ref.sites else ref.site)


def resolved(view: View, path: str, ref: NodeRef) -> Point | None:
    """What a `ref` or `source` means."""
    found = dbt.resolve_ref(view, path, ref)
    if found.node is not None:
        return node_point(view, found.node.path, found.node.index)
    if found.source is not None:
        return source_point(view, found.source.path, found.source.number)
    return None


def reads_of_refs(view: View, path: str, refs: tuple[NodeRef, ...]) -> Iterator[Edge]:
    """What the references of a file mean, each with its place."""
    read = view.graph.files.get(path)
    for ref in refs if read is not None else ():
        point = resolved(view, path, ref)
        if point is not None and read is not None:
            yield Edge(point, (span_of(read, ref),))


def readers_of_node(view: View, key: NodeKey) -> Iterator[Edge]:
    """The nodes and exposures that refer to a node."""
    for posting, kind in dbt.users(view, _as_named(view, key)):
        yield from _using(view, posting, kind)


def _as_named(view: View, key: NodeKey) -> NodeKey:
    """The key by which a `ref` finds the node: a version goes by the name of its model."""
    symbol = symbol_of_file(view, key.path, key.index)
    return NodeKey(key.path, key.index, symbol.name, key.kind) if symbol is not None else key


def readers_of_source(view: View, name: str) -> Iterator[Edge]:
    """The nodes and exposures that refer to a table of a source."""
    for posting in view.find(f"uses:source:{name}"):
        yield from _using(view, posting, posting.kind)


def _using(view: View, posting: Posting, kind: str) -> Iterator[Edge]:
    read = view.graph.files.get(posting.path)
    if read is None:
        return
    if posting.kind == "node":
        point = node_point(view, posting.path, posting.number)
        refs = read.facts.nodes[posting.number].refs
    elif posting.kind == "exposure":
        point = exposure_point(view, posting.path, posting.number)
        refs = read.facts.exposures[posting.number].refs
    else:
        return
    if point is not None and posting.inner < len(refs):
        yield Edge(point, (span_of(read, refs[posting.inner]),))


def runners_of_node(view: View, key: NodeKey) -> Iterator[Edge]:
    """The tasks whose selection names a node, or means it by a tag, a path or a graph operator."""
    symbol = symbol_of_file(view, key.path, key.index)
    if symbol is None:
        return
    named = set()
    for path in sorted({posting.path for posting in view.find(f"uses-model:{symbol.name}")}):
        read = view.graph.files.get(path)
        if read is None or not read.facts.dags:
            continue
        # A selection names it; what SQL reads by a table's name is another thing.
        selections = {read.span(name.site) for name in read.facts.names}
        spans = [place.span for place in places_in(view, symbol, path) if place.span in selections]
        for dag in read.facts.dags:
            for task in dag.tasks:
                whole = read.span(task.whole or task.site)
                inside = tuple(span for span in spans if whole.covers(span))
                point = task_point(view, path, dag, task) if inside else None
                if point is not None:
                    named.add(point)
                    yield Edge(point, inside)
    for posting in view.find("runs:dbt"):
        read = view.graph.files.get(posting.path)
        runner = read.facts.dags[posting.number] if read is not None else None
        if read is None or runner is None:
            continue
        task = runner.tasks[posting.inner]
        if not _selects(task) or not runs_node(view, task, key)[0]:
            continue
        point = task_point(view, posting.path, runner, task)
        if point is not None and point not in named:
            yield Edge(point, _of_dbt(read, task))


def models_of_task(view: View, path: str, dag: int, task: int) -> Iterator[Edge]:
    """The nodes that a task has dbt run, as far as it selects them."""
    read = view.graph.files.get(path)
    if read is None:
        return
    found = read.facts.dags[dag].tasks[task]
    runs = run_by(view, found) if _selects(found) else None
    for key in sorted(runs.nodes if runs is not None else (), key=lambda key: (key.path, key.index)):
        point = node_point(view, key.path, key.index)
        if point is not None:
            yield Edge(point, _of_dbt(read, found))


def _selects(task: Task) -> bool:
    """Whether a task selects something; one that runs a whole project selects nothing."""
    return any(step.kind == "dbt" and _SELECTS.search(step.text) for step in task.steps)


def _of_dbt(read: FileRead, task: Task) -> tuple[Span, ...]:
    return tuple(read.span(step.site) for step in task.steps if step.kind == "dbt" and step.site)
