"""Settings of Flink clusters: `flink-conf.yaml`, `FlinkDeployment`, `FLINK_PROPERTIES` of a compose file; services."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from tidegate_analyzers.facts import FileRead, Job, Setting, Sites, Value
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.readers.connect.texts import finished
from tidegate_analyzers.text import Document, Span

_SETTING = re.compile(
    r"^(?P<before>[ \t\-\"']*)(?P<key>(?:execution|state|table\.exec)\.[\w.\-]+)[\"']?[ \t]*[:=][ \t]*(?P<value>[^\r\n#]*)",
    re.M,
)
_NESTED = re.compile(
    r"^[ \t]*checkpointing:[ \t]*\r?\n(?:[ \t]+\S[^\r\n]*\r?\n)*?[ \t]+interval:[ \t]*(?P<value>[^\r\n#]+)", re.M
)
_NESTED_TTL = re.compile(r"^[ \t]*state:[ \t]*\r?\n[ \t]+ttl:[ \t]*(?P<value>[^\r\n#]+)", re.M)
_RUNS = re.compile(
    r"^[ \t]+(?:(?P<jar>jarURI):[ \t]*[\"']?(?:[^\s\"']*/)?(?P<stem>[\w\-]+?)(?:-\d[\w.\-]*|-all|-shaded)?\.jar"
    r"|(?P<entry>entryClass):[ \t]*[\"']?(?:[\w.]+\.)?(?P<class>\w+))[\"']?[ \t]*$",
    re.M,
)
"""The program a deployment runs, and no other."""
_NAME = re.compile(r"^[ \t]+name:[ \t]*[\"']?(?P<name>[\w.\-]+)", re.M)


def read_conf(document: Document, role: Role) -> FileRead:
    """The settings of a cluster as those of a job."""
    sites = Sites()
    settings = tuple(_settings(document.text, sites))
    settings += tuple(_program(document.text, sites)) if settings and "FlinkDeployment" in document.text else ()
    named = _NAME.search(document.text) if "FlinkDeployment" in document.text else None
    name = named["name"] if named is not None else PurePosixPath(document.path).stem
    job = Job(name, settings[0].site if settings else 0, "flink", "cluster", settings)
    return finished(document, role, sites, (job,) if settings else (), [Span(0, len(document.text))])


def read_managed(document: Document, role: Role) -> FileRead:
    """A program that Decodable runs: the service takes its checkpoints, https://docs.decodable.co/custom-pipelines.html."""
    sites = Sites()
    at = document.text.index("job_file_path")
    site = sites.add((at, at + len("job_file_path")))
    interval = Setting("execution.checkpointing.interval", Value(False, None, (), "Decodable's own", site), site)
    job = Job(
        PurePosixPath(document.path).stem, site, "flink", "cluster", (interval, Setting("@beside", Value(True), site))
    )
    return finished(document, role, sites, (job,), [Span(0, len(document.text))])


def _settings(text: str, sites: Sites) -> Iterator[Setting]:
    for match in _SETTING.finditer(text):
        value = match["value"].strip().strip("\"'")
        site = sites.add(match.span("key"))
        yield Setting(match["key"], Value(bool(value) and "{" not in value, value, (), value, site), site)
    for key, form in (("execution.checkpointing.interval", _NESTED), ("table.exec.state.ttl", _NESTED_TTL)):
        for match in form.finditer(text):
            site = sites.add(match.span("value"))
            value = match["value"].strip()
            yield Setting(key, Value(True, value, (), value, site), site)


def _program(text: str, sites: Sites) -> Iterator[Setting]:
    """The jar, without its version, and the class that a deployment runs."""
    for match in _RUNS.finditer(text):
        key, group = ("@jarURI", "stem") if match["jar"] else ("@entryClass", "class")
        site = sites.add(match.span(group))
        yield Setting(key, Value(True, match[group], (), match[group], site), site)
