"""Which thing a name stands for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tidegate_analyzers.facts import NodeRef, Relation, same_name
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.postings import Posting, write_key
from tidegate_analyzers.graph.symbols.occurrences import NODES, Occurrence
from tidegate_analyzers.graph.tables import nodes_of_table
from tidegate_analyzers.layout import Project

ORCHESTRATED = frozenset(("dag", "connection", "variable", "pool", "asset", "topic"))
"""What an orchestrator knows by one name, wherever it is used."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """A named thing.

    Attributes:
        kind: `model`, `seed`, `snapshot`, `source`, `table`, or a kind of `Occurrence`.
        name: its name; that of a source's table is `source.table`.
        root: the folder of the dbt project it belongs to; the file of a task whose DAG has no known id.
        of: the DAG of a task.
    """

    kind: str
    name: str
    root: str = ""
    of: str = ""

    @property
    def is_node(self) -> bool:
        """Whether a `ref` finds it."""
        return self.kind in NODES

    @property
    def last(self) -> str:
        """The part of its name that stands where it is used."""
        if self.kind == "task":
            return self.name.rpartition(".")[2]
        return self.name.partition(".")[2] if self.kind == "table" else self.name


def meaning(view: View, path: str, found: Occurrence, *, sure: bool = False) -> Symbol | None:
    """What a name in a file stands for, `None` where that is not known.

    Args:
        view: the graph.
        path: the file.
        found: the name.
        sure: whether what merely may be meant counts as not known.
    """
    if found.kind == "node":
        return _node(view, path, found, sure)
    if found.kind in ("source", "table"):
        return _source(view, path, found, sure)
    if found.kind == "macro":
        return _macro(view, path, found)
    if found.kind == "test":
        return _test(view, path, found)
    if found.kind == "var":
        return _variable(view, path, found)
    if found.kind == "package":
        return Symbol("package", found.name.replace("-", "_"))
    if found.kind == "task":
        # The tasks of a DAG whose id is not known belong to their file.
        return Symbol("task", found.name, "" if found.of else path, found.of)
    if found.kind in ORCHESTRATED:
        return Symbol(found.kind, found.name)
    if found.kind == "relation":
        return table_of(view, found.value, sure=sure)
    if found.kind == "physical":
        return _physical(view, path, found)
    if found.access == "made":
        return Symbol(found.kind, found.name, _root(view, path))
    return _named(view, path, found.kind, found.name, found.of)


def _root(view: View, path: str) -> str:
    project = view.layout.project_of(path)
    return project.root if project is not None else ""


def symbol_of(view: View, key: NodeKey) -> Symbol:
    """The symbol of a node."""
    return Symbol(key.kind, key.name, _root(view, key.path))


# -- nodes ------------------------------------------------------------------------------------------------------------


def _node(view: View, path: str, found: Occurrence, sure: bool) -> Symbol | None:
    if found.access != "used":
        return Symbol(_kind(view, path, found), found.name, _root(view, path))
    if isinstance(found.value, NodeRef):
        resolution = dbt.resolve_ref(view, path, found.value)
        if resolution.node is None or (sure and resolution.state == "unknowable"):
            return None
        return symbol_of(view, resolution.node)
    inside = view.layout.project_of(path)
    if inside is not None and inside.resource(path) is not None:
        return _node(view, path, found._replace(value=NodeRef("ref", (found.name,), 0)), sure)
    return _selected(view, found, inside)


def _kind(view: View, path: str, found: Occurrence) -> str:
    """The kind of node that YAML describes: dbt takes what stands under `models` for a seed or snapshot, too."""
    said = str(found.value)
    project = view.layout.project_of(path)
    kinds = {
        facts.nodes[posting.number].kind
        for posting in view.find(f"node:{found.name}")
        if view.layout.project_of(posting.path) is project and (facts := view.facts(posting.path)) is not None
    }
    return said if said in kinds or len(kinds & NODES) != 1 else next(iter(kinds & NODES))


def _selected(view: View, found: Occurrence, inside: Project | None) -> Symbol | None:
    """The node that a selection names, where it can be but one; DAGs don't say which project they run."""
    named: set[Symbol] = set()
    for posting in (*view.find(f"node:{found.name}"), *view.find(f"version:{found.name}")):
        project = view.layout.project_of(posting.path)
        if project is None or project.installed:
            continue
        facts = view.facts(posting.path)
        if facts is None:
            continue
        if posting.kind == "node":
            node = facts.nodes[posting.number]
            folders = project.fqn(posting.path)
            if node.kind in NODES and set(found.of.split(".") if found.of else ()) <= set(folders):
                named.add(Symbol(node.kind, found.name, project.root))
        else:
            named.add(Symbol("model", found.name, project.root))
    near = {symbol for symbol in named if inside is not None and symbol.root == inside.root} or named
    return next(iter(near)) if len(near) == 1 else None


