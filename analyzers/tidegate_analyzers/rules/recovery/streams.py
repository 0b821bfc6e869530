"""What rules about continuous queries have in common."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Job, Stream, Value
from tidegate_analyzers.rules.base import Context

SHOWN = frozenset(("console", "memory", "noop", "rate", "display", "print"))
"""Sinks that keep nothing, for people to look at."""


def streams_in(ctx: Context) -> Iterator[tuple[Job, Stream]]:
    """The queries of a file, each once however many jobs start it."""
    seen: set[int] = set()
    for job in ctx.facts.jobs:
        for stream in job.streams:
            if stream.site not in seen:
                seen.add(stream.site)
                yield job, stream


def known_path(value: Value | None) -> str:
    """A path as far as it is known, `{{ }}` for the rest; empty where nothing is known of how it begins."""
    if value is None:
        return ""
    text = value.value if value.known else value.text
    return text.rstrip("/") if isinstance(text, str) and not text.startswith("{{") else ""


def local_master(ctx: Context) -> bool:
    """Whether the file runs Spark within its own process: a demonstration, or a test."""
    for job in ctx.facts.jobs:
        master = job.setting("spark.master")
        if master is not None and str(master.value or master.text).strip("\"'").startswith("local"):
            return True
    return False


def certain(ctx: Context) -> bool:
    """Whether the file was read by the grammar of a language whose names are followed."""
    return ctx.facts.role != "scala"


def name_of(stream: Stream) -> str:
    """How a message names a query."""
    for setting in stream.settings:
        if setting.name == "queryname" and setting.value.known:
            return f"the query '{setting.value.value}'"
    if stream.target is not None and not stream.target.dynamic:
        return f"the query that writes '{stream.target}'"
    return "the query"
