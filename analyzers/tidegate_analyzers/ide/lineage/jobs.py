"""Lineage of programs and connectors: topics and tables they read, and what they write."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from tidegate_analyzers.facts import FileRead, Job, Read, Relation, Site, same_name
from tidegate_analyzers.graph import tasks
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.postings import Posting
from tidegate_analyzers.ide.lineage.point import Edge, Point, made_point
from tidegate_analyzers.text import Span

_MOVES = ("kafka-connect", "flink", "kafka-streams", "bento", "beam")
"""Engines whose jobs do nothing but move data."""


def job_name(path: str, job: Job) -> str:
    """How a job is known: by its own name, else by that of its file."""
    return job.name or PurePosixPath(path).stem


def job_point(view: View, path: str, number: int) -> Point | None:
    """A job, by its number in its file; of what a DAG's tasks do the tasks speak."""
    read = view.graph.files.get(path)
    if read is None or not 0 <= number < len(read.facts.jobs) or read.facts.dags:
        return None
    job = read.facts.jobs[number]
    whole = read.span(job.whole) if job.whole else read.span(job.site)
    return made_point(read, "job", job_name(path, job), path, f"{job.kind} of {job.engine}", read.span(job.site), whole)


def find_job(view: View, path: str, name: str) -> int:
    """The number of the job of a name in a file, or -1."""
    facts = view.facts(path)
    return next((n for n, job in enumerate(facts.jobs if facts else ()) if job_name(path, job) == name), -1)


def topic_point(view: View, name: str) -> Point | None:
    """A topic, which stands where it is written first, else where it is read."""
    for posting, site in _uses(view, name):
        read = view.graph.files.get(posting.path)
        if read is not None:
            span = read.span(site) if site else read.span(read.facts.jobs[posting.number].site)
            return made_point(read, "topic", name, posting.path, "topic", span)
    return None


def _uses(view: View, name: str) -> Iterator[tuple[Posting, Site]]:
    """The jobs that write a topic, and those that read it, each with the place."""
    for found in (written_by(view, topic(name)), read_by(view, topic(name))):
        yield from sorted(found)


def topic(name: str) -> Relation:
    """A topic as a relation."""
    return Relation("topic", (name,))


def written_by(view: View, relation: Relation) -> list[tuple[Posting, Site]]:
    """The jobs that write something, with the places."""
    if relation.dynamic:
        return []
    found: list[tuple[Posting, Site]] = []
    for posting in (*view.find(f"job-write:{relation.name}"), *view.find(f"stream-out:{relation.name}")):
        facts = view.facts(posting.path)
        if facts is None:
            continue
        job = facts.jobs[posting.number]
        made = [
            (write.target, write.site) for write in job.writes if write.mode not in ("call", "delete", "drop", "index")
        ]
        made += [(stream.target, stream.site) for stream in job.streams if stream.target is not None]
        found += [(_of(posting), site) for target, site in made if same_name(target, relation)]
    return list(dict.fromkeys(found))


def read_by(view: View, relation: Relation) -> list[tuple[Posting, Site]]:
    """The jobs that read something, with the places."""
    if relation.dynamic:
        return []
    found: list[tuple[Posting, Site]] = []
    for posting in (*view.find(f"job-read:{relation.name}"), *view.find(f"stream-in:{relation.name}")):
        facts = view.facts(posting.path)
        if facts is not None:
            uses = inputs(facts.jobs[posting.number])
            found += [(_of(posting), read.site) for read in uses if same_name(read.relation, relation)]
    return list(dict.fromkeys(found))


def _of(posting: Posting) -> Posting:
    return posting._replace(inner=0)


def inputs(job: Job) -> list[Read]:
    """What a job reads, once each."""
    return list(dict.fromkeys((*job.reads, *(read for stream in job.streams for read in stream.sources))))


def outputs(view: View, path: str, job: Job) -> list[Relation]:
    """What a job writes, once each, also by the SQL it runs."""
    made = [effect.write.target for effect in tasks.effects(view, path, job) if effect.write.mode not in LEAVES]
    made += [stream.target for stream in job.streams if stream.target is not None]
    return [relation for relation in dict.fromkeys(made) if not relation.dynamic]


LEAVES = frozenset(("call", "delete", "truncate", "drop", "update", "index"))
"""Effects that bring no rows."""


def writers(view: View, relation: Relation) -> Iterator[Edge]:
    """The jobs that write something."""
    for posting, _ in written_by(view, relation):
        point = job_point(view, posting.path, posting.number)
        if point is not None:
            yield Edge(point, (), vague(relation))


def readers(view: View, relation: Relation) -> Iterator[Edge]:
    """The jobs that read something, with the places."""
    for posting, site in read_by(view, relation):
        point = job_point(view, posting.path, posting.number)
        read = view.graph.files.get(posting.path)
        if point is not None and read is not None:
            yield Edge(point, _places(read, site), vague(relation))


def vague(relation: Relation) -> bool:
    """Whether a name alone joins: tables are told apart by their schemas."""
    return relation.kind == "table" and len(relation.parts) == 1


def _places(read: FileRead, site: Site) -> tuple[Span, ...]:
    return (read.span(site),) if site else ()


def reads_of_topic(view: View, path: str, name: str) -> Iterator[Edge]:
    """Who writes a topic."""
    yield from writers(view, topic(name))


def readers_of_topic(view: View, path: str, name: str) -> Iterator[Edge]:
    """Who reads a topic."""
    yield from readers(view, topic(name))


def moving(view: View) -> Iterator[Point]:
    """The jobs that do nothing but move data, the assets of an orchestrator, and every topic."""
    for path, read in view.graph.files.items():
        for number, job in enumerate(read.facts.jobs):
            names = [item.relation for item in inputs(job)] + [write.target for write in job.writes]
            names += [stream.target for stream in job.streams if stream.target is not None]
            topics = [relation for relation in names if relation.kind == "topic" and not relation.dynamic]
            if topics or job.makes or (job.engine in _MOVES and names):
                point = job_point(view, path, number)
                if point is not None:
                    yield point
            for relation in topics:
                found = topic_point(view, str(relation))
                if found is not None:
                    yield found
