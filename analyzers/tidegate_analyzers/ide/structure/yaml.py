"""The regions of YAML: scalars, pairs, items, mappings and sequences, and Jinja in scalars."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.ide.structure.jinja import block_regions
from tidegate_analyzers.ide.structure.region import Region, runs
from tidegate_analyzers.syntax.jinja import scan
from tidegate_analyzers.syntax.yaml import Alias, Mapping, Node, Scalar, parse_yaml

_COMMENT = re.compile(r"(?m)^[ \t]*(#[^\r\n]*)")
_WORD = re.compile(r"[\w-]+")


def yaml_regions(text: str) -> list[Region]:
    """The regions of a YAML file."""
    regions: list[Region] = []
    scalars: list[Scalar] = []
    for document in parse_yaml(text).documents:
        regions += _node(text, document, scalars)
    blocks = [scalar for scalar in scalars if scalar.style in ("|", ">")]
    inside = [(scalar.start, scalar.end) for scalar in blocks]
    comments = [match.span(1) for match in _COMMENT.finditer(text)]
    regions += runs(text, [c for c in comments if not any(start < c[0] < end for start, end in inside)])
    for scalar in scalars:
        written = text[scalar.start : scalar.end]
        if "{{" in written or "{%" in written:
            for block in scan(f"{' ' * scalar.start}{written}").blocks:
                regions += block_regions(text, block)
    return regions


def _end(text: str, node: Node) -> int:
    """The end of a node without the line ends that the parser counts to a block scalar."""
    return node.start + len(text[node.start : node.end].rstrip()) if node.end > node.start else node.end


def _node(text: str, root: Node, scalars: list[Scalar]) -> Iterator[Region]:
    todo: list[Node] = [root]
    while todo:
        node = todo.pop()
        end = _end(text, node)
        if isinstance(node, Scalar):
            scalars.append(node)
            yield Region("string" if node.style in ("'", '"') else "value", node.start, end)
            if node.style in ("'", '"'):
                yield Region("text", *node.inner)
            for match in _WORD.finditer(text, node.start, end):
                yield Region("word", match.start(), match.end())
        elif isinstance(node, Mapping):
            yield Region("bracket" if node.flow else "mapping", node.start, end)
            for key, value in node.entries:
                yield Region("pair", key.start, max(_end(text, value), key.end))
                todo += (key, value)
        elif isinstance(node, Alias):
            yield Region("value", node.start, node.end)
        else:
            yield Region("bracket" if node.flow else "node", node.start, end)
            for item in node.entries:
                dash = text.rfind("-", node.start, item.start) if not node.flow else -1
                stop = max(_end(text, item), item.start)
                yield Region(
                    "entry", dash if dash >= 0 and not text[dash + 1 : item.start].strip() else item.start, stop
                )
                todo.append(item)
