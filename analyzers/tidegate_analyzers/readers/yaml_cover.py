"""Which entry of a YAML file a comment speaks of, and what is no comment."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.readers.suppressions import Cover, InString, by_spans
from tidegate_analyzers.syntax.yaml import Mapping, Node, Scalar, Sequence, YamlFile
from tidegate_analyzers.text import Span


def yaml_cover(file: YamlFile) -> Cover:
    """Entries and items are statements: a comment behind one speaks of it, one above of the next."""

    def cover(offset: int, alone: bool) -> Span | None:
        return by_spans(_spans(file))(offset, alone)

    return cover


def _spans(file: YamlFile) -> list[Span]:
    spans: list[Span] = []
    todo: list[Node] = list(file.documents)
    while todo:
        node = todo.pop()
        if isinstance(node, Mapping):
            for key, value in node.entries:
                spans.append(Span(key.start, max(key.end, value.end)))
                todo.append(value)
        elif isinstance(node, Sequence):
            spans += [item.span for item in node.entries]
            todo += node.entries
    return spans


def yaml_strings(file: YamlFile) -> InString:
    """A comment sign in any scalar, block scalars included, is part of its text."""

    def in_string(offset: int, sign: str) -> bool:
        return any(span.start <= offset < span.end for span in _scalars(file))

    return in_string


def _scalars(file: YamlFile) -> Iterator[Span]:
    todo: list[Node] = list(file.documents)
    while todo:
        node = todo.pop()
        if isinstance(node, Scalar):
            yield node.span
        elif isinstance(node, Mapping):
            for entry in node.entries:
                todo += entry
        elif isinstance(node, Sequence):
            todo += node.entries
