"""`selectors.yml`: selections with a name, https://docs.getdbt.com/reference/node-selection/yaml-selectors ."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import FileFacts, FileRead, Name, Sites
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.readers.dbt.selection import selected
from tidegate_analyzers.readers.problems import syntax_problems
from tidegate_analyzers.syntax.yaml import Mapping, Node, Scalar, Sequence, parse_yaml, text_of
from tidegate_analyzers.text import Document

_LIMIT = 5_000


def read_selectors(document: Document, role: Role) -> FileRead:
    """The facts of a file of selectors."""
    sites = Sites()
    file = parse_yaml(document.text)
    names: list[Name] = []
    for root in file.documents:
        listed = root.get("selectors") if isinstance(root, Mapping) else None
        for item in listed.items() if isinstance(listed, Sequence) else ():
            if not isinstance(item, Mapping):
                continue
            name, definition = item.get("name"), item.get("definition")
            if isinstance(name, Scalar) and text_of(name):
                names.append(Name("selector", name.value, sites.add(name.inner), made=True))
            if definition is not None:
                names += _definition(definition, document.text, sites)
    return sites.finish(FileFacts("dbt_selectors", tuple(syntax_problems(file.problems, sites)), names=tuple(names)))


def _definition(node: Node, text: str, sites: Sites) -> Iterator[Name]:
    """The names in a definition: a text as on the command line, `method` and `value`, or sets of these."""
    todo = [node]
    for _ in range(_LIMIT):
        if not todo:
            return
        item = todo.pop()
        if isinstance(item, Scalar):
            yield from selected(text[item.inner.start : item.inner.end], item.inner.start, sites)
        elif isinstance(item, Sequence):
            todo += item.items()
        elif isinstance(item, Mapping) and isinstance(value := item.get("value"), Scalar):
            yield from _method(text_of(item.get("method")) or "", value, sites)
        elif isinstance(item, Mapping):
            for key, inner in item.items():
                if isinstance(inner, Scalar):  # `tag: nightly`
                    yield from _method(key.value, inner, sites)
                else:
                    todo.append(inner)


def _method(method: str, value: Scalar, sites: Sites) -> Iterator[Name]:
    """The names behind a method; what `selected` sees is the value with its method, moved to where the value stands."""
    prefix = f"{method}:"
    yield from selected(f"{prefix}{value.value}", value.inner.start - len(prefix), sites)
