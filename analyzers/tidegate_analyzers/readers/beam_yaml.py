"""Pipelines of Beam YAML: `pipeline:` with `transforms:`, also where Jinja stands in the file.

https://beam.apache.org/documentation/sdks/yaml-errors/: a transform with `error_handling` gives what fails to an output of
its own, which must be used. Without it an element that fails ends a batch pipeline; a streaming one tries it for ever.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from tidegate_analyzers.facts import BadRecords, FileFacts, FileRead, Job, Read, Relation, Sites, Step, Write
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.readers.problems import syntax_problems
from tidegate_analyzers.readers.suppressions import is_generated, suppressions
from tidegate_analyzers.readers.yaml_cover import yaml_cover, yaml_strings
from tidegate_analyzers.syntax.yaml import Mapping, Node, Scalar, Sequence, parse_yaml, text_of
from tidegate_analyzers.text import Document, Span

ENGINE = "beam"
_TAG = re.compile(r"\{%.*?%\}|\{#.*?#\}", re.S)
_EXPRESSION = re.compile(r"\{\{.*?\}\}", re.S)
_DEFAULT = re.compile(r"\{\{[^{}]*\|\s*default\(\s*['\"](\w+)['\"]\s*\)\s*\}\}")
_ENDLESS = ("ReadFromKafka", "ReadFromPubSub", "ReadFromPubSubLite")
_PARSED = frozenset(("JSON", "AVRO", "PROTO", "PROTOBUF"))
"""Formats of messages that may not be what is expected."""
_INSERTS = ("WriteToJdbc", "WriteToPostgres", "WriteToMySql", "WriteToSqlServer", "WriteToOracle")
_APPENDING = ("WriteToIceberg",)


def read_beam(document: Document, role: Role) -> FileRead:
    """The facts of a pipeline; in a file that is a template, what Jinja puts in is unknown."""
    text = document.text
    templated = "{{" in text or "{%" in text
    plain = _EXPRESSION.sub(_filled, _TAG.sub(_blank, text)) if templated else text
    file = parse_yaml(plain)
    sites = Sites()
    name = PurePosixPath(document.path).stem
    roots = [root for root in file.documents if isinstance(root, Mapping)]
    jobs = tuple(job for root in roots if (job := _Pipeline(root, text, sites).job(name)) is not None)
    return sites.finish(
        FileFacts(
            role.kind,
            tuple(syntax_problems(file.problems, sites)) if jobs and not templated else (),
            suppressions(document, sites, yaml_cover(file), yaml_strings(file)),
            is_generated(document),
            jobs=jobs,
        )
    )


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\r\n]", " ", match.group())


def _filled(match: re.Match[str]) -> str:
    """A word of the same length in the place of an expression, so that every position stays."""
    return re.sub(r"[^\r\n]", "_", match.group())


class _Pipeline:
    def __init__(self, root: Mapping, text: str, sites: Sites) -> None:
        self.root = root
        self.text = text
        self.sites = sites

    def job(self, name: str) -> Job | None:
        """The pipeline as a job, if the document describes one."""
        pipeline, options = self.root.get("pipeline"), self.root.get("options")
        if not isinstance(pipeline, Mapping):
            return None
        transforms = list(_transforms(pipeline))
        if not transforms:
            return None
        streaming = isinstance(options, Mapping) and (text_of(options.get("streaming")) or "").casefold() == "true"
        batch = not isinstance(options, Mapping) or (self._said(options, "streaming") or "false").casefold() == "false"
        endless = any(kind.value in _ENDLESS for kind, _ in transforms)
        writes = tuple(self._writes(transforms)) if batch and not endless else ()
        return Job(
            name,
            self.sites.add(transforms[0][0].span),
            ENGINE,
            "pipeline",
            steps=tuple(Step("write", index=number) for number in range(len(writes))),
            writes=writes,
            reads=tuple(self._reads(transforms)),
            bad_records=tuple(self._bad_records(transforms, streaming=streaming)),
            whole=self.sites.add(self.root.span),
            continuous=streaming or endless,
        )

    def _said(self, config: Node | None, key: str) -> str | None:
        """What a setting says, `None` if Jinja puts it in; the default of the expression where it has one."""
        node = config.get(key) if isinstance(config, Mapping) else None
        if not isinstance(node, Scalar):
            return ""
        written = self.text[node.start : node.end]
        if default := _DEFAULT.fullmatch(written):
            return default.group(1)
        return None if "{{" in written or "{%" in written else node.value

    def _bad_records(self, transforms: list[_Transform], *, streaming: bool) -> Iterator[BadRecords]:
        for kind, transform in transforms:
            config = transform.get("config")
            handling = config.entry("error_handling") if isinstance(config, Mapping) else None
            if handling is not None and isinstance(handling[1], Mapping):
                output = text_of(handling[1].get("output")) or ""
                place = Span(handling[0].start, handling[1].end)
                by = f"error_handling: output: {output}"
                yield BadRecords("set_aside", ENGINE, by, self.sites.add(place), kind.value in _ENDLESS)
            elif streaming and kind.value in _ENDLESS:
                form = self._said(config, "format")
                if form is None and self._has_schema(config):
                    form = "what a schema describes"
                if form is not None and (form.upper() in _PARSED or " " in form):
                    by = f"{kind.value} reads {form} without error_handling"
                    note = "a message that it can't read is tried again without end"
                    yield BadRecords("stops", ENGINE, by, self.sites.add(kind.span), outside=True, note=note)

    def _has_schema(self, config: Node | None) -> bool:
        """Whether a schema is always given, which only formats take that are parsed."""
        entry = config.entry("schema") if isinstance(config, Mapping) else None
        return entry is not None and config is not None and "{%" not in self.text[config.start : entry[1].end]

    def _reads(self, transforms: list[_Transform]) -> Iterator[Read]:
        for kind, transform in transforms:
            config = transform.get("config")
            for key in ("topic", "subscription", "table") if kind.value.startswith("ReadFrom") else ():
                node = config.get(key) if isinstance(config, Mapping) else None
                if isinstance(node, Scalar) and (said := self._said(config, key)):
                    kept = ("table", tuple(said.replace(":", ".").split("."))) if key == "table" else ("topic", (said,))
                    yield Read(Relation(*kept), self.sites.add(node.inner))

    def _writes(self, transforms: list[_Transform]) -> Iterator[Write]:
        for kind, transform in transforms:
            config = transform.get("config")
            mode, option, site = self._way(kind, config)
            if not mode or ".errors" in (text_of(transform.get("input")) or ""):
                continue  # what failed is a log
            table = self._said(config, "table") or self._said(config, "location")
            parts = tuple(table.replace(":", ".").split(".")) if table else ("{table}",)
            rows = "file" if mode == "append" else ""
            yield Write(mode, Relation("table", parts), self.sites.add(site), rows=rows, option=option)

    def _way(self, kind: Scalar, config: Node | None) -> tuple[str, str, Span]:
        """How a transform writes: the mode, the words for it and where they stand; nothing where it isn't known."""
        if kind.value == "WriteToBigQuery" and isinstance(config, Mapping):
            entry = config.entry("write_disposition")
            said = self._said(config, "write_disposition")
            if entry is None or not said:
                return "", "", kind.span
            modes = {"WRITE_APPEND": "append", "WRITE_TRUNCATE": "replace"}
            return modes.get(said, ""), said, entry[1].span
        if kind.value in _INSERTS and isinstance(config, Mapping) and config.get("query") is None:
            return "append", f"{kind.value} inserts", kind.span
        return ("append", f"{kind.value} adds rows", kind.span) if kind.value in _APPENDING else ("", "", kind.span)


_Transform = tuple[Scalar, Mapping]
"""The type of a transform, and all of it."""


def _transforms(node: Mapping, depth: int = 0) -> Iterator[_Transform]:
    """The transforms of a pipeline, those inside of others included."""
    parts = [node.get("source"), *_items(node.get("transforms")), node.get("sink")]
    for part in parts if depth < 10 else ():
        if isinstance(part, Mapping):
            kind = part.get("type")
            if isinstance(kind, Scalar) and kind.value not in ("chain", "composite"):
                yield kind, part
            yield from _transforms(part, depth + 1)


def _items(node: Node | None) -> Iterator[Node]:
    return node.items() if isinstance(node, Sequence) else iter(())
