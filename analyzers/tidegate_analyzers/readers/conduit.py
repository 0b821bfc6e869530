"""Pipelines of Conduit: `version: 2.x`, `pipelines:` with connectors and a dead letter queue.

https://conduit.io/docs/using/other-features/dead-letter-queue: without one of its own a pipeline writes the first record
that is refused to the log and stops, which is an answer.
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import BadRecords, FileRead, Job, Sites
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.readers.yaml_jobs import read_yaml_jobs
from tidegate_analyzers.syntax.yaml import Mapping, Scalar, Sequence, text_of
from tidegate_analyzers.text import Document, Span

ENGINE = "conduit"


def read_conduit(document: Document, role: Role) -> FileRead:
    """The facts of a file of pipelines; nothing for other YAML with such keys."""
    return read_yaml_jobs(document, role, lambda roots, sites: (job for root in roots for job in _jobs(root, sites)))


def _jobs(root: Mapping, sites: Sites) -> Iterator[Job]:
    listed = root.get("pipelines")
    for pipeline in listed.items() if isinstance(listed, Sequence) else ():
        connectors = pipeline.get("connectors") if isinstance(pipeline, Mapping) else None
        if not isinstance(pipeline, Mapping) or not isinstance(connectors, Sequence):
            continue
        plugins = [text_of(item.get("plugin")) for item in connectors.items() if isinstance(item, Mapping)]
        name = pipeline.get("id")
        if not any(plugins) or not isinstance(name, Scalar):
            continue
        yield Job(
            name.value,
            sites.add(name.inner),
            ENGINE,
            "pipeline",
            bad_records=tuple(_bad_records(pipeline, sites)),
            whole=sites.add(pipeline.span),
            continuous=True,
        )


def _bad_records(pipeline: Mapping, sites: Sites) -> Iterator[BadRecords]:
    entry = pipeline.entry("dead-letter-queue")
    if entry is None or not isinstance(entry[1], Mapping):
        return
    key, queue = entry
    assert isinstance(queue, Mapping)
    plugin = text_of(queue.get("plugin")) or "builtin:log"
    window = queue.entry("window-size")
    if plugin not in ("builtin:log", "log"):
        yield BadRecords("set_aside", ENGINE, f"dead-letter-queue: {plugin}", sites.add(key.span), outside=True)
    elif window is not None and text_of(window[1]) == "0":
        place = sites.add(Span(window[0].start, window[1].end))
        note = "the log is the only trace of them"
        yield BadRecords("dropped", ENGINE, "dead-letter-queue: window-size: 0", place, outside=True, note=note)
