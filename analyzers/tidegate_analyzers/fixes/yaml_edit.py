"""Inserting into YAML by text: what is there stays as it is, byte for byte."""

from __future__ import annotations

import io
from collections.abc import Mapping as MappingType
from typing import Any

from ruamel.yaml import YAML

from tidegate_analyzers.fixes.base import edit, line_end
from tidegate_analyzers.syntax.yaml import Mapping, Node, Scalar, Sequence
from tidegate_analyzers.text import Document, Edit


def dump(value: Any, *, flow: bool = False) -> str:
    """A value as YAML, without a document mark; in one line if `flow`."""
    yaml = YAML()
    yaml.default_flow_style = flow
    yaml.width = 100_000
    yaml.indent(mapping=2, sequence=4, offset=2)
    stream = io.StringIO()
    yaml.dump(value, stream)
    return stream.getvalue().removesuffix("...\n").rstrip("\n")


def insert_key(document: Document, mapping: Mapping, key: str, value: Any) -> Edit:
    """Add an entry at the end of a mapping, in its own style."""
    if mapping.flow:
        return _insert_in_flow(document, mapping, f"{key}: {dump(value, flow=True)}")
    first = mapping.entries[0][0]
    column = document.lines.position(first.start).column
    block = dump({key: value}) if not _is_short(value) else f"{key}: {dump(value, flow=True)}"
    lines = [" " * column + line if line else line for line in block.split("\n")]
    return _insert_below(document, _content_end(document, mapping), lines)


def insert_item(document: Document, sequence: Sequence, value: Any) -> Edit:
    """Add an item at the end of a sequence, in its own style."""
    if sequence.flow:
        return _insert_in_flow(document, sequence, dump(value, flow=True))
    dash = document.text.rfind("-", 0, sequence.entries[-1].start) if sequence.entries else sequence.start
    column = document.lines.position(dash).column
    last = sequence.entries[-1] if sequence.entries else None
    flow_items = isinstance(last, Mapping) and last.flow
    block = dump(value, flow=True) if flow_items else dump(value)
    lines = [" " * column + ("- " if number == 0 else "  ") + line for number, line in enumerate(block.split("\n"))]
    return _insert_below(document, _content_end(document, sequence), lines)


def _insert_below(document: Document, offset: int, lines: list[str]) -> Edit:
    at = line_end(document, offset)
    return edit(document, (at, at), "\n" + "\n".join(lines))


def _insert_in_flow(document: Document, node: Mapping | Sequence, text: str) -> Edit:
    at = node.end - 1
    while at > node.start + 1 and document.text[at - 1] in " \t\r\n":
        at -= 1
    if not node.entries:
        return edit(document, (at, at), text)
    comma = "" if document.text[at - 1] == "," else ","
    return edit(document, (at, at), f"{comma} {text}")


def _content_end(document: Document, node: Node) -> int:
    """The end of a node's last character; block scalars end on the line below."""
    end = node.end
    while end > node.start and document.text[end - 1] in " \t\r\n":
        end -= 1
    return max(end, node.start)


def _is_short(value: Any) -> bool:
    """True for a list of plain words, which reads best in one line."""
    return isinstance(value, list) and all(isinstance(item, str) for item in value) and sum(map(len, value)) < 80


def named_entry(root: Node | None, section: str, name: str) -> Mapping | None:
    """The entry of a list of mappings that has a given name."""
    node = root.get(section) if isinstance(root, Mapping) else None
    for item in node.items() if isinstance(node, Sequence) else ():
        if isinstance(item, Mapping) and isinstance(found := item.get("name"), Scalar) and found.value == name:
            return item
    return None


def without_empty(value: MappingType[str, Any]) -> dict[str, Any]:
    """A mapping without the entries that say nothing."""
    return {key: item for key, item in value.items() if item not in (None, "", [], {})}
