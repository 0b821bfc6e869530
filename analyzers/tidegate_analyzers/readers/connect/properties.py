"""Connector configurations in `.properties` files, as workers that stand alone take them."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from tidegate_analyzers.facts import FileRead, Sites
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.readers.connect.connector import CLASS, job_of
from tidegate_analyzers.readers.connect.settings import Config, Entry, is_known
from tidegate_analyzers.readers.connect.texts import finished
from tidegate_analyzers.text import Document, Span

_LINE = re.compile(r"^[ \t\f]*(?P<key>[^\s#!=:][^\s=:]*)[ \t]*[=:][ \t]*(?P<value>[^\r\n]*)", re.M)


def entries_in(text: str) -> dict[str, Entry]:
    """The settings of a properties file; a value that goes on in the next line is not known."""
    found: dict[str, Entry] = {}
    for match in _LINE.finditer(text):
        value = match.group("value").rstrip()
        start = match.start("value")
        known = not value.endswith("\\") and is_known(value)
        found[match.group("key")] = Entry(
            match.group("key"), Span(*match.span("key")), value, Span(start, start + len(value)), known
        )
    return found


def read_properties(document: Document, role: Role) -> FileRead:
    """The facts of a properties file that configures a connector."""
    sites = Sites()
    entries = entries_in(document.text)
    named, name = entries.get(CLASS), entries.get("name")
    if named is None:
        return finished(document, role, sites, (), [])
    called = name.value if name is not None and name.known else PurePosixPath(document.path).stem
    first, last = min(e.key_span.start for e in entries.values()), max(e.span.end for e in entries.values())
    config = Config(called, name.span if name is not None else named.key_span, Span(first, last), entries)
    job = job_of(config, sites)
    lines = [Span(e.key_span.start, e.span.end) for e in entries.values()]
    return finished(document, role, sites, (job,) if job is not None else (), [*lines, config.whole])
