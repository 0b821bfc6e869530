"""Fixes in dbt projects: enforce a contract, name an owner, give an incremental model its key."""

from __future__ import annotations

import re
from typing import Any

from tidegate_analyzers.fixes.base import Workspace, edit, fix
from tidegate_analyzers.fixes.known import Known, known_model
from tidegate_analyzers.fixes.yaml_edit import dump, insert_item, insert_key, named_entry
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.syntax.jinja import Block, Kind, keyword_call, scan
from tidegate_analyzers.syntax.yaml import Mapping, Scalar, Sequence, parse_yaml
from tidegate_analyzers.text import Change, Document, Edit, NewFile

_CONFIG = re.compile(r"\s*config\s*\(")
KEYED_STRATEGY = {
    "postgres": "delete+insert",
    "redshift": "delete+insert",
    "duckdb": "delete+insert",
    "clickhouse": "delete_insert",
    "sqlserver": "delete+insert",
    "synapse": "delete+insert",
    "fabric": "delete+insert",
}
"""The keyed strategy of adapters for which it is not `merge`."""


@fix("dbt.enforce-contract")
def enforce_contract(workspace: Workspace, path: str, index: str, name: str) -> Change | None:
    """Enforce the contract in the model's properties.

    dbt wants every column listed with its type; a type that is not known is written `<type>`.
    """
    view = workspace.view
    key = NodeKey(path, int(index), name, "model")
    node = dbt.node_of(view, key)
    if node is None or node.language != "sql" or dbt.materialization(view, key) in ("ephemeral", "materialized_view"):
        return None
    known = known_model(view, key)
    if not known.columns:
        return None
    found = properties_entry(workspace, key)
    if found is None:
        return new_properties(
            workspace, path, name, {"config": _contract_config(view, key), "columns": _columns(known)}
        )
    document, entry = found
    if entry.flow:
        return None
    edits: list[Edit] = []
    config = entry.get("config")
    if isinstance(config, Mapping) and config.entries:
        edits += [
            insert_key(document, config, word, value)
            for word, value in _contract_config(view, key).items()
            if config.get(word) is None
        ]
    else:
        edits.append(_at_top(document, entry, {"config": _contract_config(view, key)}))
    edits += column_edits(document, entry, known)
    return Change(tuple(joined(edits)))


def _contract_config(view: Any, key: NodeKey) -> dict[str, Any]:
    config: dict[str, Any] = {"contract": {"enforced": True}}
    if dbt.materialization(view, key) == "incremental" and dbt.config_value(view, key, "on_schema_change") is None:
        config["on_schema_change"] = "append_new_columns"
    return config


def _columns(known: Known) -> list[dict[str, Any]]:
    return [{"name": column.name, "data_type": column.type or "<type>"} for column in known.columns]


def column_edits(document: Document, entry: Mapping, known: Known) -> list[Edit]:
    """List the columns that an entry lacks, and give those without a type theirs."""
    listed = entry.get("columns")
    if not isinstance(listed, Sequence) or not listed.entries:
        if listed is not None:
            return []
        return [insert_key(document, entry, "columns", _columns(known))]
    edits: list[Edit] = []
    present: set[str] = set()
    for item in listed.items():
        column = item.get("name") if isinstance(item, Mapping) else None
        if not isinstance(item, Mapping) or not isinstance(column, Scalar):
            continue
        present.add(column.value.casefold())
        if item.get("data_type") is None:
            kind = next((c.type for c in known.columns if c.name.casefold() == column.value.casefold()), "")
            edits.append(_after_key(document, item, "name", "data_type", kind or "<type>"))
    for column_ in known.columns:
        if column_.name.casefold() not in present:
            edits.append(insert_item(document, listed, {"name": column_.name, "data_type": column_.type or "<type>"}))
    return edits


def _at_top(document: Document, entry: Mapping, value: dict[str, Any]) -> Edit:
    """Insert entries behind the name of a block mapping."""
    name = entry.entry("name")
    anchor = name[1] if name is not None else entry.entries[0][1]
    column = document.lines.position(entry.entries[0][0].start).column
    lines = ["\n" + " " * column + line for line in dump(value).split("\n")]
    at = _line_end_of(document, anchor.end)
    return edit(document, (at, at), "".join(lines))


def _after_key(document: Document, item: Mapping, after: str, key: str, value: str) -> Edit:
    if item.flow:
        return insert_key(document, item, key, value)
    found = item.entry(after)
    anchor = found[1] if found is not None else item.entries[0][1]
    column = document.lines.position(item.entries[0][0].start).column
    at = _line_end_of(document, anchor.end)
    return edit(document, (at, at), "\n" + " " * column + f"{key}: {dump(value, flow=True)}")


def _line_end_of(document: Document, offset: int) -> int:
    return document.lines.line_span(document.lines.position(offset).line).end


def joined(edits: list[Edit]) -> list[Edit]:
    """Insertions at one place as one edit, in order: editors differ in the order they apply them."""
    joined: list[Edit] = []
    for item in edits:
        same = next(
            (i for i, other in enumerate(joined) if other.span == item.span and item.span.start == item.span.end), None
        )
        if same is None:
            joined.append(item)
        else:
            joined[same] = Edit(item.path, item.span, joined[same].text + item.text)
    return joined


def properties_entry(workspace: Workspace, key: NodeKey) -> tuple[Document, Mapping] | None:
    """The entry of a model in the YAML of its project."""
    view = workspace.view
    project = view.layout.project_of(key.path)
    for path, _ in dbt.properties_of(view, project, "model", key.name):
        document = workspace.document(path)
        root = next(iter(parse_yaml(document.text).documents), None) if document is not None else None
        entry = named_entry(root, "models", key.name)
        if document is not None and entry is not None:
            return document, entry
    return None


