"""Inserting into YAML by text: what is there stays as it is, byte for byte."""

from __future__ import annotations

import io
from collections.abc import Mapping as MappingType
from typing import Any

from ruamel.yaml import YAML

from tidegate_analyzers.fixes.base import edit, line_end
from tidegate_analyzers.syntax.yaml import Alias, Mapping, Node, Scalar, Sequence
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


def insert_items(document: Document, sequence: Sequence, number: int, values: list[Any]) -> Edit:
    """Add items to a block sequence before its item of a number, as far apart as the others are."""
    dash = _dash(document, sequence.entries[0])
    indent = " " * document.lines.position(dash).column
    apart = [""] if _stand_apart(document, sequence) else []
    lines: list[str] = []
    first = sequence.entries[0]
    for value in values:
        block = dump(value, flow=isinstance(first, Mapping) and first.flow).split("\n")
        lines += [*apart, *(indent + ("- " if at == 0 else "  ") + line for at, line in enumerate(block))]
    if number:
        return _insert_below(document, _content_end(document, sequence.entries[number - 1]), lines)
    start = document.lines.line_span(document.lines.position(dash).line).start
    return edit(document, (start, start), "\n".join([*lines[len(apart) :], *apart, ""]))


def is_shared(document: Document, mapping: Mapping, key: str) -> bool:
    """Whether the value of a key has an anchor, so that others may stand for it too."""
    for name, value in mapping.entries:
        if isinstance(name, Scalar) and name.value == key:
            line = document.text[name.end : line_end(document, name.end)]
            return isinstance(value, Alias) or line.lstrip(": \t").startswith("&")
    return False


def remove_items(document: Document, holder: Mapping, key: str, numbers: set[int]) -> list[Edit] | None:
    """Take items out of a block sequence, with its key if none is left; `None` where they share lines with others."""
    name, sequence = next(
        ((k, v) for k, v in holder.entries if isinstance(k, Scalar) and k.value == key), (holder, None)
    )
    if not isinstance(sequence, Sequence) or sequence.flow or holder.flow or is_shared(document, holder, key):
        return None
    if len(numbers) == len(sequence.entries):
        span = _whole_lines(document, name.start, _content_end(document, sequence))
        return [edit(document, span, "")] if span is not None else None
    edits = []
    for number in sorted(numbers):
        item = sequence.entries[number]
        span = _whole_lines(document, _dash(document, item), _content_end(document, item))
        if span is None:
            return None
        end = span[1]
        if _stand_apart(document, sequence):
            while (line := document.lines.line_span(document.lines.position(end).line)).start == end and not (
                document.slice(line).strip()
            ):
                following = line.end + len(document.newline)
                if following > len(document.text):
                    break
                end = following
        edits.append(edit(document, (span[0], end), ""))
    return edits


def _whole_lines(document: Document, start: int, end: int) -> tuple[int, int] | None:
    """The lines from an offset to another, their last line end included; `None` where something stands before it."""
    first = document.lines.line_span(document.lines.position(start).line).start
    last = line_end(document, end)
    return (
        (first, min(last + len(document.newline), len(document.text)))
        if not document.text[first:start].strip()
        else None
    )


def _dash(document: Document, item: Node) -> int:
    return document.text.rfind("-", 0, item.start)


def _stand_apart(document: Document, sequence: Sequence) -> bool:
    """Whether there are empty lines between the items."""
    if len(sequence.entries) < 2:
        return False
    between = document.text[_content_end(document, sequence.entries[0]) : _dash(document, sequence.entries[1])]
    return any(not line.strip() for line in between.split("\n")[1:-1])


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
