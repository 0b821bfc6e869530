"""A project, read as the command line reads it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tidegate_analyzers.graph.dbt import NodeKey, nodes_in
from tidegate_analyzers.graph.dbt.switches import is_on
from tidegate_analyzers.graph.index import Graph, View
from tidegate_analyzers.workspace import Table
from tidegate_server.cli.workspace import load, settings_of


def view_of(root: Path) -> View:
    """What is known of the workspace at a root, without the catalogs that it is measured by."""
    loaded = load(root, settings_of(root))
    reads = {path: read for path, read in loaded.reads.items() if read.facts.catalog is None}
    return View(Graph(Table.of(reads), loaded.layout))


def nodes(view: View, *kinds: str, installed: bool = False) -> Iterator[NodeKey]:
    """The dbt nodes of some kinds that are not switched off, in the order of their files."""
    for path in sorted(view.graph.files):
        facts = view.facts(path)
        if facts is None or not facts.nodes:
            continue
        project = view.layout.project_of(path)
        if project is None or (project.installed and not installed):
            continue
        for key, node in nodes_in(view, path, facts):
            if node.kind in kinds and is_on(view, key) is not False:
                yield key
