"""The nodes that a selection of dbt means: `orders+ tag:daily`, as far as names, paths and tags tell.

https://docs.getdbt.com/reference/node-selection/syntax
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable

from tidegate_analyzers.graph.dbt.configuration import settings_of
from tidegate_analyzers.graph.dbt.nodes import NodeKey, node_of
from tidegate_analyzers.graph.dbt.references import resolve_ref, users
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.layout import Project

KINDS = ("model", "snapshot", "seed")
_CRITERION = re.compile(
    r"(?P<up>\d*\+)?(?:(?P<method>tag|path|file|fqn|resource_type):)?(?P<value>[\w.\-/*?\[\]]+)(?P<down>\+\d*)?"
)


def nodes_of_project(view: View, project: Project) -> tuple[NodeKey, ...]:
    """The models, snapshots and seeds of a project."""

    def compute() -> tuple[NodeKey, ...]:
        view.find("names:node")  # touched when a name comes or goes
        return tuple(
            NodeKey(path, number, node.name, node.kind)
            for path, read in view.graph.files.items()
            if view.layout.project_of(path) is project
            for number, node in enumerate(read.facts.nodes)
            if node.kind in KINDS
        )

    return view.memo(("nodes of project", project.root), compute)


def selected(view: View, project: Project, text: str) -> frozenset[NodeKey] | None:
    """The nodes that a selection means; `None` where it says something that is not understood."""
    found: set[NodeKey] = set()
    for union in text.split():
        parts = [_criterion(view, project, part) for part in union.split(",")]
        if any(part is None for part in parts):
            return None
        found |= frozenset.intersection(*(part for part in parts if part is not None))
    return frozenset(found)


def _criterion(view: View, project: Project, text: str) -> frozenset[NodeKey] | None:
    match = _CRITERION.fullmatch(text)
    if match is None:
        return None
    chosen = _chosen(view, project, match["method"] or "", match["value"])
    if chosen is None:
        return None
    found = set(chosen)
    for sign, step in ((match["up"], parents), (match["down"], children)):
        if sign:
            depth = int(sign.strip("+") or 0)
            found |= _reached(view, chosen, step, depth)
    return frozenset(found)


def _chosen(view: View, project: Project, method: str, value: str) -> set[NodeKey] | None:
    nodes = nodes_of_project(view, project)
    if method == "tag":
        return {key for key in nodes if value in _tags(view, key)}
    if method == "resource_type":
        return {key for key in nodes if key.kind == value}
    if method in ("path", "file") or "/" in value:
        inner = value.strip("/").removeprefix("./")
        return {
            key
            for key in nodes
            if (path := project.inner(key.path)) == inner
            or path.startswith(f"{inner}/")
            or fnmatch.fnmatchcase(path, inner)
            or (method == "file" and path.rpartition("/")[2] == inner)
        }
    by_name = view.memo(("names of project", project.root), lambda: _by_name(project, nodes))
    found = set(by_name.get((value,), ()))
    if any(sign in value for sign in "*?["):
        name = re.compile(fnmatch.translate(value))
        found |= {key for key in nodes if name.fullmatch(key.name)}
    parts = tuple(value.split("."))
    for prefix in ((), (project.name,)):
        found |= by_name.get(("", *prefix, *parts), set())
    return found or None


def _by_name(project: Project, nodes: Iterable[NodeKey]) -> dict[tuple[str, ...], set[NodeKey]]:
    """Nodes by what a selection may call them: their names, and behind an empty part every beginning of their paths."""
    found: dict[tuple[str, ...], set[NodeKey]] = {}
    for key in nodes:
        fqn = project.fqn(key.path)
        for name in ((key.name,), ("", fqn[0], key.name), *(("", *fqn[:end]) for end in range(1, len(fqn) + 1))):
            found.setdefault(name, set()).add(key)
    return found


def _tags(view: View, key: NodeKey) -> set[str]:
    """The tags of a node; dbt adds those of all levels."""
    found: set[str] = set()
    for _, setting in settings_of(view, key):
        if setting.name == "tags" and setting.value.known:
            value = setting.value.value
            found.update(str(tag) for tag in (value if isinstance(value, list) else [value]))
    return found


def children(view: View, key: NodeKey) -> list[NodeKey]:
    """The models and snapshots that read a node."""
    found = []
    for posting, kind in users(view, key):
        facts = view.facts(posting.path)
        if posting.kind == "node" and kind in KINDS and facts is not None:
            found.append(NodeKey(posting.path, posting.number, facts.nodes[posting.number].name, kind))
    return list(dict.fromkeys(found))


def parents(view: View, key: NodeKey) -> list[NodeKey]:
    """The nodes that a node reads."""
    node = node_of(view, key)
    found = [resolve_ref(view, key.path, ref).node for ref in node.refs if ref.names] if node is not None else []
    return list(dict.fromkeys(item for item in found if item is not None and item.kind in KINDS))


def ancestors(view: View, key: NodeKey) -> set[NodeKey]:
    """The nodes that a node is made of, directly or by others."""
    return _reached(view, [key], parents, 0)


def _reached(
    view: View, start: Iterable[NodeKey], step: Callable[[View, NodeKey], list[NodeKey]], depth: int
) -> set[NodeKey]:
    found: set[NodeKey] = set()
    edge = list(start)
    done = 0
    while edge and (not depth or done < depth):
        reached = {item for key in edge for item in step(view, key)} - found
        found |= reached
        edge = list(reached)
        done += 1
    return found
