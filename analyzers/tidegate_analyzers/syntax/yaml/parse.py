"""YAML texts read with libyaml's event parser, around what is broken."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml

from tidegate_analyzers.syntax.problem import SyntaxProblem
from tidegate_analyzers.syntax.yaml.nodes import Alias, Mapping, Node, Scalar, Sequence
from tidegate_analyzers.text import Span

MAX_DEPTH = 100
"""Nesting beyond this is cut off; no pipeline file comes near it."""

MAX_REPAIRS = 5
"""How many broken lines are blanked before the rest of a file is given up."""


@dataclass(frozen=True, slots=True)
class YamlFile:
    """The documents of one YAML text and what is wrong with it."""

    documents: tuple[Node, ...]
    problems: tuple[SyntaxProblem, ...]


def parse_yaml(text: str) -> YamlFile:
    """Read every document of a YAML text.

    Where the text is broken, the first fault is reported, the line it is on is left out and reading goes on,
    so that one half-typed line does not take the file's facts away.
    """
    documents, fault = _compose(text)
    if fault is None:
        return YamlFile(tuple(documents), ())
    first, best, size = fault.problem, documents, _size(documents)
    for _ in range(MAX_REPAIRS):
        if fault is None:
            break
        tries = [_blank_line(text, place) for place in fault.places]
        read = [(*_compose(repaired), repaired) for repaired in tries if repaired != text]
        if not read:
            break
        documents, fault, text = max(read, key=lambda item: (item[1] is None, _size(item[0])))
        if (found := _size(documents)) >= size:
            best, size = documents, found
    return YamlFile(tuple(best), (first,))


@dataclass(frozen=True, slots=True)
class _Fault:
    problem: SyntaxProblem
    places: tuple[int, ...]
    """Offsets on the lines that may be to blame: where the parser stopped, and where what it was in began."""


_SURROGATE = re.compile("[\ud800-\udfff]")
_NOT_PRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NEW_LINES = re.compile("[^\r\n]")


def _compose(text: str) -> tuple[list[Node], _Fault | None]:
    if not text.isprintable():
        text = _NOT_PRINTABLE.sub("\ufffd", _SURROGATE.sub("\ufffd", text))
    documents: list[Node] = []
    parser = _PARSER(text)
    get = parser.get_event
    # What is open: the collection, the key that waits for its value (mappings), and the anchor.
    stack: list[Mapping | Sequence] = []
    keys: list[Node | None] = []
    anchors: dict[str, Scalar | Mapping | Sequence] = {}
    open_anchors: list[str | None] = []
    skip_below = 0
    node: Node
    scalar_event, alias_event = yaml.ScalarEvent, yaml.AliasEvent
    map_start, map_end = yaml.MappingStartEvent, yaml.MappingEndEvent
    seq_start, seq_end = yaml.SequenceStartEvent, yaml.SequenceEndEvent
    try:
        while True:
            event = get()
            kind = type(event)
            if skip_below:
                if kind is map_start or kind is seq_start:
                    skip_below += 1
                elif kind is map_end or kind is seq_end:
                    skip_below -= 1
                if skip_below or kind is scalar_event or kind is alias_event:
                    continue
                continue
            if kind is scalar_event:
                node = Scalar(event.value, event.start_mark.index, event.end_mark.index, event.style or "", event.tag)
                if event.anchor is not None:
                    anchors[event.anchor] = node
            elif kind is map_end or kind is seq_end:
                node = stack.pop()
                keys.pop()
                if node.flow:
                    node.end = event.end_mark.index
                else:
                    _end(node)
                anchor = open_anchors.pop()
                if anchor is not None:
                    anchors[anchor] = node
            elif kind is map_start or kind is seq_start:
                collection: Mapping | Sequence = Mapping() if kind is map_start else Sequence()
                collection.start = event.start_mark.index
                collection.flow = bool(event.flow_style)
                collection.tag = event.tag
                if len(stack) >= MAX_DEPTH:
                    skip_below = 1
                    node = Scalar("", collection.start, collection.start)
                else:
                    stack.append(collection)
                    keys.append(None)
                    open_anchors.append(event.anchor)
                    continue
            elif kind is alias_event:
                at, end = event.start_mark.index, event.end_mark.index
                target = anchors.get(event.anchor)
                if target is None:
                    if stack:
                        _close(stack, keys)
                        documents.append(stack[0])
                    inside = event.anchor in open_anchors
                    why = "can't stand inside what it names" if inside else "names no anchor that stands before it"
                    problem = SyntaxProblem(Span(at, end), f"the alias '*{event.anchor}' {why}")
                    return documents, _Fault(problem, (at,))
                node = Alias(target, at, end)
            elif kind is yaml.StreamEndEvent:
                return documents, None
            elif kind is yaml.DocumentStartEvent:
                anchors.clear()
                continue
            else:
                continue
            if not stack:
                documents.append(node)
                continue
            top = stack[-1]
            if isinstance(top, Sequence):
                top.entries.append(node)
            else:
                key = keys[-1]
                if key is None:
                    keys[-1] = node
                else:
                    top.entries.append((key, node))
                    keys[-1] = None
    except yaml.YAMLError as error:
        if stack:
            _close(stack, keys)
            documents.append(stack[0])
        return documents, _problem(text, error)
    finally:
        parser.dispose()


def _close(stack: list[Mapping | Sequence], keys: list[Node | None]) -> None:
    """Finish what was open when the parser stopped: what was read up to there still counts."""
    while len(stack) > 1:
        node, parent = stack.pop(), stack[-1]
        keys.pop()
        _end(node)
        if isinstance(parent, Sequence):
            parent.entries.append(node)
        elif (key := keys[-1]) is not None:
            parent.entries.append((key, node))
            keys[-1] = None
    _end(stack[0])


def _end(node: Mapping | Sequence) -> None:
    """A block collection ends with its last entry; the parser would say it ends where the next token begins."""
    if not node.entries:
        node.end = node.start
    elif isinstance(node, Mapping):
        node.end = node.entries[-1][1].end
    else:
        node.end = node.entries[-1].end


def _problem(text: str, error: yaml.YAMLError) -> _Fault:
    mark = getattr(error, "problem_mark", None)
    context_mark = getattr(error, "context_mark", None)
    words = str(getattr(error, "problem", None) or "this is not YAML")
    context = getattr(error, "context", None)
    message = f"{words} {context}" if context else words
    if "cannot start any token" in words and mark is not None and text[mark.index : mark.index + 1] == "\t":
        message = "a tab can't indent YAML; use spaces"
    places = tuple(min(m.index, len(text)) for m in (mark, context_mark) if m is not None)
    places = places or (min(getattr(error, "position", 0) or 0, len(text)),)
    # What is not closed shows only at the end of the text; the user wants to know where it was opened.
    at = places[-1] if "end of stream" in words else places[0]
    end = at
    while end < len(text) and text[end] not in "\r\n":
        end += 1
    if end == at:  # the fault shows at a line's end: mark the last character before it
        while at > 0 and text[at - 1] in "\r\n \t":
            at -= 1
        end, at = at, max(at - 1, 0)
    return _Fault(SyntaxProblem(Span(at, end), message), places)


def _blank_line(text: str, offset: int) -> str:
    start = max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1
    end = start
    while end < len(text) and text[end] not in "\r\n":
        end += 1
    return text[:start] + " " * (end - start) + text[end:]


def _size(documents: list[Node]) -> int:
    """How many nodes were read; the measure by which a repair is an improvement."""
    count = 0
    todo: list[Node] = list(documents)
    while todo:
        node = todo.pop()
        count += 1
        if isinstance(node, Mapping):
            todo += [value for _, value in node.entries]
        elif isinstance(node, Sequence):
            todo += node.entries
    return count


_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