def new_properties(workspace: Workspace, path: str, name: str, body: dict[str, Any]) -> Change | None:
    """An entry in the properties file beside the model; in one of its own where there is none.

    Before dbt 1.5 a properties file without `version: 2` is refused.
    """
    folder = path.rpartition("/")[0]
    beside = [
        other
        for other, read in workspace.graph.files.items()
        if other.rpartition("/")[0] == folder and any(entry.kind == "model" for entry in read.facts.properties)
    ]
    for other in sorted(beside, key=lambda other: (-len(workspace.graph.files.get(other).facts.properties), other)):  # type: ignore[union-attr]  # listed above
        document = workspace.document(other)
        root = next(iter(parse_yaml(document.text).documents), None) if document is not None else None
        models = root.get("models") if isinstance(root, Mapping) else None
        if document is not None and isinstance(models, Sequence) and models.entries and not models.flow:
            return Change((insert_item(document, models, {"name": name, **body}),))
    target = f"{folder}/{name}.yml"
    if workspace.exists(target):
        return None
    return Change(files=(NewFile(target, dump({"version": 2, "models": [{"name": name, **body}]}) + "\n"),))


@fix("dbt.owner")
def owner(workspace: Workspace, path: str, index: str, name: str) -> Change | None:
    """Name an owner in `meta`."""
    view = workspace.view
    key = NodeKey(path, int(index), name, "model")
    owners = view.layout.owners_of(path)
    who = owners[0].rpartition("/")[2].lstrip("@") if owners else "<team>"
    found = properties_entry(workspace, key)
    if found is None:
        return new_properties(workspace, path, name, {"config": {"meta": {"owner": who}}})
    document, entry = found
    config = entry.get("config")
    holder = config if isinstance(config, Mapping) and config.entries else None
    meta = (holder.get("meta") if holder is not None else None) or entry.get("meta")
    if isinstance(meta, Mapping) and meta.entries:
        return Change((insert_key(document, meta, "owner", who),))
    if holder is not None:
        return Change((insert_key(document, holder, "meta", {"owner": who}),))
    if entry.flow:
        return Change((insert_key(document, entry, "config", {"meta": {"owner": who}}),))
    return Change((_at_top(document, entry, {"config": {"meta": {"owner": who}}}),))


@fix("dbt.unique-key")
def unique_key(workspace: Workspace, path: str, index: str, strategy: str = "") -> Change | None:
    """Give an incremental model a key, and a strategy that uses it: the one that is asked for, or the adapter's usual one."""
    view = workspace.view
    facts = view.facts(path)
    document = workspace.document(path)
    if facts is None or document is None or int(index) >= len(facts.nodes):
        return None
    node = facts.nodes[int(index)]
    key = NodeKey(path, int(index), node.name, node.kind)
    project = view.layout.project_of(path)
    columns = known_model(view, key).key or _surrogate(document) or ("<key>",)
    spelled = f"'{columns[0]}'" if len(columns) == 1 else "[" + ", ".join(f"'{column}'" for column in columns) + "]"
    strategy = strategy or KEYED_STRATEGY.get(project.adapter if project is not None else "", "merge")
    wanted = {"unique_key": spelled, "incremental_strategy": f"'{strategy}'"}
    if dbt.unique_key(view, key) is not None:
        del wanted["unique_key"]  # the strategy is all that is missing
    block = config_block(document)
    if block is None:
        line = (
            "{{ config(materialized='incremental', "
            + ", ".join(f"{name}={value}" for name, value in wanted.items())
            + ") }}\n\n"
        )
        return Change((edit(document, (0, 0), line),))
    return set_in_config(document, block, wanted)


def _surrogate(document: Document) -> tuple[str, ...]:
    """The column that the model makes with generate_surrogate_key."""
    match = re.search(r"generate_surrogate_key\(.*?\)\s*\}\}\s+as\s+(\w+)", document.text, re.S | re.I)
    return (match.group(1),) if match else ()


def config_block(document: Document) -> Block | None:
    """The expression in which a model is configured."""
    return next((b for b in scan(document.text).blocks if b.kind is Kind.EXPRESSION and _CONFIG.match(b.body)), None)


def set_in_config(document: Document, block: Block, wanted: dict[str, str]) -> Change | None:
    """Give arguments of `config()` their values: those that are there and those that are not."""
    call = keyword_call(block)
    if not call.complete:
        return None
    edits: list[Edit] = []
    missing: list[str] = []
    for name, value in wanted.items():
        given = next((argument for argument in call.arguments if argument.name == name), None)
        if given is None:
            missing.append(f"{name}={value}")
        elif not (name == "unique_key" and given.value):
            edits.append(edit(document, given.span, value))
    if missing:
        edits.append(_append_arguments(document, block, call.arguments, missing))
    return Change(tuple(edits))


def _append_arguments(document: Document, block: Block, arguments: Any, missing: list[str]) -> Edit:
    """Add keyword arguments behind the last, on lines of their own where the others are."""
    if not arguments:
        at = document.text.index("(", block.start) + 1
        return edit(document, (at, at), ", ".join(missing))
    last, first = arguments[-1], arguments[0]
    at = last.span.end
    own_lines = document.lines.position(first.name_span.start).line != document.lines.position(block.start).line
    if own_lines:
        line = document.lines.line_text(document.lines.position(first.name_span.start).line)
        indent = line[: len(line) - len(line.lstrip(" \t,"))].replace(",", " ")
        return edit(document, (at, at), "".join(f",\n{indent}{text}" for text in missing))
    return edit(document, (at, at), "".join(f", {text}" for text in missing))
