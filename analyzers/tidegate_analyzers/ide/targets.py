"""What stands at an offset: the facts of a file by their places."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tidegate_analyzers.facts import FileRead, Job, NodeRef, Read, Site
from tidegate_analyzers.text import Span


@dataclass(frozen=True, slots=True)
class Target:
    """Something with a place.

    Attributes:
        kind: `ref`, `macro`, `model`, `source`, `dataset`, `contract`, `object`, `step`, `dag`, `task`,
            `dag-reference`, `stage`, `run`, `exposure`, `job`, `topic` or `asset` (of an orchestrator).
        span: where it stands.
        value: the fact itself.
        owner: the number of the fact's holder in its file.
    """

    kind: str
    span: Span
    value: Any
    owner: int = -1


def target_at(read: FileRead, offset: int) -> Target | None:
    """The innermost thing at an offset."""
    found = [target for target in targets(read) if target.span.contains(offset)]
    return min(found, key=lambda target: target.span.end - target.span.start, default=None)


def targets(read: FileRead) -> Iterator[Target]:
    """Everything in a file that has a place of its own."""
    facts = read.facts
    for i, node in enumerate(facts.nodes):
        for ref in node.refs:
            yield from _ref(read, ref)
        for use in node.macros:
            yield Target("macro", read.span(use.site), use)
        if node.site and node.kind in ("model", "snapshot"):
            yield Target("model", read.span(node.site), node.name, i)
    for ref in facts.refs:
        yield from _ref(read, ref)
    for exposure in facts.exposures:
        for ref in exposure.refs:
            yield from _ref(read, ref)
        yield Target("exposure", read.span(exposure.site), exposure)
    for entry in facts.properties:
        yield Target("model" if entry.kind != "macro" else "macro-name", read.span(entry.site), entry.name)
    for i, table in enumerate(facts.sources):
        yield Target("source", read.span(table.site), table, i)
    yield from _orchestration(read)
    yield from _specifications(read)


def _ref(read: FileRead, ref: NodeRef) -> Iterator[Target]:
    spans = [read.span(site) for site in ref.sites]
    if spans:
        yield Target("ref", Span(spans[0].start, spans[-1].end), ref)
    yield Target("ref", read.span(ref.site), ref)


def _orchestration(read: FileRead) -> Iterator[Target]:
    for i, dag in enumerate(read.facts.dags):
        yield Target("dag", read.span(dag.site), dag, i)
        for reference in dag.references:
            if reference.relation.kind == "dag":
                yield Target("dag-reference", read.span(reference.site), reference.relation.parts[0])
            elif reference.relation.kind == "asset":
                yield Target("dataset", read.span(reference.site), reference.relation)
        for task in dag.tasks:
            yield Target("task", read.span(task.site), task, i)
            for step in task.steps:
                if step.kind in ("file", "stem", "import"):
                    yield Target("step", read.span(step.site), step)
            for asset in (*task.outlets, *task.inlets):
                yield Target("dataset", read.span(asset.site), asset.relation)
    for i, job in enumerate(read.facts.jobs):
        yield from _of_job(read, job, i)
    for text in read.facts.sql:
        yield from _datasets(read, text.reads)
        for write in text.writes:
            if write.mode != "call":
                yield Target("dataset", read.span(write.site), write.target)


def _of_job(read: FileRead, job: Job, number: int) -> Iterator[Target]:
    if job.name:
        yield Target("job", read.span(job.site), job, number)
    uses = [(item.relation, item.site) for item in job.reads]
    uses += [(write.target, write.site) for write in job.writes]
    for stream in job.streams:
        uses += [(item.relation, item.site) for item in stream.sources]
        uses += [(stream.target, stream.site)] if stream.target is not None else []
    for relation, site in uses:
        if site and not relation.dynamic:
            yield Target("topic" if relation.kind == "topic" else "dataset", read.span(site), relation, number)
    for item in job.comes_of:
        yield Target("asset", read.span(item.site), item.relation, number)


def _datasets(read: FileRead, reads: tuple[Read, ...]) -> Iterator[Target]:
    for item in reads:
        if item.site:
            yield Target("dataset", read.span(item.site), item.relation)


def _specifications(read: FileRead) -> Iterator[Target]:
    for i, contract in enumerate(read.facts.contracts):
        for obj in contract.objects:
            yield Target("object", read.span(obj.site), obj, i)
    for i, pipeline in enumerate(read.facts.pipelines):
        for end in (*pipeline.sources, *pipeline.targets, *pipeline.stages):
            yield from _datasets(read, (*end.inputs, *end.outputs))
            agreement = end.block("contract")
            if agreement is not None and agreement.site:
                yield Target("contract", read.span(agreement.site), agreement)
            run = end.block("run")
            if run is not None:
                yield Target("run", read.span(run.site), run.value, i)
        for stage in pipeline.stages:
            yield Target("stage", read.span(stage.site), stage, i)


def place_of(read: FileRead | None, site: Site) -> Span:
    """The span of a site in a file that may be gone."""
    return read.span(site) if read is not None else Span(0, 0)
