"""How long what a replay reads is kept, against how far back the interval lies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tidegate_analyzers.facts import Relation, Stage, Value, same_name
from tidegate_analyzers.graph import dbt, tasks
from tidegate_analyzers.graph.contracts import contract_of, described
from tidegate_analyzers.graph.dbt.selected import KINDS as NODES
from tidegate_analyzers.graph.dbt.sources import source_setting
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.replay.plan import Interval, Item, Limit
from tidegate_analyzers.replay.things import job_of, node_key, stage_of, task_of, written_by
from tidegate_analyzers.syntax import calendar


@dataclass(frozen=True, slots=True)
class _Kept:
    """Something that says how long data is kept."""

    minutes: float
    text: str
    words: str
    path: str
    site: int


def limits(view: View, items: Iterable[Item], interval: Interval, today: str) -> Iterator[Limit]:
    """For everything that is read from outside of the replay, how long it is kept; then the windows of replay plans."""
    items = list(items)
    now = calendar.moment(today) if today else None
    written = [relation for item in items for relation in written_by(view, item)]
    seen: set[str] = set()
    for name, relation, path in sources(view, items):
        if name in seen or any(_is_same(relation, own) for own in written):
            continue
        seen.add(name)
        kept = list(_kept(view, name, relation, path))
        for one in kept:
            yield _against(name, one, interval, now)
        if not kept:
            yield Limit(name, "", "unknown", f"nothing says how long '{name}' keeps its data", path)
    for name, one in _plans(view, items):
        yield _against(name, one, interval, now, plan=True)


def _is_same(relation: Relation, own: Relation) -> bool:
    """Whether two names mean the same data; a topic is not the table of its name."""
    if "topic" in (relation.kind, own.kind) and relation.kind != own.kind:
        return False
    return same_name(_plain(relation), _plain(own))


def _against(name: str, kept: _Kept, interval: Interval, now: int | None, *, plan: bool = False) -> Limit:
    """How long something is kept, or may be replayed, against the interval."""
    told = f"{name} allows {kept.text}" if plan else f"'{name}' is kept for {kept.text} ({kept.words})"
    if now is None:
        return Limit(name, kept.text, "unknown", told, kept.path, kept.site)
    first = now - round(kept.minutes)
    if first <= interval.start:
        return Limit(name, kept.text, "enough", told, kept.path, kept.site)
    begins = calendar.written(first - first % calendar.DAY)
    lies = "all of the interval lies" if first >= interval.end else "a part of the interval lies"
    return Limit(
        name, kept.text, "short", f"{told}, which reaches back to {begins}: {lies} before", kept.path, kept.site
    )


def _plain(relation: Relation) -> Relation:
    return Relation("table", relation.parts)


def sources(view: View, items: list[Item]) -> Iterator[tuple[str, Relation, str]]:
    """What the items read that no item writes: a name, the relation, and the file that reads or declares it."""
    inside = set(items)
    for item in items:
        for kind, name, relation, path in _reads(view, item):
            if Item(kind, name, path) not in inside or kind == "table":
                yield name, relation, path


def _reads(view: View, item: Item) -> Iterator[tuple[str, str, Relation, str]]:
    if item.kind in NODES and (key := node_key(view, item)) is not None and (node := dbt.node_of(view, key)):
        for ref in node.refs:
            found = dbt.resolve_ref(view, item.path, ref).source if ref.function == "source" else None
            table = dbt.source_of(view, found) if found is not None else None
            if found is not None and table is not None:
                yield "source", f"{table.source}.{table.name}", table.relation, found.path
    elif item.kind == "task" and (task := task_of(view, item)) is not None:
        yield from (("table", str(r.relation), r.relation, item.path) for r in task[2].reads)
        for path, number in tasks.texts(view, item.path, task[2]):
            facts = view.facts(path)
            for read in facts.sql[number].reads if facts is not None else ():
                if not read.relation.dynamic and read.relation.kind == "table":
                    yield "table", str(read.relation), read.relation, path
    elif item.kind == "job" and (job := job_of(view, item)) is not None:
        found_reads = [*job.reads, *(read for stream in job.streams for read in stream.sources)]
        yield from (("table", str(r.relation), r.relation, item.path) for r in found_reads if not r.relation.dynamic)
    elif item.kind == "stage" and (stage := stage_of(view, item)) is not None:
        yield from (("table", str(r.relation), r.relation, item.path) for r in stage.inputs)


def _kept(view: View, name: str, relation: Relation, path: str) -> Iterator[_Kept]:
    """Everything in the workspace that says how long a dataset is kept."""
    for posting, _ in described(view, relation.name, relation.parts):
        contract = contract_of(view, posting)
        for sla in contract.slas if contract is not None else ():
            minutes = calendar.minutes_of(sla.value.value, sla.unit) if sla.property in ("retention", "re") else None
            if minutes is not None:
                text = calendar.duration_text(minutes)
                yield _Kept(minutes, text, "by its contract", posting.path, sla.site)
    for posting in view.find("pipelines:any"):
        facts = view.facts(posting.path)
        for source in facts.pipelines[posting.number].sources if facts is not None else ():
            value = source.block("retention")
            if any(same_name(_plain(read.relation), _plain(relation)) for read in source.outputs):
                yield from _of_text(value, "by the pipeline specification", posting.path)
    yield from _topics(view, relation)
    facts = view.facts(path)
    for table in facts.sources if facts is not None else ():
        if f"{table.source}.{table.name}" == name:
            meta = source_setting(view, path, table, "meta")
            given = meta.value.value if meta is not None and isinstance(meta.value.value, dict) else {}
            if isinstance(given.get("retention"), str) and meta is not None:
                value = Value(True, given["retention"], (), "", meta.value.site)
                yield from _of_text(value, "by meta.retention", path)


def _topics(view: View, relation: Relation) -> Iterator[_Kept]:
    """The topics of a name that the workspace sets up, unless they are compacted, which keeps the last of each key."""
    for posting in view.find(f"topic:{relation.name}"):
        facts = view.facts(posting.path)
        topic = facts.components[posting.number] if facts is not None else None
        kept = topic.setting("retention.ms") if topic is not None else None
        policy = topic.setting("cleanup.policy") if topic is not None else None
        if kept is None or not kept.known or (policy is not None and "compact" in str(policy.value)):
            continue
        digits = str(kept.value).replace("_", "")
        if digits.isdecimal():
            minutes = int(digits) / 60_000
            yield _Kept(minutes, calendar.duration_text(minutes), "retention.ms of the topic", posting.path, kept.site)


def _of_text(value: Value | None, words: str, path: str) -> Iterator[_Kept]:
    minutes = calendar.duration(value.value) if value is not None and isinstance(value.value, str) else None
    if minutes is not None and value is not None:
        yield _Kept(minutes, str(value.value), words, path, value.site)


def _plans(view: View, items: list[Item]) -> Iterator[tuple[str, _Kept]]:
    """The windows that replay plans of concerned pipelines and contracts allow."""
    written = [_plain(relation) for item in items for relation in written_by(view, item)]
    names = sorted({item.name for item in items if item.kind in NODES})
    for posting in view.find("pipelines:any"):
        facts = view.facts(posting.path)
        pipeline = facts.pipelines[posting.number] if facts is not None else None
        if pipeline is None or not _concerns(pipeline.id, posting.path, pipeline.stages, items, written):
            continue
        plan = pipeline.block("replay")
        if plan is not None:
            yield from _window(f"the replay plan of the pipeline '{pipeline.id}'", plan, posting.path)
    data = [(relation.name, relation.parts) for relation in written] + [(name.casefold(), (name,)) for name in names]
    for name, parts in data:
        for posting, _ in described(view, name, parts):
            contract = contract_of(view, posting)
            plan = contract.extension("replay") if contract is not None else None
            if contract is not None and plan is not None:
                yield from _window(
                    f"the replay plan of the contract '{contract.name or contract.id}'", plan, posting.path
                )


def _concerns(pipeline: str, path: str, stages: Iterable[Stage], items: list[Item], written: list[Relation]) -> bool:
    if any(item.kind == "stage" and item.path == path and item.name.startswith(f"{pipeline}.") for item in items):
        return True
    outputs = [read.relation for stage in stages for read in stage.outputs]
    return any(same_name(_plain(output), own) for output in outputs for own in written)


def _window(name: str, plan: Value, path: str) -> Iterator[tuple[str, _Kept]]:
    window = plan.value.get("window") if isinstance(plan.value, dict) else None
    minutes = calendar.duration(window) if isinstance(window, str) else None
    if minutes is not None:
        yield name, _Kept(minutes, str(window), "the window of its replay plan", path, plan.site)
