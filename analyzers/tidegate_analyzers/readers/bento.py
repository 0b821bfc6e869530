"""Streams of Bento and Redpanda Connect, both once Benthos: `input`, `pipeline`, `output` in YAML.

https://warpstreamlabs.github.io/bento/docs/configuration/error_handling says what becomes of messages that fail: they go
on, marked as failed, until something catches them, drops them or sends them elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from tidegate_analyzers.facts import BadRecords, FileRead, Job, Read, Relation, Sites, Step, Write
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.readers.yaml_jobs import read_yaml_jobs
from tidegate_analyzers.syntax.yaml import Mapping, Node, Scalar, Sequence, resolved, text_of
from tidegate_analyzers.text import Document, Span

ENGINE = "bento"
_BESIDE = frozenset(("label", "processors", "batching", "description"))
"""Keys beside the name of a plugin."""
_MADE_UP = frozenset(("generate", "inproc", "stdin", "file", "csv", "dynamic", "subprocess"))
"""Inputs whose messages don't come from outside, or are read once, by hand."""
_DELETES = re.compile(r"\s*(?:#[^\n]*\n\s*)*root\s*=\s*deleted\(\)\s*")
_MAPPINGS = ("bloblang", "mapping", "mutation")
_HARMLESS = frozenset((*_MAPPINGS, "log", "metric", "sleep", "noop"))
"""Processors that send a message nowhere."""
_TOPICS = {"kafka": "topics", "kafka_franz": "topics", "redpanda": "topics"}
_TOPIC = {"kafka": "topic", "kafka_franz": "topic", "redpanda": "topic"}


def read_bento(document: Document, role: Role) -> FileRead:
    """The facts of a file that describes a stream; nothing for other YAML with such keys."""
    name = PurePosixPath(document.path).stem

    def jobs_of(roots: list[Mapping], sites: Sites) -> Iterator[Job]:
        found = (_Stream(root, sites).job(name) for root in roots)
        return (job for job in found if job is not None)

    return read_yaml_jobs(document, role, jobs_of)


