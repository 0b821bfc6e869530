"""What starts flows and assets, in YAML: deployments of a `prefect.yaml`, components of Dagster.

https://docs.prefect.io/v3/deploy/infrastructure-concepts/prefect-yaml,
https://docs.dagster.io/guides/build/components.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tidegate_analyzers.facts import FileRead, Job, Setting, Sites, Value
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.readers.yaml_jobs import read_yaml_jobs
from tidegate_analyzers.syntax.yaml import Mapping, Node, Scalar, Sequence, plain, text_of
from tidegate_analyzers.text import Document

_Reader = Callable[[Mapping, Sites], Iterator[Job]]


def read_prefect(document: Document, role: Role) -> FileRead:
    """The deployments of a `prefect.yaml`."""
    return _read(document, role, _deployments)


def read_component(document: Document, role: Role) -> FileRead:
    """The components of Dagster in a file."""
    return _read(document, role, _component)


def _read(document: Document, role: Role, jobs_of: _Reader) -> FileRead:
    return read_yaml_jobs(
        document, role, lambda roots, sites: (job for root in roots for job in jobs_of(root, sites)), sure=True
    )


def _deployments(root: Mapping, sites: Sites) -> Iterator[Job]:
    found = root.get("deployments")
    for item in found.items() if isinstance(found, Sequence) else ():
        entry = text_of(item.get("entrypoint")) if isinstance(item, Mapping) else None
        if not isinstance(item, Mapping) or not entry:
            continue
        name = item.get("name") or item
        runs = (entry.rpartition(":")[2],)
        settings = tuple(_settings(item, sites))
        yield Job(
            text_of(name) or runs[0],
            sites.add(name.span),
            "prefect",
            "deployment",
            settings,
            mentions=runs,
            whole=sites.add(item.span),
        )


def _component(root: Mapping, sites: Sites) -> Iterator[Job]:
    made_by, attributes = root.get("type"), root.get("attributes")
    if not isinstance(made_by, Scalar) or not isinstance(attributes, Mapping):
        return
    name = attributes.get("name")
    whole = text_of(made_by) or ""
    yield Job(
        text_of(name) or whole.rpartition(".")[2],
        sites.add((name or made_by).span),
        "dagster",
        "component",
        (Setting("type", Value(True, whole, (), whole, sites.add(made_by.span))), *_settings(attributes, sites)),
        whole=sites.add(root.span),
    )


def _settings(found: Mapping, sites: Sites) -> Iterator[Setting]:
    for name, (key, value) in found.keyed().items():
        yield Setting(name, _value(value, sites), sites.add(key.span))


def _value(node: Node, sites: Sites) -> Value:
    value = plain(node)
    known = not (isinstance(value, str) and "{{" in value)
    return Value(known, value if known else None, (), str(value)[:200], sites.add(node.span))
