"""What a `ref` or `source` means, and who uses a node."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tidegate_analyzers.facts import DbtProperties, FileFacts, NodeRef, SourceTable
from tidegate_analyzers.graph.dbt.configuration import is_enabled
from tidegate_analyzers.graph.dbt.nodes import NodeKey, node_of, properties_of
from tidegate_analyzers.graph.dbt.versions import latest_version
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.postings import Posting
from tidegate_analyzers.layout import Project

_NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a reference comes to.

    `state` is `found`, `missing` (nothing of that name exists), `disabled` (what has the name is switched off),
    `unversioned` (it has versions, but not this one) or `unknowable` (it may live in a package that is not
    installed, or in a project that is not here).
    """

    state: str
    node: NodeKey | None = None
    source: Posting | None = None
    versions: tuple[str, ...] = ()


def resolve_ref(view: View, path: str, ref: NodeRef) -> Resolution:
    """What a `ref` or `source` in a file means."""
    project = view.layout.project_of(path)
    if not ref.names or project is None or (ref.function == "source" and len(ref.names) != 2):
        return Resolution("unknowable")
    return view.memo(("ref", project.root, ref.function, ref.names, ref.version), lambda: _resolve(view, project, ref))


def _resolve(view: View, project: Project, ref: NodeRef) -> Resolution:
    if ref.function == "source":
        return _resolve_source(view, project, ref)
    name = ref.names[-1]
    package = ref.names[0] if len(ref.names) == 2 else ""
    nodes = _candidates(view, name)
    if package:
        inside = [
            node for node in nodes if (owner := view.layout.project_of(node.path)) is not None and owner.name == package
        ]
        if inside:
            return _judged(view, project, ref, inside)
        here = any(other.name == package for other in view.layout.projects)
        return Resolution("missing" if here else "unknowable")
    own = [node for node in nodes if view.layout.project_of(node.path) is project]
    visible = own or [node for node in nodes if _visible(view, project, node)]
    if visible:
        return _judged(view, project, ref, visible)
    if nodes:  # in a project that this one does not declare: mesh, or a monorepo whose link is not written down
        return Resolution("unknowable", nodes[0])
    if project.missing or project.installed:
        return Resolution("unknowable")
    return Resolution("missing")


def _judged(view: View, project: Project, ref: NodeRef, nodes: list[NodeKey]) -> Resolution:
    """What one of several nodes of a name comes to: dbt refuses one that is switched off, or lacks the version."""
    found = _meant(view, project, nodes)
    if found.node is None:
        return found
    if all(_is_off(view, project, node) for node in nodes):
        return Resolution("disabled", found.node)
    entries = properties_of(view, view.layout.project_of(found.node.path), "model", ref.names[-1])
    numbers = entries[0][1].numbers if len(entries) == 1 else ()
    if numbers and _NUMBER.fullmatch(ref.version) and float(ref.version) not in map(_as_number, numbers):
        return Resolution("unversioned", found.node, versions=numbers)
    if numbers:
        return Resolution("found", _version(view, found.node, nodes, entries[0][1], ref.version))
    return found


def _version(view: View, first: NodeKey, nodes: list[NodeKey], entry: DbtProperties, version: str) -> NodeKey:
    """The node of a version, that of the latest where none is said; the first where it has no file of its own."""
    wanted = version or latest_version(entry)
    stems = {stem for stem, number in zip(entry.versions, entry.numbers, strict=False) if _same(number, wanted)}
    owner = view.layout.project_of(first.path)
    for key in nodes:
        node = node_of(view, key)
        if node is not None and node.name in stems and view.layout.project_of(key.path) is owner:
            return key
    return first


def _same(one: str, other: str) -> bool:
    """Whether two spellings are one version: `1` is `1.0`."""
    return one == other or (_as_number(one) is not None and _as_number(one) == _as_number(other))


def _is_off(view: View, project: Project, key: NodeKey) -> bool:
    """Whether a node is disabled for certain: a project that takes this one in may switch it on again."""
    node = node_of(view, key) if key.index >= 0 else None
    return (
        node is not None
        and node.config_complete
        and view.layout.project_of(key.path) is project
        and not is_enabled(view, key)
        and not any(takes_in(other, project) for other in view.layout.projects)
    )


def _as_number(version: str) -> float | None:
    return float(version) if _NUMBER.fullmatch(version) else None


def _meant(view: View, project: Project, nodes: list[NodeKey]) -> Resolution:
    """Which of several nodes of one name: the project's own, that of a package it takes in, or the only one.

    A repository may hold many projects of one name; a node of one that has no tie to this is not meant.
    """
    by_root: dict[str, NodeKey] = {}
    for node in nodes:
        owner = view.layout.project_of(node.path)
        by_root.setdefault(owner.root if owner is not None else "", node)
    packages = f"{project.root}/{project.facts.packages_path}/".lstrip("/")
    tied = [root for root in by_root if root == project.root]
    tied = tied or [root for root in by_root if root in project.local or root.startswith(packages)]
    roots = tied or list(by_root)
    return Resolution("found", by_root[roots[0]]) if tied or len(roots) == 1 else Resolution("unknowable")


