"""What starts a flow or an asset: deployments, schedules and the jobs in between."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tidegate_analyzers.facts import Job
from tidegate_analyzers.graph.index import View

_WHEN = ("cron", "cron_schedule", "schedule", "schedules", "interval", "rrule", "hour_of_day")
MAX_STEPS = 3


class Start(NamedTuple):
    """A deployment or schedule that starts something.

    Attributes:
        path: its file.
        job: the deployment or schedule.
        when: when it does, as it is written; empty if it doesn't say.
    """

    path: str
    job: Job
    when: str


def names_of(job: Job) -> tuple[str, ...]:
    """The names by which a job may be started: its own, and that of its function."""
    function = job.setting("@function")
    return tuple(dict.fromkeys((job.name, str(function.value)) if function is not None else (job.name,)))


def starts(view: View, job: Job, depth: int = 0) -> Iterator[Start]:
    """What starts a job, directly or by way of others."""
    for name in names_of(job):
        for posting in view.find(f"starts:{name}") if name else ():
            facts = view.facts(posting.path)
            if facts is None:
                continue
            other = facts.jobs[posting.number]
            if other.kind != "job":
                yield Start(posting.path, other, _when(other))
            elif depth < MAX_STEPS:
                yield from starts(view, other, depth + 1)


def _when(job: Job) -> str:
    for name in _WHEN:
        value = job.setting(name)
        if value is not None and not (value.known and not value.value):
            return f"{name} {value.text}" if not value.known else _told(name, value.value)
    return ""


def _told(name: str, value: object) -> str:
    """A schedule in words; one in a list by the key it has."""
    if isinstance(value, list):
        parts = [item for item in value if isinstance(item, dict)]
        return ", ".join(f"{key} {item[key]}" for item in parts for key in _WHEN if key in item)
    return f"{name} {value}"
