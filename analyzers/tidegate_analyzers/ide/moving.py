"""What there is to say of what moves data outside of DAGs and dbt: topics, and the jobs between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tidegate_analyzers.facts import BadRecords, Job, Relation
from tidegate_analyzers.graph.contracts import contract_for_relation
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.postings import Posting
from tidegate_analyzers.ide.dataset import Sheet, contract_words, listed
from tidegate_analyzers.ide.lineage import assets, jobs
from tidegate_analyzers.ide.lineage.point import Edge

_SETTINGS = ("retention.ms", "cleanup.policy", "min.insync.replicas")
_OUTCOMES = {
    "dropped": "dropped",
    "nulled": "written on with nulls",
    "stops": "end the stream",
    "fails": "fail the run",
    "swallowed": "passed over",
    "set_aside": "kept",
}


def topic_sheet(view: View, relation: Relation) -> Sheet:
    """A topic: its contract, its settings where the workspace makes it, who writes and who reads it."""
    name = str(relation)
    rows = [
        ("contract", contract_words(contract_for_relation(view, relation), wanted=False)),
        ("written by", _names(view, jobs.written_by(view, relation)) or "nothing here"),
        ("read by", _names(view, jobs.read_by(view, relation)) or "nothing here"),
    ]
    for posting in view.find(f"topic:{name.casefold()}"):
        facts = view.facts(posting.path)
        made = facts.components[posting.number] if facts is not None else None
        if made is not None and made.kind == "topic":
            rows.append(("made in", f"`{posting.path}`"))
            rows += [(key, value.text) for key in _SETTINGS if (value := made.setting(key))]
    return Sheet(name, "topic", "", tuple(rows))


def job_sheet(view: View, path: str, job: Job) -> Sheet:
    """A connector, function, flow or program: what it reads and writes, and what becomes of bad records."""
    reads = [item.relation for item in jobs.inputs(job) if not item.relation.dynamic]
    rows = (
        ("file", f"`{path}`"),
        ("comes of", listed(_once(edge.point.name for edge in assets.made_of(view, path, job)))),
        ("used by", listed(_once(edge.point.name for edge in _users(view, path, job)))),
        ("reads", listed(_once(str(relation) for relation in reads))),
        ("writes", listed(_once(str(relation) for relation in jobs.outputs(view, path, job)))),
        ("bad records", "; ".join(dict.fromkeys(_told(found) for found in job.bad_records))),
        ("checks", listed(_once(gate.engine for gate in job.gates))),
    )
    return Sheet(job.name, f"{job.kind} of {job.engine}", "", rows)


def _users(view: View, path: str, job: Job) -> Iterator[Edge]:
    """What comes of an orchestrator's asset."""
    facts = view.facts(path)
    if job.makes and facts is not None:
        yield from assets.used_by(view, path, facts.jobs.index(job))


def _told(found: BadRecords) -> str:
    where = f" in `{found.to}`" if found.to is not None else ""
    return f"{_OUTCOMES.get(found.outcome, found.outcome)}{where} ({found.by})"


def _names(view: View, found: Iterable[tuple[Posting, int]]) -> str:
    names = []
    for posting, _ in found:
        facts = view.facts(posting.path)
        if facts is not None:
            names.append(jobs.job_name(posting.path, facts.jobs[posting.number]))
    return listed(_once(names))


def _once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
