"""What a document links to: addresses, packages, and files that are there."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tidegate_analyzers.facts import FileRead, Step
from tidegate_analyzers.graph import tasks
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.syntax.yaml import Mapping, Node, Scalar, Sequence, parse_yaml
from tidegate_analyzers.text import Document, Span


@dataclass(frozen=True, slots=True)
class Link:
    """A place that leads elsewhere: to an address of the web, or to a file of the workspace by its path."""

    span: Span
    target: str
    tooltip: str = ""

    @property
    def is_path(self) -> bool:
        """Whether the target is a path in the workspace."""
        return "://" not in self.target


_URL = re.compile(r"https?://[^\s\"'<>`{}|\\^\[\]]+")
_TRAILING = ".,;:!?)*_"
_PATH = re.compile(r"(?:\.{1,2}/)*[\w@+-][\w.@+-]*(?:/[\w.@+-]+)*\.[A-Za-z][A-Za-z0-9]{0,7}")
_GIT = re.compile(r"(?:git@|ssh://git@)(?P<host>[\w.-]+)[:/](?P<name>[\w./-]+?)(?:\.git)?")
_HUB = re.compile(r"[\w-]+/[\w-]+")
_PACKAGES = frozenset(("packages.yml", "packages.yaml", "dependencies.yml", "dependencies.yaml"))


def links(view: View, document: Document, read: FileRead, exists: Callable[[str], bool]) -> list[Link]:
    """The links of a document, in order.

    Args:
        view: the graph.
        document: the text.
        read: what it says.
        exists: whether the workspace has a file; only those that are there are linked.
    """
    found: list[Link] = []
    if document.path.endswith((".yml", ".yaml")):
        for key, scalar in _scalars(document.text):
            found += _in_yaml(view, document, key, scalar, exists)
    for dag in read.facts.dags:
        for step in (step for task in dag.tasks for step in task.steps if step.kind in ("file", "stem")):
            target = tasks.sql_file(view, document.path, step)
            if target is not None and step.site:
                found.append(Link(_unquoted(document, read.span(step.site)), target, target))
    return sorted(set(found), key=lambda link: link.span)


def _unquoted(document: Document, span: Span) -> Span:
    text = document.slice(span)
    return Span(span.start + 1, span.end - 1) if len(text) > 2 and text[0] in "'\"" and text[-1] == text[0] else span


def _scalars(text: str) -> Iterator[tuple[str, Scalar]]:
    """Every scalar that is a value, with the key it stands under."""
    todo: list[tuple[str, Node]] = [("", node) for node in parse_yaml(text).documents]
    while todo:
        key, node = todo.pop()
        if isinstance(node, Scalar):
            yield key, node
        elif isinstance(node, Mapping):
            todo += [(name.value if isinstance(name, Scalar) else "", value) for name, value in node.entries]
        elif isinstance(node, Sequence):
            todo += [(key, item) for item in node.entries]


def _in_yaml(view: View, document: Document, key: str, scalar: Scalar, exists: Callable[[str], bool]) -> Iterator[Link]:
    written = document.text[scalar.start : scalar.end]
    for match in _URL.finditer(written):
        url = match.group().rstrip(_TRAILING)
        start = scalar.start + match.start()
        yield Link(Span(start, start + len(url)), url)
    if "\n" in written or "://" in written:
        return
    value, span = scalar.value, scalar.inner
    if document.path.rpartition("/")[2] in _PACKAGES:
        yield from _package(document.path, key, value, span, exists)
    elif _PATH.fullmatch(value):
        target = _file(view, document.path, key, value, exists)
        if target is not None:
            yield Link(span, target, target)


def _package(path: str, key: str, value: str, span: Span, exists: Callable[[str], bool]) -> Iterator[Link]:
    """What an entry of a package list means: an address of git, a package of dbt's hub, or a folder."""
    if key == "git" and (found := _GIT.fullmatch(value)):
        yield Link(span, f"https://{found['host']}/{found['name']}")
    elif key == "package" and _HUB.fullmatch(value):
        yield Link(span, f"https://hub.getdbt.com/{value}/latest/")
    elif key == "local":
        project = posixpath.normpath(posixpath.join(posixpath.dirname(path), value, "dbt_project.yml"))
        if not project.startswith("..") and exists(project):
            yield Link(span, project, project)


def _file(view: View, path: str, key: str, value: str, exists: Callable[[str], bool]) -> str | None:
    """The file that a path means: as seen from the document, from its dbt project or from the root."""
    project = view.layout.project_of(path)
    folders = [posixpath.dirname(path), *([project.root] if project is not None else []), ""]
    for folder in folders:
        target = posixpath.normpath(posixpath.join(folder, value))
        if not target.startswith("..") and target != path and exists(target):
            return target
    return tasks.sql_file(view, path, Step("file", value)) if key == "sql" else None