def _physical(view: View, path: str, found: Occurrence) -> Symbol | None:
    """The node whose table a contract describes: the only thing in the workspace that has the name."""
    nodes: set[Symbol] = set()
    for posting in view.find(f"name:{found.name.casefold()}"):
        facts = view.facts(posting.path)
        project = view.layout.project_of(posting.path)
        if facts is None or posting.kind != "node" or project is None or project.installed:
            return None
        node = facts.nodes[posting.number]
        key = NodeKey(posting.path, posting.number, node.name, node.kind)
        if node.kind not in NODES or node.name != found.name or dbt.config_value(view, key, "alias") is not None:
            return None
        nodes.add(Symbol(node.kind, node.name, project.root))
    return nodes.pop() if len(nodes) == 1 and not view.find(f"write:{found.name}") else None


def table_of(view: View, relation: Relation, *, sure: bool = False) -> Symbol:
    """The table of a name in SQL: that of a source, of the only model it can be, or one by its longest name."""
    if not sure:
        sources = {
            Symbol("table", f"{table.source}.{table.name}", _root(view, posting.path))
            for posting in view.find(f"name:{relation.name}")
            if posting.kind == "source"
            and (table := dbt.source_of(view, posting)) is not None
            and same_name(relation, table.relation)
        }
        if len(sources) == 1:
            return sources.pop()
        nodes = nodes_of_table(view, relation)
        if len(nodes) == 1 and not view.find(write_key(relation)):
            return symbol_of(view, nodes[0])
    parts = tuple(part.casefold() for part in relation.parts)
    longer = [known for known in _tables(view, relation.name) if known[-len(parts) :] == parts]
    longest = max(longer, key=len, default=parts)
    same = all(longest[-len(known) :] == known for known in longer)
    return Symbol("relation", ".".join(longest if same else parts))


def _tables(view: View, name: str) -> frozenset[tuple[str, ...]]:
    """Every name by which SQL reads or writes a table of a last name."""

    def compute() -> frozenset[tuple[str, ...]]:
        found: set[tuple[str, ...]] = set()
        for posting in (*view.find(f"read:{name}"), *view.find(f"write:{name}")):
            facts = view.facts(posting.path) if posting.kind in ("sql", "node") else None
            if facts is None:
                continue
            if posting.kind == "node":
                relations = [item.relation for item in facts.nodes[posting.number].tables]
            else:
                text = facts.sql[posting.number]
                relations = [*(read.relation for read in text.reads), *(write.target for write in text.writes)]
            found.update(
                tuple(part.casefold() for part in relation.parts)
                for relation in relations
                if relation.kind == "table" and not relation.dynamic and relation.name == name
            )
        return frozenset(found)

    return view.memo(("tables of a name", name), compute)


# -- sources ----------------------------------------------------------------------------------------------------------


def _source(view: View, path: str, found: Occurrence, sure: bool) -> Symbol | None:
    root = _root(view, path)
    if found.access == "made":
        return Symbol(found.kind, found.name, root)
    ref = found.value
    if isinstance(ref, NodeRef):
        resolution = dbt.resolve_ref(view, path, ref)
        if resolution.source is not None:
            return Symbol(found.kind, found.name, _root(view, resolution.source.path))
        if found.kind == "table" or sure:
            return None
    key = f"sourcename:{found.name}" if found.kind == "source" else f"source:{found.name}"
    return _one(view, path, found.kind, found.name, view.find(key))


# -- macros and tests -------------------------------------------------------------------------------------------------


def _macro(view: View, path: str, found: Occurrence) -> Symbol | None:
    package, _, name = found.name.rpartition(".")
    owners = view.layout.macro_owners(path)
    if found.access == "made":
        return Symbol("macro", name, owners[0] if owners else "")
    return _definition(view, path, "macro", name, package, [f"macro:{name}", f"macro:default__{name}"])


