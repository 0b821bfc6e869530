"""The verdict on what a program or connector writes: flows, assets, resources, scripts, sinks."""

from __future__ import annotations

from tidegate_analyzers.facts import Job, SqlText, Write, same_name
from tidegate_analyzers.graph import tasks
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.postings import write_key
from tidegate_analyzers.graph.tasks import Effect
from tidegate_analyzers.safety import clearing, guards, query, told
from tidegate_analyzers.safety.loads import SETTLED
from tidegate_analyzers.safety.verdict import Chain, Safety, Verdict, verdict


def judge(view: View, path: str, job: Job, effect: Effect) -> Verdict:
    """What a second run of a job does to the target of one of its writes."""
    return view.memo(
        ("job", path, job.site, job.name, effect.path, effect.order), lambda: _judge(view, path, job, effect)
    )


def _judge(view: View, path: str, job: Job, effect: Effect) -> Verdict:
    chain = Chain()
    write = effect.write
    chain.fact(f"{label(job)} writes '{write.target}' ({write.how})", effect.path, write.site)
    if effect.via:
        chain.fact(effect.via, path, job.site)
    if write.mode in SETTLED:
        return verdict(SETTLED[write.mode], chain)
    if guards.set_apart(view, (effect.path, path), chain):
        return verdict(Safety.UNKNOWN, chain)
    if effect.condition and guards.CHOICE.search(effect.condition):
        chain.unknown("G7", f"it runs only if {effect.condition}", effect.path, write.site)
        return verdict(Safety.UNKNOWN, chain)
    text = effect.sql(view)
    settled = (
        guards.unresolved(write, chain, effect.path, same=job.engine == "beam" and job.kind == "pipeline")
        or guards.per_run_target(write.target, chain)
        or guards.of_itself(write, chain)
        or (guards.literal_rows(write, text, chain) if write.rows in ("query", "literals") else None)
    )
    if settled is not None:
        return verdict(settled, chain)
    if guards.streaming(effect.streaming, effect.path, chain):
        return verdict(Safety.UNKNOWN, chain)
    value, everything, clock = Safety.APPEND, not write.windowed, 0
    if write.rows == "query":
        value, everything, clock = query.restrictions(write, effect.path, chain)
        if not value.unsafe:
            return verdict(value, chain)
    limited = not everything or write.rows != "query" or write.mode != "insert"
    settled = (
        query.target_read_before(view, text, write, effect.path, chain, understood=value is Safety.OVERLAP)
        or query.target_read_in_files(view, (effect.path, path), write, chain)
        or clearing.cleared_in_task(tasks.effects(view, path, job), effect, chain, limited=limited)
        or _deleted_elsewhere(view, effect, chain)
        or guards.unique_target(view, write, write.store, chain)
        or (guards.defined_without_key(view, write, effect.path, chain) if write.rows == "parameters" else None)
        or told.declared(view, path, job, effect, chain)
        or guards.declared(view, "", job.name, write.target, chain)
        or guards.staging(view, write.target, chain)
    )
    if settled is not None:
        return verdict(settled, chain)
    if guards.rejects(write.target, chain):
        return verdict(Safety.UNKNOWN, chain)
    if (write.by != "resource" and guards.audit(write.target, chain)) or guards.measurement(view, write, chain):
        return verdict(Safety.UNKNOWN, chain)
    _doubts(job, write, effect, chain)
    return verdict(value, chain, everything=everything, clock=clock)


def _deleted_elsewhere(view: View, effect: Effect, chain: Chain) -> Safety | None:
    """G3: another file deletes from the target, which may well be run before: what starts a program is not known."""
    target = effect.write.target
    key = write_key(target)
    for posting in (*view.find(key), *view.find(f"job-{key}")):
        facts = view.facts(posting.path)
        if posting.path == effect.path or facts is None or posting.kind not in ("sql", "job"):
            continue
        units: tuple[SqlText | Job, ...] = facts.sql if posting.kind == "sql" else facts.jobs
        writes = units[posting.number].writes if posting.number < len(units) else ()
        for write in writes:
            if write.mode in ("delete", "truncate") and same_name(write.target, target):
                chain.unknown("G3", f"{posting.path} deletes from '{target}'", posting.path, write.site)
                return Safety.UNKNOWN
    return None


def label(job: Job) -> str:
    """How a message names a job."""
    return f"'{job.name}'" if job.name else "the script"


def _doubts(job: Job, write: Write, effect: Effect, chain: Chain) -> None:
    if effect.condition:
        chain.doubt(f"it runs only if {effect.condition}", effect.path, write.site)
    if write.target.dynamic:
        chain.doubt(f"part of the name '{write.target}' is not known", effect.path, write.site)
    if "without _id" in write.option:  # of a sink to MongoDB
        chain.doubt("documents that bring an _id along are found by it", effect.path, write.site)
    if job.opaque:
        chain.doubt(f"{label(job)} does more than can be seen here", effect.path, job.site)
