"""The places where pipelines keep invalid records, as their specifications declare them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tidegate_analyzers.facts import Pipeline, Value
from tidegate_analyzers.rules.base import Context


class Kept(NamedTuple):
    """A quarantine block with a location.

    Attributes:
        pipeline: the pipeline it belongs to.
        label: how a message names what it belongs to.
        block: the block, as it is written.
        value: what it says.
        where: the file and the numbers of the pipeline and stage, for fixes; -1 for the pipeline as a whole.
    """

    pipeline: Pipeline
    label: str
    block: Value
    value: dict[str, object]
    where: tuple[str, str, str]


def kept(ctx: Context) -> Iterator[Kept]:
    """Every quarantine of the file's pipelines that keeps records somewhere."""
    for number, pipeline in enumerate(ctx.facts.pipelines):
        blocks = [(-1, "the pipeline", pipeline.block("quarantine"))]
        blocks += [(i, f"the stage '{stage.id}'", stage.block("quarantine")) for i, stage in enumerate(pipeline.stages)]
        for index, label, block in blocks:
            value = block.value if block is not None and block.known else None
            if block is None or not isinstance(value, dict) or not value.get("location"):
                continue
            if value.get("action") not in ("fail", "reject"):
                yield Kept(pipeline, label, block, value, (ctx.path, str(number), str(index)))
