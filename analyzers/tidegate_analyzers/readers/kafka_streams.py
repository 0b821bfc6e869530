"""Kafka Streams: what becomes of records that can't be deserialized.

The handler is `LogAndFailExceptionHandler` by default, which ends the program, as it will again at the same record;
`LogAndContinueExceptionHandler` logs and drops:
https://kafka.apache.org/documentation/streams/developer-guide/config-streams.html#default-deserialization-exception-handler.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from tidegate_analyzers.facts import BadRecords, FileRead, Job, Setting, Sites, Value
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.readers.connect.texts import finished
from tidegate_analyzers.syntax.java import JavaCall, JavaFile, parse_java
from tidegate_analyzers.text import Document, Span

ENGINE = "kafka-streams"
HANDLER = "deserialization.exception.handler"
"""The option that names the handler, the word `default.` before it or not."""

_IN_CODE = re.compile(
    r"\bLogAndContinueExceptionHandler\s*(?:\.class\b|::class)|\"[\w.]*\.LogAndContinueExceptionHandler\""
)
_NAMED = re.compile(
    r"\w*DESERIALIZATION_EXCEPTION_HANDLER\w*|\bDeserializationExceptionHandler\b|deserialization\.exception"
)
_IN_FILES = re.compile(
    r"^(?P<before>[ \t]*(?:[\w.\-]*[.\-])?deserialization[.\-]?exception[.\-]?handler[ \t]*[:=][ \t]*)"
    r"(?P<what>[\"']?[\w.]+[\"']?)[ \t]*(?:#.*)?$",
    re.M | re.I,
)
_DROPS = re.compile(r"logAndContinue(?:ExceptionHandler)?[\"']?$", re.I)
_READS = frozenset(("stream", "table", "globalTable"))
_PARSES = re.compile(r"json|avro|proto(?!type)", re.I)
"""Serdes of formats that not every message has; texts and numbers are taken as they are."""


def read_java(document: Document, role: Role) -> FileRead:
    """The handler of a program, and the topics that it reads without one."""
    sites = Sites()
    file = parse_java(document.text)
    name = file.name[0] if file.name is not None else PurePosixPath(document.path).stem
    found = [_dropped(Span(*match.span()), match[0], sites) for match in _IN_CODE.finditer(file.code)]
    named = [Span(*match.span()) for match in _NAMED.finditer(file.code)]
    if not found and not named:
        found = list(_stops(file, sites))
    return finished(document, role, sites, _jobs(name, sites, found, named), file.statements)


def read_settings(document: Document, role: Role) -> FileRead:
    """The handler in a file of properties, or in YAML."""
    sites = Sites()
    matches = list(_IN_FILES.finditer(document.text))
    found = [_dropped(Span(*m.span("what")), m["what"], sites) for m in matches if _DROPS.search(m["what"])]
    named = [Span(*m.span()) for m in matches]
    return finished(document, role, sites, _jobs(PurePosixPath(document.path).stem, sites, found, named), named)


def _stops(file: JavaFile, sites: Sites) -> Iterator[BadRecords]:
    """The topics of a topology that are read by a serde that parses."""
    if "StreamsBuilder" not in file.code:
        return
    for call in file.calls:
        serde = _serde(file, call) if call.name in _READS else ""
        if serde:
            by = f"{call.name} reads {serde}, and the handler is LogAndFailExceptionHandler by default"
            yield BadRecords("stops", ENGINE, by, sites.add(call.at), outside=True)


def _serde(file: JavaFile, call: JavaCall) -> str:
    """The format that the serde of a topic's values parses, empty where none is told."""
    inside = (c for c in file.calls if c.name in ("with", "valueSerde") and call.span.covers(c.span) and c is not call)
    for given in inside:
        at = any(argument.span.covers(given.span) for argument in call.arguments)
        if not at or not given.arguments or (given.name == "with" and len(given.arguments) < 2):
            continue
        value = given.arguments[1 if given.name == "with" else 0].span
        text = file.slice(value)
        begun = file.variables.get(text.rpartition(".")[2])
        match = _PARSES.search(text if begun is None else file.slice(begun))
        return {"j": "JSON", "a": "Avro", "p": "Protobuf"}[match[0][0].casefold()] if match is not None else ""
    return ""


def _dropped(span: Span, by: str, sites: Sites) -> BadRecords:
    return BadRecords("dropped", ENGINE, by, sites.add(span), outside=True, note="they are only logged")


def _jobs(name: str, sites: Sites, found: list[BadRecords], named: list[Span]) -> tuple[Job, ...]:
    if not found and not named:
        return ()
    site = found[0].site if found else sites.add(named[0])
    settings = tuple(Setting(HANDLER, Value(False, None), sites.add(span)) for span in named[:1])
    return (Job(name, site, ENGINE, "pipeline", settings, bad_records=tuple(found), continuous=True),)
