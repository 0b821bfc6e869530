"""Workers that run connectors, as far as files say how they are set up: Docker Compose and properties files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from tidegate_analyzers.facts import Component, FileFacts, FileRead, Setting, Sites, Value
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.readers.connect.properties import entries_in
from tidegate_analyzers.readers.connect.settings import Entry, is_known
from tidegate_analyzers.readers.connect.texts import jobs_in
from tidegate_analyzers.readers.suppressions import is_generated, suppressions
from tidegate_analyzers.readers.yaml_cover import yaml_cover, yaml_strings
from tidegate_analyzers.syntax.yaml import Mapping, Node, Scalar, Sequence, parse_yaml, text_of
from tidegate_analyzers.text import Document, Span

_PREFIX = "CONNECT_"


def read_compose(document: Document, role: Role) -> FileRead:
    """A compose file, or a resource whose texts are mounted: the workers among its services, the connectors it makes.

    `CONNECT_VALUE_CONVERTER` in the environment stands for `value.converter`.
    """
    sites = Sites()
    file = parse_yaml(document.text)
    components = []
    for root in file.documents:
        services = root.get("services") if isinstance(root, Mapping) else None
        for name, service in services.items() if isinstance(services, Mapping) else ():
            entries = list(_environment(service.get("environment"))) if isinstance(service, Mapping) else []
            if entries:
                components.append(component(name.value, name.span, entries, sites))
    facts = FileFacts(
        role.kind,
        (),
        suppressions(document, sites, yaml_cover(file), yaml_strings(file)),
        is_generated(document),
        jobs=tuple(jobs_in(document.text, sites)) if any(_runs(root) for root in file.documents) else (),
        components=tuple(components),
    )
    return sites.finish(facts)


def _runs(root: Node) -> bool:
    """Whether what a document holds is run: by services, or mounted into containers."""
    return isinstance(root, Mapping) and (
        isinstance(root.get("services"), Mapping) or text_of(root.get("kind")) in ("ConfigMap", "Secret")
    )


def read_worker(document: Document, role: Role) -> FileRead:
    """A worker that a properties file sets up."""
    sites = Sites()
    entries = entries_in(document.text)
    name, first = PurePosixPath(document.path).stem, next(iter(entries.values()))
    found = component(name, first.key_span, list(entries.values()), sites)
    return sites.finish(FileFacts(role.kind, generated=is_generated(document), components=(found,)))


def component(name: str, place: Span, entries: list[Entry], sites: Sites) -> Component:
    """A worker with its settings; what it is told besides is left out."""
    settings = tuple(
        Setting(
            e.key, Value(e.known, e.value if e.known else None, (), e.value, sites.add(e.span)), sites.add(e.key_span)
        )
        for e in entries
        if "converter" in e.key or e.key == "group.id"
    )
    return Component("worker", name, sites.add(place), settings)


def _environment(node: Node | None) -> Iterator[Entry]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key.value.startswith(_PREFIX) and isinstance(value, Scalar):
                yield Entry(_key(key.value), key.span, value.value, value.span, is_known(value.value, shell=True))
    elif isinstance(node, Sequence):
        for item in node.items():
            name, equals, given = (text_of(item) or "").partition("=")
            if equals and name.strip().startswith(_PREFIX):
                yield Entry(_key(name.strip()), item.span, given.strip(), item.span, is_known(given, shell=True))


def _key(variable: str) -> str:
    return variable.removeprefix(_PREFIX).lower().replace("_", ".")
