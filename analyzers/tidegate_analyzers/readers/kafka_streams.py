"""Kafka Streams: what becomes of records that can't be deserialized.

The handler is `LogAndFailExceptionHandler` by default; `LogAndContinueExceptionHandler` logs and drops:
https://kafka.apache.org/documentation/streams/developer-guide/config-streams.html#default-deserialization-exception-handler.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from tidegate_analyzers.facts import BadRecords, FileRead, Job, Sites
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.readers.connect.texts import finished
from tidegate_analyzers.syntax.java import parse_java
from tidegate_analyzers.text import Document, Span

_IN_CODE = re.compile(
    r"\bLogAndContinueExceptionHandler\s*(?:\.class\b|::class)|\"[\w.]*\.LogAndContinueExceptionHandler\""
)
_IN_FILES = re.compile(
    r"^(?P<before>[ \t]*(?:[\w.\-]*[.\-])?deserialization[.\-]?exception[.\-]?handler[ \t]*[:=][ \t]*)"
    r"(?P<what>[\"']?(?:[\w.]*LogAndContinueExceptionHandler|logAndContinue)[\"']?)[ \t]*(?:#.*)?$",
    re.M | re.I,
)


def read_java(document: Document, role: Role) -> FileRead:
    """The handler of a program."""
    sites = Sites()
    file = parse_java(document.text)
    name = file.name[0] if file.name is not None else PurePosixPath(document.path).stem
    found = [_dropped(Span(*match.span()), match[0], sites) for match in _IN_CODE.finditer(file.code)]
    return finished(document, role, sites, _jobs(name, sites, found), file.statements)


def read_settings(document: Document, role: Role) -> FileRead:
    """The handler in a file of properties, or in YAML."""
    sites = Sites()
    found = [_dropped(Span(*m.span("what")), m["what"], sites) for m in _IN_FILES.finditer(document.text)]
    covers = [Span(m.start(), m.end()) for m in _IN_FILES.finditer(document.text)]
    return finished(document, role, sites, _jobs(PurePosixPath(document.path).stem, sites, found), covers)


def _dropped(span: Span, by: str, sites: Sites) -> BadRecords:
    return BadRecords("dropped", "kafka-streams", by, sites.add(span), outside=True, note="they are only logged")


def _jobs(name: str, sites: Sites, found: list[BadRecords]) -> tuple[Job, ...]:
    if not found:
        return ()
    return (Job(name, found[0].site, "kafka-streams", "pipeline", bad_records=tuple(found), continuous=True),)