def _test(view: View, path: str, found: Occurrence) -> Symbol | None:
    package, _, name = found.name.rpartition(".")
    if found.access == "made":
        return Symbol("test", name, _root(view, path))
    return _definition(view, path, "test", name, package, [f"macro:{name}"])


def _definition(view: View, path: str, kind: str, name: str, package: str, keys: list[str]) -> Symbol | None:
    """The macro or test of a name: of the package that is said, else of the project itself or one that uses it."""
    project = view.layout.project_of(path)
    # Several projects may share a folder of macros: the first of them stands for all.
    homes: dict[str, str] = {}
    for key in keys:
        for posting in view.find(key):
            facts = view.facts(posting.path)
            if posting.kind == "macro" and facts is not None and facts.macros[posting.number].kind == kind:
                owners = view.layout.macro_owners(posting.path)
                homes.update({root: owners[0] for root in owners if root not in homes or len(owners) == 1})
    if package:
        named = [other.root for other in view.layout.projects if other.name == package and other.root in homes]
        tied = [root for root in named if _is_tied(view, project, root)] or named
        found = tied if len(set(tied)) == 1 or project is not None else []
    elif project is not None and project.root in homes:
        found = [project.root]
    else:
        found = [root for root in homes if _is_tied(view, project, root)]
        found = found if len({homes[root] for root in found}) == 1 else []
    if found:
        return Symbol(kind, name, homes[found[0]])
    # A macro of a shared folder may call another one of it.
    shared = set(view.layout.macro_owners(path)) & set(homes) if project is None else set()
    return Symbol(kind, name, homes[min(shared)]) if shared else None


def _is_tied(view: View, project: Project | None, root: str) -> bool:
    """Whether a project takes another in, or is taken in by it."""
    other = next((item for item in view.layout.projects if item.root == root), None)
    if project is None or other is None:
        return False
    return (
        other.root == project.root
        or dbt.takes_in(project, other)
        or dbt.takes_in(other, project)
        or other.root.startswith(f"{project.root}/{project.facts.packages_path}/".lstrip("/"))
        or project.root.startswith(f"{other.root}/{other.facts.packages_path}/".lstrip("/"))
    )


# -- variables, and what is simply made somewhere ---------------------------------------------------------------------


def _variable(view: View, path: str, found: Occurrence) -> Symbol | None:
    """A variable belongs to the project that sets it; `vars` may set one for a package alone."""
    project = view.layout.project_of(path)
    if project is None:
        return None
    if found.access == "made" and found.of not in ("", project.name):
        other = next((item for item in view.layout.projects if item.name == found.of), None)
        return Symbol("var", found.name, other.root) if other is not None else None
    if found.access == "made" and any(item.name == found.name for item in view.layout.projects):
        return None  # the name of a package, whose variables follow
    if found.access == "used":
        for posting in view.find(f"var:{found.name}"):
            other = view.layout.project_of(posting.path)
            facts = view.facts(posting.path)
            if other is None or facts is None or other is project:
                continue
            of = facts.names[posting.number].of
            if not of and _is_tied(view, project, other.root) and not _sets(view, project, found.name):
                return Symbol("var", found.name, other.root)
    return Symbol("var", found.name, project.root)


def _sets(view: View, project: Project, name: str) -> bool:
    return any(view.layout.project_of(posting.path) is project for posting in view.find(f"var:{name}"))


def _named(view: View, path: str, kind: str, name: str, package: str = "") -> Symbol | None:
    """What is made under a name in the project of a file, in one tied to it, or in the only one there is."""
    postings: Iterable[Posting] = view.find(f"{kind}:{name}")
    if package and kind == "docs":
        postings = [p for p in postings if (o := view.layout.project_of(p.path)) is not None and o.name == package]
    return _one(view, path, kind, name, postings)


def _one(view: View, path: str, kind: str, name: str, postings: Iterable[Posting]) -> Symbol | None:
    roots = list(dict.fromkeys(_root(view, posting.path) for posting in postings))
    project = view.layout.project_of(path)
    tests: list[Callable[[str], bool]] = []
    if project is not None:
        tests = [lambda root: root == project.root, lambda root: _is_tied(view, project, root)]
    for test in tests:
        near = [root for root in roots if test(root)]
        if near:
            return Symbol(kind, name, near[0])
    return Symbol(kind, name, roots[0]) if len(roots) == 1 else None