def _candidates(view: View, name: str) -> list[NodeKey]:
    found: list[NodeKey] = []
    for posting in view.find(f"node:{name}"):
        facts = view.facts(posting.path)
        node = facts.nodes[posting.number] if facts is not None and posting.number < len(facts.nodes) else None
        if node is not None and node.kind in ("model", "snapshot", "seed"):
            found.append(NodeKey(posting.path, posting.number, node.name, node.kind))
    for posting in view.find(f"version:{name}"):
        facts = view.facts(posting.path)
        entry = (
            facts.properties[posting.number] if facts is not None and posting.number < len(facts.properties) else None
        )
        if entry is None or entry.kind != "model":
            continue
        stem = entry.versions[posting.inner] if posting.inner < len(entry.versions) else ""
        for other in view.find(f"node:{stem}"):
            found.append(NodeKey(other.path, other.number, name, "model"))
    # A snapshot may live in YAML alone (dbt 1.9): its properties entry is all there is.
    for posting in view.find(f"props:snapshot:{name}"):
        found.append(NodeKey(posting.path, -1, name, "snapshot"))
    return found


def _visible(view: View, project: Project, node: NodeKey) -> bool:
    """True when a node of another project can be meant: that project is a package of this one, or the reverse."""
    other = view.layout.project_of(node.path)
    if other is None:
        return False
    if other.installed or takes_in(project, other) or other.root.rpartition("/")[2] in project.packages:
        return True
    return takes_in(other, project)


def takes_in(project: Project, other: Project) -> bool:
    """True where a project has another as its package."""
    return other.root in project.local or other.name in project.packages


def _resolve_source(view: View, project: Project, ref: NodeRef) -> Resolution:
    tables = [p for p in view.find(f"source:{ref.names[0]}.{ref.names[1]}") if _same_space(view, project, p.path)]
    if tables:
        return Resolution("found", source=tables[0])
    if project.missing or project.installed:
        return Resolution("unknowable")
    if view.find(f"source:{ref.names[0]}.{ref.names[1]}"):
        return Resolution("unknowable")
    return Resolution("missing")


def _same_space(view: View, project: Project, path: str) -> bool:
    other = view.layout.project_of(path)
    if other is project or project.root in view.layout.owners(path):
        return True
    return other is not None and (other.installed or takes_in(project, other) or takes_in(other, project))


def source_of(view: View, posting: Posting) -> SourceTable | None:
    """The source table of a posting."""
    facts = view.facts(posting.path)
    return facts.sources[posting.number] if facts is not None and posting.number < len(facts.sources) else None


def users(view: View, key: NodeKey) -> list[tuple[Posting, str]]:
    """Who refers to a node, with the kind of user: `model`, `snapshot`, `test`, `analysis`, `exposure` or `yaml`."""

    def compute() -> list[tuple[Posting, str]]:
        found: list[tuple[Posting, str]] = []
        for posting in view.find(f"uses:{key.name}"):
            facts = view.facts(posting.path)
            if facts is None:
                continue
            ref, kind = _using(facts, posting)
            if ref is None or resolve_ref(view, posting.path, ref).node != key:
                continue
            found.append((posting, kind))
        return found

    return view.memo(("users", key), compute)


def _using(facts: FileFacts, posting: Posting) -> tuple[NodeRef | None, str]:
    if posting.kind == "node" and posting.number < len(facts.nodes):
        node = facts.nodes[posting.number]
        return (node.refs[posting.inner] if posting.inner < len(node.refs) else None), node.kind
    if posting.kind == "exposure" and posting.number < len(facts.exposures):
        refs = facts.exposures[posting.number].refs
        return (refs[posting.inner] if posting.inner < len(refs) else None), "exposure"
    if posting.kind == "ref" and posting.number < len(facts.refs):
        return facts.refs[posting.number], "yaml"
    return None, ""


def consumers(view: View, key: NodeKey) -> list[NodeKey]:
    """The models and snapshots that read a node."""
    found: dict[NodeKey, None] = {}
    for posting, kind in users(view, key):
        facts = view.facts(posting.path)
        if facts is None:
            continue
        if kind in ("model", "snapshot"):
            node = facts.nodes[posting.number]
            found[NodeKey(posting.path, posting.number, node.name, node.kind)] = None
        elif posting.kind == "ref":
            found.update(dict.fromkeys(_snapshots_of(posting.path, facts, facts.refs[posting.number])))
    return list(found)


def _snapshots_of(path: str, facts: FileFacts, ref: NodeRef) -> list[NodeKey]:
    """The snapshots of a properties file that are made of what a reference names."""
    return [NodeKey(path, -1, entry.name, "snapshot") for entry in facts.properties if entry.relation == ref]


def source_readers(view: View, source: Posting) -> list[NodeKey]:
    """The models and snapshots that read a source's table."""
    table = source_of(view, source)
    if table is None:
        return []

    def compute() -> list[NodeKey]:
        found: dict[NodeKey, None] = {}
        for posting in view.find(f"uses:source:{table.source}.{table.name}"):
            facts = view.facts(posting.path)
            if facts is not None and posting.kind == "ref":
                ref = facts.refs[posting.number]
                if resolve_ref(view, posting.path, ref).source == source:
                    found.update(dict.fromkeys(_snapshots_of(posting.path, facts, ref)))
            if facts is None or posting.kind != "node":
                continue
            node = facts.nodes[posting.number]
            if (
                posting.inner < len(node.refs)
                and resolve_ref(view, posting.path, node.refs[posting.inner]).source == source
            ):
                found[NodeKey(posting.path, posting.number, node.name, node.kind)] = None
        return list(found)

    return view.memo(("readers", source), compute)
