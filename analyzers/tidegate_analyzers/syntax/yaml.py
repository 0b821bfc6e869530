"""YAML as a tree of nodes with spans, read with libyaml's event parser.

Scalars stay text until somebody asks for their value, because the same file means different things in YAML
1.1 (dbt, Airflow: `on` is true, `010` is eight) and YAML 1.2 (ODCS, pipeline.yaml). Aliases stay aliases, so
a document that would unfold to a billion nodes costs no more than its text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml

from tidegate_analyzers.syntax.problem import SyntaxProblem
from tidegate_analyzers.text import Span

MAX_DEPTH = 100
"""Nesting beyond this is cut off; no pipeline file comes near it."""

MAX_REPAIRS = 5
"""How many broken lines are blanked before the rest of a file is given up."""


@dataclass(slots=True, eq=False)
class Scalar:
    """A scalar as written: `value` is the text after unquoting, `style` is '' for a plain one."""

    value: str
    start: int
    end: int
    style: str = ""
    tag: str | None = None

    @property
    def span(self) -> Span:
        """Where it is, quotes included."""
        return Span(self.start, self.end)

    @property
    def inner(self) -> Span:
        """Where its text is, without the quotes."""
        quoted = self.style in ("'", '"') and self.end - self.start >= 2
        return Span(self.start + 1, self.end - 1) if quoted else Span(self.start, self.end)


@dataclass(slots=True, eq=False)
class Mapping:
    """A mapping; duplicate keys stay, in order."""

    entries: list[tuple[Node, Node]] = field(default_factory=list)
    start: int = 0
    end: int = 0
    flow: bool = False
    tag: str | None = None
    _keyed: dict[str, tuple[Scalar, Node]] | None = None

    @property
    def span(self) -> Span:
        """From the first key to the end of the last value."""
        return Span(self.start, self.end)

    def keyed(self) -> dict[str, tuple[Scalar, Node]]:
        """Every entry with a scalar key, by its key, aliases followed.

        Of a key that stands twice the last counts; keys merged by `<<` don't replace the mapping's own.
        """
        if self._keyed is None:
            own: dict[str, tuple[Scalar, Node]] = {}
            merges: list[Node] = []
            for name, value in self.entries:
                if type(name) is not Scalar:
                    continue
                if name.value == "<<" and not name.style:
                    merges.append(value)
                else:
                    own[name.value] = (name, value.target if type(value) is Alias else value)
            self._keyed = own
            for merge in merges:
                for merged in _merged(merge):
                    for key, entry in merged.keyed().items():
                        own.setdefault(key, entry)
        return self._keyed

    def get(self, key: str) -> Node | None:
        """The value of `key`."""
        entry = self.keyed().get(key)
        return entry[1] if entry else None

    def entry(self, key: str) -> tuple[Scalar, Node] | None:
        """The key node and the value node of `key`."""
        return self.keyed().get(key)

    def items(self) -> Iterable[tuple[Scalar, Node]]:
        """The entries of `keyed`, in order."""
        return self.keyed().values()


@dataclass(slots=True, eq=False)
class Sequence:
    """A sequence."""

    entries: list[Node] = field(default_factory=list)
    start: int = 0
    end: int = 0
    flow: bool = False
    tag: str | None = None

    @property
    def span(self) -> Span:
        """From the first dash or bracket to the end of the last item."""
        return Span(self.start, self.end)

    def items(self) -> Iterator[Node]:
        """The items, aliases followed."""
        return (resolved(item) for item in self.entries)


@dataclass(slots=True, eq=False)
class Alias:
    """A use of an anchored node."""

    target: Scalar | Mapping | Sequence
    start: int
    end: int

    @property
    def span(self) -> Span:
        """Where the alias is written."""
        return Span(self.start, self.end)


Node: TypeAlias = Scalar | Mapping | Sequence | Alias


def resolved(node: Node) -> Node:
    """The node an alias stands for, or the node itself."""
    return node.target if type(node) is Alias else node


def _merged(node: Node) -> Iterator[Mapping]:
    node = resolved(node)
    if isinstance(node, Mapping):
        yield node
    elif isinstance(node, Sequence):
        for item in node.items():
            if isinstance(item, Mapping):
                yield item


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

# -- values ---------------------------------------------------------------------------------------------------

_INT_12 = re.compile(r"[-+]?[0-9]+\Z")
_FLOAT_12 = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_INT_11 = re.compile(r"[-+]?(0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]*|[1-9][0-9_]*)\Z")
_FLOAT_11 = re.compile(r"[-+]?(([0-9][0-9_]*)\.[0-9_]*([eE][-+][0-9]+)?|\.[0-9][0-9_]*([eE][-+][0-9]+)?)\Z")
_SEXAGESIMAL = re.compile(r"[-+]?[1-9][0-9_]*(:[0-5]?[0-9])+\Z")
_TRUE_11 = frozenset(["yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"])
_FALSE_11 = frozenset(["no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"])
_NULL = frozenset(("", "~", "null", "Null", "NULL"))
Plain: TypeAlias = "bool | int | float | str | None"


def scalar_value(node: Scalar, *, version: str = "1.1") -> Plain:
    """The value a scalar stands for under YAML `version`; anything quoted or tagged `!!str` is text."""
    text = node.value
    if node.style or node.tag == "tag:yaml.org,2002:str":
        return text
    if text in _NULL:
        return None
    if version == "1.2":
        if text in ("true", "True", "TRUE"):
            return True
        if text in ("false", "False", "FALSE"):
            return False
        if _INT_12.match(text):
            return int(text) if len(text) < 300 else text
        if text.startswith(("0x", "0o")):
            return _based(text)
        if _FLOAT_12.match(text):
            return float(text)
        return text
    if text in _TRUE_11:
        return True
    if text in _FALSE_11:
        return False
    if _INT_11.match(text):
        return _int_11(text)
    if _FLOAT_11.match(text):
        return float(text.replace("_", ""))
    if _SEXAGESIMAL.match(text):
        return _sexagesimal(text)
    return text


def _based(text: str) -> Plain:
    try:
        return int(text, 0)
    except ValueError:
        return text


def _int_11(text: str) -> Plain:
    sign = -1 if text.startswith("-") else 1
    digits = text.lstrip("+-").replace("_", "")
    if len(digits) > 300:
        return text
    if digits.startswith(("0b", "0x")):
        return sign * int(digits, 0)
    if len(digits) > 1 and digits.startswith("0"):
        return sign * int(digits, 8)
    return sign * int(digits)


def _sexagesimal(text: str) -> int:
    value = 0
    for part in text.lstrip("+-").replace("_", "").split(":"):
        value = value * 60 + int(part)
    return -value if text.startswith("-") else value


def plain(node: Node | None, *, version: str = "1.1", budget: int = 20_000) -> Any:
    """The Python value of a node: dict, list or scalar.

    Args:
        node: what to convert; `None` gives `None`.
        version: the YAML version whose scalars apply.
        budget: how many nodes are unfolded at most, aliases included; beyond it values are `None`.
    """
    left = [budget]

    def convert(item: Node) -> Any:
        left[0] -= 1
        if left[0] < 0:
            return None
        item = resolved(item)
        if isinstance(item, Scalar):
            return scalar_value(item, version=version)
        if isinstance(item, Mapping):
            return {key.value: convert(value) for key, value in item.items()}
        if isinstance(item, Sequence):
            return [convert(child) for child in item.items()]
        return None

    return None if node is None else convert(node)


def text_of(node: Node | None) -> str | None:
    """The text of a scalar that is not null, else `None`."""
    if isinstance(node, Scalar) and (node.style or node.value not in _NULL):
        return node.value
    return None


def node_at(root: Node, offset: int) -> list[tuple[str | int, Node]]:
    """The way from the root to the innermost node at `offset`.

    Each step names the key or the index by which its node was reached; a key under the cursor ends the way
    with its value's step.
    """
    way: list[tuple[str | int, Node]] = []
    node: Node = root
    while True:
        step: tuple[str | int, Node] | None = None
        if isinstance(node, Mapping):
            for key, value in node.entries:
                if key.start <= offset <= max(key.end, value.end) and isinstance(key, Scalar):
                    step = (key.value, value)
        elif isinstance(node, Sequence):
            for index, item in enumerate(node.entries):
                if item.start <= offset <= item.end:
                    step = (index, item)
        if step is None:
            return way
        way.append(step)
        node = step[1]
