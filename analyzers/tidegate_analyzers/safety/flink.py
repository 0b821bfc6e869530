"""Flink programs across files: environments, sources and sinks that another class makes, clusters that run one program."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Job, Setting, Site, Stream
from tidegate_analyzers.graph.index import View

MAKES = "@makes:"
"""How the setting begins that tells what a method of a class makes for others."""


def source(view: View, job: Job, stream: Stream) -> tuple[str, ...]:
    """The connectors a stream reads, those that another class makes included."""
    settings = [setting for setting in stream.settings if setting.name == "@source"]
    return tuple(name for setting in settings if (name := _connector(view, job, setting, "source")))


def sink(view: View, job: Job, stream: Stream) -> str:
    """The connector a stream writes to, if need be that which another class makes; empty if it isn't known."""
    made = next((setting for setting in stream.settings if setting.name == "@sink"), None)
    return stream.sink or (_connector(view, job, made, "sink") if made is not None else "")


def environments(job: Job) -> Iterator[tuple[str, Site]]:
    """The methods of a class that make an environment for others, with the place where it is made."""
    for setting in job.settings:
        if setting.name.startswith(MAKES) and setting.value.value == "environment":
            yield f"{job.name}.{setting.name.removeprefix(MAKES)}", setting.site


def users(view: View, job: Job, method: str) -> Iterator[tuple[str, Job]]:
    """The programs of the same module whose environment a method makes."""
    for posting in view.find(f"environment:{method}"):
        facts = view.facts(posting.path)
        if facts is not None and _module(facts.jobs[posting.number]) == _module(job):
            yield posting.path, facts.jobs[posting.number]


def runs_another(view: View, place: str, cluster: Job, path: str, job: Job) -> bool:
    """Whether a deployment, which stands at some place, runs one program, and it is another one of the workspace."""
    if cluster.setting("@beside") is not None:
        return not path.startswith(place.rpartition("/")[0])
    entry, jar = cluster.setting("@entryClass"), cluster.setting("@jarURI")
    if entry is not None:
        return entry.value != job.name and bool(view.find(f"job:{entry.value}"))
    return jar is not None and jar.value != _module(job) and bool(view.find(f"module:{jar.value}"))


def _connector(view: View, job: Job, setting: Setting, kind: str) -> str:
    if setting.value.known:
        return str(setting.value.value or "")
    found: set[str] = set()
    for made in setting.value.text.split():
        name, _, method = made.rpartition(".")
        for posting in view.find(f"job:{name}"):
            facts = view.facts(posting.path)
            other = facts.jobs[posting.number] if facts is not None else None
            said = other.setting(f"{MAKES}{method}") if other is not None and _module(other) == _module(job) else None
            if said is not None and str(said.value).startswith(f"{kind} "):
                found.add(str(said.value).removeprefix(f"{kind} "))
    return found.pop() if len(found) == 1 else ""


def _module(job: Job) -> object:
    said = job.setting("@module")
    return said.value if said is not None else None
