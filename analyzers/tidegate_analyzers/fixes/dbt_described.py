"""What YAML says of a model, seed or snapshot: its columns, added and taken away, and the entry itself."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tidegate_analyzers.facts import DbtProperties
from tidegate_analyzers.fixes.base import Workspace, edit, line_end
from tidegate_analyzers.fixes.dbt_sources import table_entry
from tidegate_analyzers.fixes.yaml_edit import dump, insert_item, insert_items, insert_key, is_shared, named_entry
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.columns import ColumnKey, Dataset, KnownColumn, column_type, dataset_columns, node_columns
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.postings import Posting
from tidegate_analyzers.syntax.yaml import Mapping, Scalar, Sequence, parse_yaml
from tidegate_analyzers.text import Change, Document, Edit, NewFile

KINDS = ("model", "seed", "snapshot")


def entries_of(workspace: Workspace, key: NodeKey) -> list[tuple[str, DbtProperties]]:
    """The entries that speak of a node, with their files."""
    return dbt.properties_of(workspace.view, workspace.view.layout.project_of(key.path), key.kind, key.name)


def node_of_entry(workspace: Workspace, path: str, entry: DbtProperties) -> NodeKey | None:
    """The node an entry speaks of; one with versions speaks of several."""
    view = workspace.view
    project = view.layout.project_of(path)
    found = []
    for posting in view.find(f"node:{entry.name}"):
        facts = view.facts(posting.path)
        node = facts.nodes[posting.number] if facts is not None and posting.number < len(facts.nodes) else None
        if node is not None and node.kind == entry.kind and view.layout.project_of(posting.path) is project:
            found.append(NodeKey(posting.path, posting.number, node.name, node.kind))
    return found[0] if len(found) == 1 and not entry.versions else None


def undescribed(workspace: Workspace, dataset: Dataset) -> list[KnownColumn]:
    """The columns of a dataset that YAML does not list, in order."""
    known = dataset_columns(workspace.view, dataset).items
    return [column for column in known if column.declared is None]


def mapping_of(workspace: Workspace, path: str, kind: str, name: str) -> tuple[Document, Mapping] | None:
    """An entry of a properties file as it is written."""
    document = workspace.document(path)
    root = next(iter(parse_yaml(document.text).documents), None) if document is not None else None
    entry = named_entry(root, f"{kind}s", name)
    return (document, entry) if document is not None and entry is not None else None


def add_columns(workspace: Workspace, path: str, key: NodeKey) -> Change | None:
    """List the columns that a node gives in its entry, each behind the one that it follows."""
    found = mapping_of(workspace, path, key.kind, key.name)
    return _add_columns(workspace, *found, key) if found is not None else None


def add_source_columns(workspace: Workspace, source: Posting) -> Change | None:
    """List the columns that a catalog tells of a source's table in its entry."""
    found = table_entry(workspace, source.path, str(source.number))
    return _add_columns(workspace, found[0], found[2], source) if found is not None else None


def _add_columns(workspace: Workspace, document: Document, entry: Mapping, dataset: Dataset) -> Change | None:
    listed = next((v for k, v in entry.entries if isinstance(k, Scalar) and k.value == "columns"), None)
    names = _names(listed) if isinstance(listed, Sequence) else []
    missing = undescribed(workspace, dataset)
    has_some = isinstance(listed, Sequence) and bool(listed.entries)
    typed = _typed(listed) if isinstance(listed, Sequence) and has_some else ""
    typed = typed if has_some else _types_of_file(workspace, document.path, dataset)
    values = [_column(workspace, dataset, column, typed) for column in missing]
    if not values:
        return None
    if listed is None and entry.get("columns") is None:
        return Change((insert_key(document, entry, "columns", values),))
    if isinstance(listed, Scalar) and not listed.value and not listed.style:
        return _below_key(document, entry, values)
    if not isinstance(listed, Sequence) or not listed.entries or is_shared(document, entry, "columns"):
        return None
    if listed.flow:
        edits = [insert_item(document, listed, value) for value in values]
        return Change((Edit(edits[0].path, edits[0].span, "".join(item.text for item in edits)),))
    groups: dict[int, list[Any]] = {}
    order = [column.name.casefold() for column in dataset_columns(workspace.view, dataset).items]
    for column, value in zip(missing, values, strict=True):
        before = order[: order.index(column.name.casefold())]
        anchors = [names.index(name) + 1 for name in before if name in names]
        # Behind the nearest column above it that YAML lists.
        groups.setdefault(anchors[-1] if anchors else 0, []).append(value)
    return Change(tuple(insert_items(document, listed, number, group) for number, group in sorted(groups.items())))


