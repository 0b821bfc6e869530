"""dbt's own names: which node a `ref` means, and what its configuration comes to.

Precedence of configuration, as dbt has it: the file's own `config()`, then the properties entry, then
`dbt_project.yml` from the innermost folder outwards (https://docs.getdbt.com/reference/configs-and-properties).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tidegate_analyzers.facts import DbtNode, DbtProperties, FileFacts, NodeRef, Setting, SourceTable, Value
from tidegate_analyzers.graph.index import Posting, View
from tidegate_analyzers.layout import Project

_FALSE = frozenset((False, "false", "False", "no"))


@dataclass(frozen=True, slots=True)
class NodeKey:
    """A dbt node: the file that holds it and its number there, or the properties entry for lack of a file."""

    path: str
    index: int
    name: str
    kind: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a reference comes to.

    `state` is `found`, `missing` (nothing of that name exists), `disabled` or `unknowable` (it may live in a
    package that is not installed, or in a project that is not here).
    """

    state: str
    node: NodeKey | None = None
    source: Posting | None = None
    candidates: tuple[str, ...] = ()


def node_of(view: View, key: NodeKey) -> DbtNode | None:
    """The node's own facts."""
    facts = view.facts(key.path)
    return facts.nodes[key.index] if facts is not None and key.index < len(facts.nodes) else None


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


def resolve_ref(view: View, path: str, ref: NodeRef) -> Resolution:
    """What a `ref` or `source` in a file means."""
    project = view.layout.project_of(path)
    if not ref.names or project is None:
        return Resolution("unknowable")
    return view.memo(("ref", project.root, ref.function, ref.names), lambda: _resolve(view, project, ref))


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
            return _meant(view, project, inside)
        here = any(other.name == package for other in view.layout.projects)
        return Resolution("missing" if here else "unknowable")
    own = [node for node in nodes if view.layout.project_of(node.path) is project]
    visible = own or [node for node in nodes if _visible(view, project, node)]
    if visible:
        return _meant(view, project, visible)
    if nodes:  # in a project that this one does not declare: mesh, or a monorepo whose link is not written down
        return Resolution("unknowable", nodes[0])
    if project.missing or project.installed:
        return Resolution("unknowable")
    return Resolution("missing")


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
    return other is project or (
        other is not None and (other.installed or takes_in(project, other) or takes_in(other, project))
    )


def source_of(view: View, posting: Posting) -> SourceTable | None:
    """The source table of a posting."""
    facts = view.facts(posting.path)
    return facts.sources[posting.number] if facts is not None and posting.number < len(facts.sources) else None


# -- configuration --------------------------------------------------------------------------------------------------


def settings_of(view: View, key: NodeKey) -> Iterator[tuple[str, Setting]]:
    """Every setting of a node with the file it stands in, strongest first."""
    for path, settings in _levels(view, key):
        for setting in settings:
            yield path, setting


def _levels(view: View, key: NodeKey) -> list[tuple[str, tuple[Setting, ...]]]:
    """The settings of a node by the level they are made at."""

    def compute() -> list[tuple[str, tuple[Setting, ...]]]:
        node = node_of(view, key)
        project = view.layout.project_of(key.path)
        levels = [(key.path, node.config)] if node is not None and node.config else []
        for path, entry in properties_of(view, project, key.kind, node.name if node is not None else key.name):
            if entry.config:
                levels.append((path, entry.config))
        if project is not None and (folder := project.folder_settings(key.kind, project.fqn(key.path))):
            levels.append((project.path, folder))
        return levels

    return view.memo(("settings", key.path, key.index), compute)


def config(view: View, key: NodeKey, name: str) -> tuple[str, Value] | None:
    """The value of one setting, with the file that sets it."""
    for path, settings in _levels(view, key):
        for setting in settings:
            if setting.name == name:
                return path, setting.value
    return None


def config_value(view: View, key: NodeKey, name: str) -> Value | None:
    """The value of one setting."""
    found = config(view, key, name)
    return found[1] if found is not None else None


def meta(view: View, key: NodeKey, name: str) -> object:
    """An entry of `meta`; dbt merges the mappings of all levels."""
    for _, setting in settings_of(view, key):
        if (
            setting.name == "meta"
            and setting.value.known
            and isinstance(setting.value.value, dict)
            and name in setting.value.value
        ):
            return setting.value.value[name]
    return None


def ignored_codes(view: View, path: str, names: set[str]) -> tuple[str, ...]:
    """The rules that `meta: {tidegate: {ignore: [...]}}` silences for the nodes of some names in a file's project."""
    project = view.layout.project_of(path)
    found: list[str] = []
    for name in names:
        for posting in view.find(f"node:{name}"):
            facts = view.facts(posting.path)
            if facts is None or view.layout.project_of(posting.path) is not project:
                continue
            key = NodeKey(posting.path, posting.number, name, facts.nodes[posting.number].kind)
            given = meta(view, key, "tidegate")
            codes = given.get("ignore") if isinstance(given, dict) else meta(view, key, "tidegate.ignore")
            found += [str(code) for code in (codes if isinstance(codes, list) else [codes] if codes else [])]
    return tuple(found)


def is_enabled(view: View, key: NodeKey) -> bool:
    """False where the node is switched off for certain."""
    value = config_value(view, key, "enabled")
    return not (value is not None and value.known and value.value in _FALSE)


def materialization(view: View, key: NodeKey) -> str:
    """What the node is materialized as; empty where that is not known. Models default to views."""
    if key.kind != "model":
        return key.kind
    value = config_value(view, key, "materialized")
    if value is None:
        node = node_of(view, key)
        if node is not None and not node.config_complete:
            return ""
        return "table" if node is not None and node.language == "python" else "view"
    return str(value.value) if value.known and value.value is not None else ""


def contract_enforced(view: View, key: NodeKey) -> tuple[str, Value] | None:
    """The setting that enforces the node's contract, with its file; `None` when none does."""
    found = config(view, key, "contract")
    if found is None:
        return None
    value = found[1]
    enforced = value.value.get("enforced") if isinstance(value.value, dict) else value.value
    return found if not value.known or enforced in (True, "true", "True") else None


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
        if kind in ("model", "snapshot"):
            facts = view.facts(posting.path)
            if facts is not None:
                node = facts.nodes[posting.number]
                found[NodeKey(posting.path, posting.number, node.name, node.kind)] = None
    return list(found)


def key_columns(view: View, key: NodeKey) -> tuple[str, ...]:
    """The columns that tests, constraints or `unique_key` show to identify a row."""
    node = node_of(view, key)
    project = view.layout.project_of(key.path)
    for _, entry in properties_of(view, project, key.kind, node.name if node is not None else key.name):
        if entry.key:
            return entry.key
    return ()


def owner(view: View, key: NodeKey) -> str:
    """Who owns a node: its group, its meta, or nobody."""
    group = config_value(view, key, "group")
    if group is not None and group.known and isinstance(group.value, str) and group.value:
        return group.value
    named = meta(view, key, "owner")
    if isinstance(named, str) and named:
        return named
    if isinstance(named, dict | list) and named:
        return str(named)
    return ""
