"""Strimzi's resources: `KafkaConnector`, whose `spec.config` is that of a connector, in YAML for Kubernetes."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import FileFacts, FileRead, Job, Sites
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.readers.connect.connector import CLASS, job_of
from tidegate_analyzers.readers.connect.settings import Config, Entry, entries_of, is_known
from tidegate_analyzers.readers.problems import syntax_problems
from tidegate_analyzers.readers.suppressions import is_generated, suppressions
from tidegate_analyzers.readers.yaml_cover import yaml_cover, yaml_strings
from tidegate_analyzers.syntax.yaml import Mapping, Scalar, parse_yaml, text_of
from tidegate_analyzers.text import Document


def read_strimzi(document: Document, role: Role) -> FileRead:
    """The facts of a file with connectors among its documents; a template of Helm is no YAML and gives none."""
    sites = Sites()
    file = parse_yaml(document.text)
    templated = "{{" in document.text and bool(file.problems)
    roots = [] if templated else [root for root in file.documents if isinstance(root, Mapping)]
    return sites.finish(
        FileFacts(
            role.kind,
            () if templated else tuple(syntax_problems(file.problems, sites)),
            suppressions(document, sites, yaml_cover(file), yaml_strings(file)),
            is_generated(document),
            jobs=tuple(job for root in roots for job in _jobs(root, sites)),
        )
    )


def _jobs(root: Mapping, sites: Sites) -> Iterator[Job]:
    spec = root.get("spec")
    if text_of(root.get("kind")) != "KafkaConnector" or not isinstance(spec, Mapping):
        return
    plugin, config = spec.entry("class"), spec.get("config")
    if plugin is None or not text_of(plugin[1]):
        return
    entries = entries_of(config) if isinstance(config, Mapping) else {}
    key, value = plugin
    plugin_name = text_of(value) or ""
    entries[CLASS] = Entry(CLASS, key.span, plugin_name, value.span, is_known(plugin_name))
    meta = root.get("metadata")
    name = meta.get("name") if isinstance(meta, Mapping) else None
    place = name.inner if isinstance(name, Scalar) else key.span
    job = job_of(Config(text_of(name) or "", place, root.span, entries), sites)
    if job is not None:
        yield job