def _names(listed: Sequence) -> list[str]:
    found = []
    for item in listed.items():
        name = item.get("name") if isinstance(item, Mapping) else None
        found.append(name.value.strip('"`').casefold() if isinstance(name, Scalar) else "")
    return found


def _typed(listed: Sequence) -> str:
    """How the columns of a list name their types: `upper`, `lower`, or not at all."""
    types = [
        kind.value
        for item in listed.items()
        if isinstance(item, Mapping) and isinstance(kind := item.get("data_type"), Scalar)
    ]
    if not types or len(types) * 2 < len(listed.entries):
        return ""
    return "upper" if all(kind == kind.upper() for kind in types) else "lower"


def _types_of_file(workspace: Workspace, path: str, dataset: Dataset) -> str:
    """The same of the other entries of a file; the first columns of a source come with their types."""
    facts = workspace.view.facts(path)
    is_node = isinstance(dataset, NodeKey)
    entries = (facts.properties if is_node else facts.sources) if facts is not None else ()
    described = sum(entry.column_count for entry in entries)
    typed = sum(entry.typed_columns for entry in entries)
    return "lower" if (described or not is_node) and typed * 2 >= described else ""


def _column(workspace: Workspace, key: Dataset, column: KnownColumn, typed: str) -> dict[str, Any]:
    kind = column_type(workspace.view, ColumnKey(key, column.name.casefold())) if typed else ""
    if typed and not kind and isinstance(key, NodeKey) and dbt.contract_enforced(workspace.view, key) is not None:
        kind = "<type>"
    elif typed == "upper":
        kind = kind.upper()
    return {"name": column.name, "data_type": kind} if kind else {"name": column.name}


def _below_key(document: Document, entry: Mapping, values: list[Any]) -> Change | None:
    """Fill a `columns:` that nothing follows."""
    name = next((k for k, _ in entry.entries if isinstance(k, Scalar) and k.value == "columns"), None)
    if name is None or entry.flow:
        return None
    indent = " " * document.lines.position(name.start).column
    lines = [indent + line for line in dump(values).split("\n")]
    at = line_end(document, name.end)
    return Change((edit(document, (at, at), "\n" + "\n".join(lines)),))


def add_entry(workspace: Workspace, key: NodeKey) -> tuple[str, Change] | None:
    """An entry for a node with its columns, and the file it is in: the one that speaks of its neighbours."""
    path = _home(workspace, key)
    view = workspace.view
    typed = _types_of_file(workspace, path, key) if path else ""
    columns = [_column(workspace, key, column, typed) for column in node_columns(view, key).items]
    value: dict[str, Any] = {"name": key.name, **({"columns": columns} if columns else {})}
    section = f"{key.kind}s"
    if path:
        document = workspace.document(path)
        root = next(iter(parse_yaml(document.text).documents), None) if document is not None else None
        listed = root.get(section) if isinstance(root, Mapping) else None
        if document is None or not isinstance(listed, Sequence) or not listed.entries or listed.flow:
            return None
        return path, Change((insert_items(document, listed, len(listed.entries), [value]),))
    folder = key.path.rpartition("/")[0]
    project = view.layout.project_of(key.path)
    found = project.resource(key.path) if project is not None else None
    inner = project.inner(folder) if project is not None else folder
    prefix = "" if found is None or inner == found[1] else f"_{folder.rpartition('/')[2]}_"
    target = f"{folder}/{prefix}_{section}.yml".lstrip("/")
    if workspace.exists(target):
        return None
    return target, Change(files=(NewFile(target, dump({"version": 2, section: [value]}) + "\n"),))


def _home(workspace: Workspace, key: NodeKey) -> str:
    """The properties file that speaks of most nodes of a node's folder, one of the folder itself if there is one."""
    view = workspace.view
    folder = key.path.rpartition("/")[0]
    beside: Counter[str] = Counter()
    for path, read in workspace.graph.files.items():
        if path.rpartition("/")[0] != folder:
            continue
        described = [entry for entry in read.facts.properties if entry.kind == key.kind]
        if described:
            beside[path] += 1000 * len(described)
        for node in read.facts.nodes:
            for file, _ in dbt.properties_of(view, view.layout.project_of(path), key.kind, node.name):
                if f"{folder}/".startswith(f"{file.rpartition('/')[0]}/"):
                    beside[file] += 1
    return min(beside, key=lambda path: (path.rpartition("/")[0] != folder, -beside[path], path), default="")
