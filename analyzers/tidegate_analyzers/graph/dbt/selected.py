"""The nodes that a selection of dbt means: `orders+ tag:daily`, as far as names, paths and tags tell.

https://docs.getdbt.com/reference/node-selection/syntax
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Criterion:
    """One word of a selection: `+tag:daily+2`.

    Attributes:
        method: `tag`, `path`, … or nothing.
        value: what is asked for.
        up, down: how far what is made of the node, or the node is made of, belongs to it: 0 is all the way, `None` not
            at all.
    """

    method: str
    value: str
    up: int | None = None
    down: int | None = None


def selected(view: View, project: Project, text: str) -> frozenset[NodeKey] | None:
    """The nodes that a selection means; `None` where it says something that is not understood."""
    unions = _parsed(view, project, text)
    if unions is None:
        return None
    found: set[NodeKey] = set()
    for parts in unions:
        found |= frozenset.intersection(*(_with_neighbours(view, project, part) for part in parts))
    return frozenset(found)


def selects(view: View, project: Project, text: str, key: NodeKey) -> bool | None:
    """Whether a selection means a node, asked of that node and its neighbours alone; `None` as in `selected`."""
    unions = _parsed(view, project, text)
    if unions is None:
        return None
    return any(all(_takes(view, project, part, key) for part in parts) for parts in unions)


def _parsed(view: View, project: Project, text: str) -> list[list[Criterion]] | None:
    """The words of a selection, those that have to hold together in one list; `None` where one means nothing known."""
    unions: list[list[Criterion]] = []
    for union in text.split():
        matches = [_CRITERION.fullmatch(part) for part in union.split(",")]
        parts = [
            Criterion(match["method"] or "", match["value"], _depth(match["up"]), _depth(match["down"]))
            for match in matches
            if match is not None
        ]
        if len(parts) < len(matches) or not all(_means_something(view, project, part) for part in parts):
            return None
        unions.append(parts)
    return unions


def _depth(sign: str | None) -> int | None:
    return int(sign.strip("+") or 0) if sign else None


def _means_something(view: View, project: Project, part: Criterion) -> bool:
    """Whether a name is one of the project; tags and paths may well be those of nothing."""
    if part.method not in ("", "fqn") or "/" in part.value:
        return True
    named = (NodeKey(p.path, p.number, part.value, "") for p in view.find(f"node:{part.value}") if p.kind == "node")
    if any(_is_of(view, project, key) and (node := node_of(view, key)) and node.kind in KINDS for key in named):
        return True
    if any(sign in part.value for sign in "*?["):
        return bool(_chosen(view, project, part))
    *folders, name = part.value.split(".")
    named_so = {project.fqn(p.path) for p in view.find(f"node:{name}") if p.kind == "node"} if folders else set()
    known = named_so | view.memo(("folders of nodes", project.root), lambda: _folders(view, project))
    return any(full in known for full in _full_names(project, part.value))


def _folders(view: View, project: Project) -> frozenset[tuple[str, ...]]:
    """The folders that hold models, snapshots or seeds, as selections call them."""
    view.find("names:node")  # touched when a name comes or goes
    holding = {
        path.rpartition("/")[0]: path
        for path, read in view.graph.files.items()
        if any(node.kind in KINDS for node in read.facts.nodes)
    }
    names = [project.fqn(path) for path in holding.values() if view.layout.project_of(path) is project]
    return frozenset(name[:end] for name in names for end in range(1, len(name)))


def _full_names(project: Project, value: str) -> tuple[tuple[str, ...], ...]:
    """What a name with dots may mean in full: with the project's name before it, or as it stands."""
    parts = tuple(value.split("."))
    return (parts, (project.name, *parts)) if parts[0] == project.name else ((project.name, *parts),)


def _chosen(view: View, project: Project, part: Criterion) -> frozenset[NodeKey]:
    """The nodes that a word names, without what hangs on them."""

    def compute() -> frozenset[NodeKey]:
        return frozenset(key for key in nodes_of_project(view, project) if _matches(view, project, part, key))

    return view.memo(("chosen", project.root, part.method, part.value), compute)


def _with_neighbours(view: View, project: Project, part: Criterion) -> frozenset[NodeKey]:
    chosen = _chosen(view, project, part)
    found = set(chosen)
    for depth, step in ((part.up, parents), (part.down, children)):
        if depth is not None:
            found |= _reached(view, chosen, step, depth)
    return frozenset(found)


def _takes(view: View, project: Project, part: Criterion, key: NodeKey) -> bool:
    """Whether a word means a node: by itself, by what the node is made of, or by what is made of it."""
    near = {key}
    for depth, step in ((part.down, parents), (part.up, children)):
        if depth is not None:
            near |= _reached(view, [key], step, depth)
    return any(
        item.kind in KINDS and _is_of(view, project, item) and _matches(view, project, part, item) for item in near
    )


def _is_of(view: View, project: Project, key: NodeKey) -> bool:
    return view.layout.project_of(key.path) is project


def _matches(view: View, project: Project, part: Criterion, key: NodeKey) -> bool:
    """Whether a word names a node of the project."""
    method, value = part.method, part.value
    if method == "tag":
        return value in _tags(view, key)
    if method == "resource_type":
        return key.kind == value
    if method in ("path", "file") or "/" in value:
        inner, path = value.strip("/").removeprefix("./"), project.inner(key.path)
        return (
            path == inner
            or path.startswith(f"{inner}/")
            or fnmatch.fnmatchcase(path, inner)
            or (method == "file" and path.rpartition("/")[2] == inner)
        )
    if value == key.name or (any(sign in value for sign in "*?[") and fnmatch.fnmatchcase(key.name, value)):
        return True
    fqn = project.fqn(key.path)
    return any(full == fqn[: len(full)] or full == (project.name, key.name) for full in _full_names(project, value))


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
