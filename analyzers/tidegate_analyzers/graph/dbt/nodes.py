"""The nodes of dbt projects and the properties entries that speak of them."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate_analyzers.facts import DbtNode, DbtProperties, FileFacts
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.layout import Project


@dataclass(frozen=True, slots=True)
class NodeKey:
    """A dbt node: the file that holds it and its number there, or the properties entry for lack of a file."""

    path: str
    index: int
    name: str
    kind: str

    def __str__(self) -> str:
        return self.name


def node_of(view: View, key: NodeKey) -> DbtNode | None:
    """The node's own facts."""
    facts = view.facts(key.path)
    return facts.nodes[key.index] if facts is not None and 0 <= key.index < len(facts.nodes) else None


def nodes_in(view: View, path: str, facts: FileFacts) -> list[tuple[NodeKey, DbtNode]]:
    """The nodes of a file."""
    return [(NodeKey(path, i, node.name, node.kind), node) for i, node in enumerate(facts.nodes)]


def properties_of(view: View, project: Project | None, kind: str, name: str) -> list[tuple[str, DbtProperties]]:
    """The properties entries of a resource within its project."""
    found = []
    for posting in view.find(f"props:{kind}:{name}"):
        if project is None or view.layout.project_of(posting.path) is project:
            facts = view.facts(posting.path)
            if facts is not None and posting.number < len(facts.properties):
                found.append((posting.path, facts.properties[posting.number]))
    return found
