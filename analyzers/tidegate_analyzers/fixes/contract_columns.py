"""Fixes that bring the columns of a contract and those that are made together."""

from __future__ import annotations

from typing import Any

from tidegate_analyzers.fixes.base import Workspace, edit, fix
from tidegate_analyzers.fixes.dbt_config import column_edits, joined, properties_entry
from tidegate_analyzers.fixes.known import known_model, logical_type
from tidegate_analyzers.fixes.yaml_edit import dump, insert_item, insert_key, without_empty
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.readers.classes import MARKS
from tidegate_analyzers.syntax.yaml import Mapping, Node, Scalar, Sequence, node_at, parse_yaml
from tidegate_analyzers.text import Change, Document


def _entry(workspace: Workspace, path: str, site: str) -> tuple[Document, Sequence | None, Mapping] | None:
    """The entry whose name or physical name stands at a site, with the list that holds it."""
    document = workspace.document(path)
    if document is None:
        return None
    at = workspace.span(path, site).start
    for root in parse_yaml(document.text).documents:
        nodes: list[Node] = [node for _, node in node_at(root, at)]
        for number in range(len(nodes) - 1, -1, -1):
            node = nodes[number]
            if isinstance(node, Mapping):
                above = nodes[number - 1] if number else None
                return document, above if isinstance(above, Sequence) else None, node
    return None


@fix("columns.remove-entry")
def remove_entry(workspace: Workspace, path: str, site: str) -> Change | None:
    """Take the entry of a column out of its list; the last one stays, as a list may not be empty."""
    found = _entry(workspace, path, site)
    if found is None:
        return None
    document, listed, entry = found
    if listed is None or len(listed.entries) < 2:
        return None
    number = next((i for i, item in enumerate(listed.entries) if item is entry), None)
    if number is None:
        return None
    if listed.flow:
        if number + 1 < len(listed.entries):
            return Change((edit(document, (entry.start, listed.entries[number + 1].start), ""),))
        return Change((edit(document, (listed.entries[number - 1].end, entry.end), ""),))
    start = document.text.rfind("-", 0, entry.start)
    first = document.lines.line_span(document.lines.position(start).line).start
    if document.text[first:start].strip():
        return None
    end = entry.end
    while end > entry.start and document.text[end - 1] in " \t\r\n":
        end -= 1
    last = document.lines.line_span(document.lines.position(end).line).end
    if document.text[last : last + len(document.newline)] == document.newline:
        last += len(document.newline)
    return Change((edit(document, (first, last), ""),))


@fix("columns.retype")
def retype(workspace: Workspace, path: str, site: str, type_: str) -> Change | None:
    """Give a column of a contract the type it is made with."""
    found = _entry(workspace, path, site)
    if found is None:
        return None
    document, _, entry = found
    edits = []
    for key in ("data_type", "physicalType"):
        if isinstance(value := entry.get(key), Scalar):
            edits.append(edit(document, value.span, _scalar(type_, entry)))
    if isinstance(value := entry.get("logicalType"), Scalar):
        logical = logical_type(type_)
        if not logical:
            return None
        if logical != value.value:
            edits.append(edit(document, value.span, logical))
    return Change(tuple(edits)) if edits else None


def _scalar(type_: str, entry: Mapping) -> str:
    """A type as YAML writes it: in quotes where a comma would end it."""
    return f'"{type_}"' if entry.flow and "," in type_ else dump(type_, flow=True)


@fix("dbt.list-columns")
def list_columns(workspace: Workspace, path: str, index: str, name: str) -> Change | None:
    """List every column of a model in its entry, with its type."""
    key = NodeKey(path, int(index), name, "model")
    found = properties_entry(workspace, key)
    if found is None:
        return None
    edits = column_edits(*found, known_model(workspace.view, key))
    return Change(tuple(joined(edits))) if edits else None


@fix("odcs.add-columns")
def add_columns(workspace: Workspace, path: str, site: str, *columns: str) -> Change | None:
    """Add columns to an object of a contract; `columns` are names, each followed by a type."""
    found = _entry(workspace, path, site)
    if found is None:
        return None
    document, _, entry = found
    added: list[dict[str, Any]] = [
        without_empty({"name": name, "logicalType": logical_type(type_), "physicalType": type_})
        for name, type_ in zip(columns[::2], columns[1::2], strict=True)
    ]
    listed = entry.get("properties")
    if listed is None:
        return Change((insert_key(document, entry, "properties", added),))
    if not isinstance(listed, Sequence):
        return None
    return Change(tuple(joined([insert_item(document, listed, item) for item in added])))


@fix("columns.classify")
def classify(workspace: Workspace, path: str, site: str, word: str) -> Change | None:
    """Say in dbt's YAML how sensitive a column is: in the `meta` it has, or in one of its own."""
    found = _entry(workspace, path, site)
    if found is None:
        return None
    document, _, entry = found
    key, value = (word, True) if word in MARKS else ("classification", word)
    config = entry.get("config")
    for place in (entry, config):
        if isinstance(place, Mapping) and place.get("meta") is not None:
            meta = place.get("meta")
            return Change((insert_key(document, meta, key, value),)) if isinstance(meta, Mapping) else None
    place = config if isinstance(config, Mapping) else entry
    return Change((insert_key(document, place, "meta", {key: value}),))
