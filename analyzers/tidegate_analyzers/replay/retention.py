"""How long what a replay reads is kept, against how far back the interval lies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tidegate_analyzers.facts import Relation, Stage, Value, same_name
from tidegate_analyzers.graph import dbt, tasks
from tidegate_analyzers.graph.contracts import contract_of, described
from tidegate_analyzers.graph.dbt.selected import KINDS as NODES
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.retention import Kept, plain, retentions
from tidegate_analyzers.replay.plan import Interval, Item, Limit
from tidegate_analyzers.replay.things import job_of, node_key, stage_of, task_of, written_by
from tidegate_analyzers.syntax import calendar


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
        kept = list(retentions(view, name, relation, path))
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
    return same_name(plain(relation), plain(own))


def _against(name: str, kept: Kept, interval: Interval, now: int | None, *, plan: bool = False) -> Limit:
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


def _plans(view: View, items: list[Item]) -> Iterator[tuple[str, Kept]]:
    """The windows that replay plans of concerned pipelines and contracts allow."""
    written = [plain(relation) for item in items for relation in written_by(view, item)]
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
    return any(same_name(plain(output), own) for output in outputs for own in written)


def _window(name: str, plan: Value, path: str) -> Iterator[tuple[str, Kept]]:
    window = plan.value.get("window") if isinstance(plan.value, dict) else None
    minutes = calendar.duration(window) if isinstance(window, str) else None
    if minutes is not None:
        yield name, Kept(minutes, str(window), "the window of its replay plan", path, plan.site)
