"""What can be offered where records that can't be read have nowhere to go."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import BadRecords
from tidegate_analyzers.rules.base import Context, Offer


def dead_letters(ctx: Context, number: int, found: BadRecords) -> Iterator[Offer]:
    """The fixes for what becomes of bad records in a job of a file, the best first."""
    job = ctx.facts.jobs[number]
    if found.engine == "kafka-connect" and job.kind == "sink":
        yield Offer("connect.dead-letter", "Add a dead letter topic", False, (ctx.path, str(number)))
    elif found.engine == "kafka-connect":
        yield Offer("connect.log-errors", "Log what is tolerated", False, (ctx.path, str(number)))