class _Stream:
    def __init__(self, root: Mapping, sites: Sites) -> None:
        self.root = root
        self.sites = sites

    def job(self, name: str) -> Job | None:
        """The stream as a job, if both its ends are plugins."""
        source, sink = _plugins(self.root.get("input")), _plugins(self.root.get("output"))
        if not source or not sink:
            return None
        outside = all(plugin not in _MADE_UP for plugin, _, _ in source)
        written = tuple(self._writes(sink)) if outside else ()
        return Job(
            name,
            self.sites.add(source[0][1].span),
            ENGINE,
            "pipeline",
            steps=tuple(Step("write", index=number) for number in range(len(written))),
            writes=written,
            reads=tuple(self._reads(source)),
            bad_records=tuple(self._bad_records()) if outside else (),
            whole=self.sites.add(self.root.span),
            continuous=outside,
        )

    def _reads(self, source: list[_Plugin]) -> Iterator[Read]:
        for plugin, _, given in source:
            listed = given.get(_TOPICS.get(plugin, "")) if isinstance(given, Mapping) else None
            for item in listed.items() if isinstance(listed, Sequence) else ():
                if isinstance(item, Scalar) and _is_plain(item.value):
                    yield Read(Relation("topic", (item.value,)), self.sites.add(item.inner))

    def _writes(self, sink: list[_Plugin]) -> Iterator[Write]:
        for plugin, key, given in sink:
            if not isinstance(given, Mapping):
                continue
            topic = given.get(_TOPIC.get(plugin, ""))
            if isinstance(topic, Scalar):
                target = Relation("topic", (topic.value if _is_plain(topic.value) else f"{{{topic.value}}}",))
                why = "a message is sent again when it is not acknowledged, and readers must bear it"
                yield Write("append", target, self.sites.add(topic.inner), opaque=why, by="producer")
            table = given.get("table")
            if plugin == "sql_insert" and isinstance(table, Scalar) and _is_plain(table.value):
                yield self._insert(key, given, table)

    def _insert(self, key: Scalar, given: Mapping, table: Scalar) -> Write:
        suffix = text_of(given.get("suffix")) or ""
        driver = text_of(given.get("driver")) or ""
        target = Relation("table", tuple(table.value.split(".")))
        keyed = re.search(r"on\s+(?:conflict|duplicate)", suffix, re.I) is not None
        return Write(
            "merge" if keyed else "append",
            target,
            self.sites.add(key.span),
            rows="" if keyed else "file",
            opaque=""
            if keyed or driver in ("postgres", "mysql", "sqlite", "mssql")
            else "its engine may drop what it has",
            option=f"sql_insert with {suffix.strip()}" if suffix else "sql_insert has no suffix such as ON CONFLICT",
            by="connector",
            store=driver,
        )

    def _bad_records(self) -> Iterator[BadRecords]:
        caught = list(self._caught(self.root))
        deleted = any(found.outcome == "dropped" for found in caught)
        yield from caught
        for found in self._undelivered(self.root.get("output"), inside_fallback=False):
            # What a processor deletes never comes to an output that would keep it.
            if not (deleted and found.outcome == "set_aside"):
                yield found

    def _caught(self, node: Node | None) -> Iterator[BadRecords]:
        """`catch` processors that delete what failed, or send it somewhere."""
        node = resolved(node) if node is not None else None
        if isinstance(node, Sequence):
            for item in node.items():
                yield from self._caught(item)
        if not isinstance(node, Mapping):
            return
        for key, value in node.items():
            if key.value == "catch" and isinstance(value, Sequence):
                yield from self._catch(value)
            elif key.value != "tests":
                yield from self._caught(value)

    def _catch(self, caught: Sequence) -> Iterator[BadRecords]:
        for item in caught.items():
            for key, value in item.items() if isinstance(item, Mapping) else ():
                if key.value not in _HARMLESS and key.value != "label":
                    yield self._outcome("set_aside", Span(key.start, key.end), f"catch: {key.value}")
                    return
                if key.value in _MAPPINGS and isinstance(value, Scalar) and _DELETES.fullmatch(value.value):
                    yield self._outcome("dropped", Span(key.start, value.end), f"catch: {key.value}: root = deleted()")
                    return

    def _undelivered(self, node: Node | None, *, inside_fallback: bool) -> Iterator[BadRecords]:
        """What becomes of messages that an output doesn't take."""
        node = resolved(node) if node is not None else None
        if isinstance(node, Sequence):
            for item in node.items():
                yield from self._undelivered(item, inside_fallback=inside_fallback)
        if not isinstance(node, Mapping):
            return
        for key, value in node.items():
            if key.value == "fallback" and isinstance(value, Sequence):
                yield from self._fallback(key, value)
            elif key.value == "drop_on" and isinstance(value, Mapping) and not inside_fallback:
                error = value.entry("error")
                if error is not None and (text_of(error[1]) or "").casefold() == "true":
                    yield self._outcome("dropped", Span(error[0].start, error[1].end), "drop_on: error: true")
            elif key.value == "switch" and isinstance(value, Mapping):
                yield from self._switch(value)
            if key.value != "processors":
                yield from self._undelivered(value, inside_fallback=inside_fallback or key.value == "fallback")

    def _fallback(self, key: Scalar, tiers: Sequence) -> Iterator[BadRecords]:
        last = _plugins(tiers.entries[-1]) if tiers.entries else []
        if len(tiers.entries) < 2 or not last:
            return
        plugin, at, _ = last[-1]
        if plugin == "drop":
            yield self._outcome("dropped", at.span, "fallback: drop")
        else:
            yield self._outcome("set_aside", key.span, f"fallback: {plugin}")

    def _switch(self, value: Mapping) -> Iterator[BadRecords]:
        cases = value.get("cases")
        for case in cases.items() if isinstance(cases, Sequence) else ():
            check = text_of(case.get("check")) if isinstance(case, Mapping) else None
            if not isinstance(case, Mapping) or check is None or check.strip() not in ("errored()", "error() != null"):
                continue
            for plugin, at, _ in _plugins(case.get("output")):
                outcome = "dropped" if plugin == "drop" else "set_aside"
                if plugin != "reject":
                    yield self._outcome(outcome, at.span, f"{check.strip()}: {plugin}")

    def _outcome(self, outcome: str, span: Span, by: str) -> BadRecords:
        return BadRecords(outcome, ENGINE, by, self.sites.add(span), outside=True)


_Plugin = tuple[str, Scalar, Node]
"""What a plugin is called, where, and what it is given."""


def _plugins(node: Node | None) -> list[_Plugin]:
    """The plugins of an input or output, those inside of `broker`, `fallback`, `retry` and their like included."""
    node = resolved(node) if node is not None else None
    found: list[_Plugin] = []
    if not isinstance(node, Mapping):
        return found
    named = [(key, value) for key, value in node.items() if key.value not in _BESIDE]
    if len(named) != 1:
        return found
    key, value = named[0]
    inner: list[Node | None] = []
    if isinstance(value, Mapping) and key.value in ("broker", "retry", "drop_on", "switch", "read_until", "batched"):
        listed = value.get("inputs") or value.get("outputs") or value.get("cases")
        items = list(listed.items()) if isinstance(listed, Sequence) else []
        inner = [item.get("output") if isinstance(item, Mapping) and key.value == "switch" else item for item in items]
        inner += [value.get("input"), value.get("output")]
    elif isinstance(value, Sequence) and key.value in ("fallback", "try"):
        inner = list(value.items())
    elif key.value in ("reject_errored", "cache"):
        inner = [value] if isinstance(value, Mapping) and key.value == "reject_errored" else []
    for item in inner:
        found += _plugins(item)
    return found or [(key.value, key, value)]


def _is_plain(text: str) -> bool:
    return bool(text) and "${" not in text
