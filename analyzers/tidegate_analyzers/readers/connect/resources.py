"""Resources of Kubernetes: connectors, topics and workers of Strimzi and of Confluent for Kubernetes."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Component, FileFacts, FileRead, Job, Setting, Sites, Value
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.readers.connect.connector import CLASS, job_of
from tidegate_analyzers.readers.connect.settings import Config, Entry, entries_of, is_known
from tidegate_analyzers.readers.problems import syntax_problems
from tidegate_analyzers.readers.suppressions import is_generated, suppressions
from tidegate_analyzers.readers.yaml_cover import yaml_cover, yaml_strings
from tidegate_analyzers.syntax.yaml import Mapping, Scalar, parse_yaml, text_of
from tidegate_analyzers.text import Document

_GROUPS = ("kafka.strimzi.io/", "platform.confluent.io/")
_CONNECTORS = ("KafkaConnector", "Connector")
_COMPONENTS = {"KafkaTopic": "topic", "KafkaConnect": "worker", "Connect": "worker"}


def read_resources(document: Document, role: Role) -> FileRead:
    """The facts of a file with such resources; a template of Helm is no YAML and gives none."""
    sites = Sites()
    file = parse_yaml(document.text)
    templated = "{{" in document.text and bool(file.problems)
    roots = [] if templated else [root for root in file.documents if isinstance(root, Mapping) and _is_ours(root)]
    return sites.finish(
        FileFacts(
            role.kind,
            () if templated else tuple(syntax_problems(file.problems, sites)),
            suppressions(document, sites, yaml_cover(file), yaml_strings(file)),
            is_generated(document),
            jobs=tuple(job for root in roots for job in _jobs(root, sites)),
            components=tuple(component for root in roots for component in _components(root, sites)),
        )
    )


def _is_ours(root: Mapping) -> bool:
    return (text_of(root.get("apiVersion")) or "").startswith(_GROUPS)


def _jobs(root: Mapping, sites: Sites) -> Iterator[Job]:
    spec = root.get("spec")
    if text_of(root.get("kind")) not in _CONNECTORS or not isinstance(spec, Mapping):
        return
    plugin = spec.entry("class")
    if plugin is None or not text_of(plugin[1]):
        return
    entries = _entries(spec)
    key, value = plugin
    plugin_name = text_of(value) or ""
    entries[CLASS] = Entry(CLASS, key.span, plugin_name, value.span, is_known(plugin_name))
    name = _name(root)
    place = name.inner if name is not None else key.span
    job = job_of(Config(name.value if name is not None else "", place, root.span, entries), sites)
    if job is not None:
        yield job


def _components(root: Mapping, sites: Sites) -> Iterator[Component]:
    kind, spec, name = _COMPONENTS.get(text_of(root.get("kind")) or ""), root.get("spec"), _name(root)
    if kind is None or name is None or not isinstance(spec, Mapping):
        return
    called = text_of(spec.get("topicName")) or text_of(spec.get("name")) if kind == "topic" else None
    settings = tuple(
        Setting(
            e.key, Value(e.known, e.value if e.known else None, (), e.value, sites.add(e.span)), sites.add(e.key_span)
        )
        for e in _entries(spec).values()
    )
    yield Component(kind, called or name.value, sites.add(name.inner), settings)


def _entries(spec: Mapping) -> dict[str, Entry]:
    """The configuration: `config` of Strimzi, `configs` of Confluent; that of a server is `configOverrides`."""
    config = spec.get("config") or spec.get("configs")
    return entries_of(config) if isinstance(config, Mapping) else {}


def _name(root: Mapping) -> Scalar | None:
    meta = root.get("metadata")
    name = meta.get("name") if isinstance(meta, Mapping) else None
    return name if isinstance(name, Scalar) else None
