"""Connector configurations in SQL: `CREATE SINK CONNECTOR … WITH (…)` of ksqlDB, in files and in heredocs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.facts import Job, Sites
from tidegate_analyzers.readers.connect.connector import job_of
from tidegate_analyzers.readers.connect.settings import Config, Entry, is_known
from tidegate_analyzers.text import Span

_CREATE = re.compile(
    r"\bCREATE\s+(?:SINK|SOURCE)\s+CONNECTOR\s+(?:IF\s+NOT\s+EXISTS\s+)?(?P<quote>[`\"]?)(?P<name>[\w.\-]+)(?P=quote)\s+WITH\s*\(",
    re.I,
)
_PAIR = re.compile(
    r"""\s*(?P<key>'(?:[^'\r\n]|'')*'|"[^"\r\n]*"|`[^`\r\n]*`)\s*=\s*"""
    r"""(?P<value>'(?:[^'\r\n]|'')*'|[\w.\-]+)\s*(?P<next>,|\)|(?=['"`]))"""
)


def connectors_in(text: str, sites: Sites, *, shell: bool = False) -> Iterator[Job]:
    """A job for each statement that makes a connector; those in comments are none."""
    for match in _CREATE.finditer(text):
        line = text.rfind("\n", 0, match.start()) + 1
        if text[line : match.start()].lstrip().startswith(("--", "#")):
            continue
        entries, end, whole = _pairs(text, match.end(), shell=shell)
        place = Span(*match.span("name"))
        config = Config(match.group("name"), place, Span(match.start(), end), entries, whole)
        job = job_of(config, sites)
        if job is not None:
            yield job


def _pairs(text: str, at: int, *, shell: bool) -> tuple[dict[str, Entry], int, bool]:
    """The settings in brackets, where they end, and whether all of them were read."""
    found: dict[str, Entry] = {}
    while pair := _PAIR.match(text, at):
        key, value = pair.group("key")[1:-1], pair.group("value")
        said = value[1:-1].replace("''", "'") if value.startswith("'") else value
        spans = Span(*pair.span("key")), Span(*pair.span("value"))
        found[key] = Entry(key, spans[0], said, spans[1], is_known(said, shell=shell))
        at = pair.end()
        if pair.group("next") == ")":
            return found, at, True
    return found, at, False
