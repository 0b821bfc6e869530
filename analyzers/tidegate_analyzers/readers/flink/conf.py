"""Settings of Flink clusters: `flink-conf.yaml`, `FlinkDeployment`, `FLINK_PROPERTIES` of a compose file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from tidegate_analyzers.facts import FileRead, Job, Setting, Sites, Value
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.readers.connect.texts import finished
from tidegate_analyzers.text import Document, Span

_SETTING = re.compile(
    r"^(?P<before>[ \t\-\"']*)(?P<key>(?:execution|state)\.[\w.\-]+)[\"']?[ \t]*[:=][ \t]*(?P<value>[^\r\n#]*)", re.M
)
_NESTED = re.compile(
    r"^[ \t]*checkpointing:[ \t]*\r?\n(?:[ \t]+\S[^\r\n]*\r?\n)*?[ \t]+interval:[ \t]*(?P<value>[^\r\n#]+)", re.M
)
_NAME = re.compile(r"^[ \t]+name:[ \t]*[\"']?(?P<name>[\w.\-]+)", re.M)


def read_conf(document: Document, role: Role) -> FileRead:
    """The settings of a cluster as those of a job."""
    sites = Sites()
    settings = tuple(_settings(document.text, sites))
    named = _NAME.search(document.text) if "FlinkDeployment" in document.text else None
    name = named["name"] if named is not None else PurePosixPath(document.path).stem
    job = Job(name, settings[0].site if settings else 0, "flink", "cluster", settings)
    return finished(document, role, sites, (job,) if settings else (), [Span(0, len(document.text))])


def _settings(text: str, sites: Sites) -> Iterator[Setting]:
    for match in _SETTING.finditer(text):
        value = match["value"].strip().strip("\"'")
        site = sites.add(match.span("key"))
        yield Setting(match["key"], Value(bool(value) and "{" not in value, value, (), value, site), site)
    for match in _NESTED.finditer(text):
        site = sites.add(match.span("value"))
        value = match["value"].strip()
        yield Setting("execution.checkpointing.interval", Value(True, value, (), value, site), site)
