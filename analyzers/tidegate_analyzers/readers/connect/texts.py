"""Connector configurations written as JSON: in files of their own, in commands, in heredocs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import PurePosixPath

from tidegate_analyzers.facts import FileFacts, FileRead, Job, Sites
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.readers.connect.connector import CLASS, job_of
from tidegate_analyzers.readers.connect.settings import Config, entries_of
from tidegate_analyzers.readers.connect.statements import connectors_in
from tidegate_analyzers.readers.suppressions import by_spans, is_generated, suppressions
from tidegate_analyzers.syntax.json_objects import JsonObject, enclosing_brace, read_object
from tidegate_analyzers.syntax.yaml import Scalar
from tidegate_analyzers.text import Document, Span

_CLASS = re.compile(r'\\?"connector\.class\\?"\s*:')
_CONFIG = re.compile(r'"config\\?"\s*:\s*\Z')
_NAMED = re.compile(r"(?:--connector[ =]+|/connectors/)[\"']?(?P<name>[\w.\-]+)[\"']?")
"""How a command names the connector whose configuration it sends: of `playground`, or in the address."""
_AFTER = re.compile(r"[\"']?[ \t]*(?:\\\r?\n)?[^\r\n]{0,200}?/connectors/(?P<name>[\w.\-]+)/config")
_QUOTED = re.compile(r"'\s*\Z|<<-?[ \t]*(?:'\w+'|\"\w+\"|\\\w+)[^\n]*\n\s*\Z")
"""What stands before a text in which the shell puts nothing in: a quote, or a heredoc whose end is quoted."""
_OTHER = re.compile(r"\}|\n[ \t]*\r?\n")
"""What stands between a command and a configuration that is not its own: the end of another, an empty line."""
_BEFORE = 600
"""How many characters before a configuration the command can stand that sends it."""
_MOST = 1_000
"""How many connectors a file may hold."""
_STRINGS = re.compile(r"'[^'\r\n]*'|\"[^\"\r\n]*\"")


def read_texts(document: Document, role: Role) -> FileRead:
    """The facts of a JSON file, or of a script that holds JSON."""
    sites = Sites()
    shell = role.kind == "shell"
    configs = configs_in(document.text, PurePosixPath(document.path).stem, shell=shell)
    jobs = list(jobs_in(document.text, sites) if shell else _jobs(configs, sites))
    return finished(document, role, sites, tuple(jobs), [sites.span(job.whole) for job in jobs])


def jobs_in(text: str, sites: Sites) -> Iterator[Job]:
    """The connectors that the commands of a text make."""
    yield from _jobs(configs_in(text, "", shell=True), sites)
    yield from connectors_in(text, sites, shell=True)


def _jobs(configs: Iterable[Config], sites: Sites) -> Iterator[Job]:
    for config in configs:
        job = job_of(config, sites)
        if job is not None:
            yield job


def finished(document: Document, role: Role, sites: Sites, jobs: tuple[Job, ...], covers: list[Span]) -> FileRead:
    """The facts of a file that holds jobs alone."""

    def in_string(offset: int, sign: str) -> bool:
        line = document.lines.line_span(document.lines.position(offset).line)
        return any(m.start() < offset < m.end() for m in _STRINGS.finditer(document.text, line.start, line.end))

    found = suppressions(document, sites, by_spans(covers), in_string)
    return sites.finish(FileFacts(role.kind, (), found, is_generated(document), jobs=jobs))


def configs_in(text: str, stem: str, *, shell: bool) -> Iterator[Config]:
    """Each configuration of a text, wherever in it the class of a connector is named."""
    end = 0
    for match in islice(_CLASS.finditer(text), _MOST):
        if match.start() < end:
            continue
        brace = enclosing_brace(text, match.start())
        start = brace if brace is not None else match.start() if shell else 0
        found = _config(text, start, stem, shell=shell)
        end = found.whole.end
        yield found


def _config(text: str, start: int, stem: str, *, shell: bool) -> Config:
    settings = read_object(text, start)
    whole = settings
    if _CONFIG.search(text, max(start - 40, 0), start):
        outer = enclosing_brace(text, start)
        whole = read_object(text, outer) if outer is not None else settings
    name = _name(settings, whole)
    quoted = shell and _QUOTED.search(text, max(whole.root.span.start - _BEFORE, 0), whole.root.span.start) is not None
    entries = entries_of(settings.root, shell=shell, quoted=quoted)
    named = entries[CLASS].key_span if CLASS in entries else settings.root.span
    if name is not None:
        called, place = name.value, name.inner
    elif (command := _command(text, start, whole.root.end)) is not None:
        called, place = command.group("name"), Span(*command.span("name"))
    else:
        called, place = ("" if shell else stem), named
    return Config(called, place, whole.root.span, entries, settings.whole and whole.whole)


def _name(*objects: JsonObject) -> Scalar | None:
    for found in objects:
        node = found.root.get("name")
        if isinstance(node, Scalar) and node.value and "$" not in node.value and node.value != "STRING":
            return node
    return None


def _command(text: str, start: int, end: int) -> re.Match[str] | None:
    """The command that sends a configuration and names the connector, before or after it."""
    if after := _AFTER.match(text, end):
        return after
    found = list(_NAMED.finditer(text, max(start - _BEFORE, 0), start))
    return found[-1] if found and not _OTHER.search(text, found[-1].end(), start) else None
