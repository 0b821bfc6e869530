"""Loads that take their rows from a queue: what was read is removed or marked, and a second run meets none of it."""

from __future__ import annotations

from tidegate_analyzers.facts import Dag, Relation, SqlText, same_name
from tidegate_analyzers.graph import tasks
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.tasks import Effect
from tidegate_analyzers.safety import guards
from tidegate_analyzers.safety.verdict import Chain, Safety

_TAKING = frozenset(("delete", "truncate", "drop", "update", "swap"))


def used_up(
    view: View, path: str, dag: Dag, index: int, effect: Effect, text: SqlText | None, chain: Chain
) -> Safety | None:
    """G3: a later statement or task removes or marks the rows of a source, and nothing before fills it anew."""
    if text is None:
        return None
    own = tasks.effects(view, path, dag.tasks[index])
    sources = [read.relation for read in text.reads if not same_name(read.relation, effect.write.target)]
    before = [other for other in own if other.order < effect.order]
    after = [other for other in own if other.order > effect.order]
    upstream = list(tasks.upstream(dag, index))
    for _, task in upstream:
        before += tasks.effects(view, path, task)
    near = {index, *(number for number, _ in upstream)}
    for number, task in enumerate(dag.tasks):
        if number not in near and any(at == index for at, _ in tasks.upstream(dag, number)):
            after += tasks.effects(view, path, task)
    for source in sources:
        taken = next((other for other in after if other.write.mode in _TAKING and _is(other, source)), None)
        if taken is not None and not any(_is(other, source) for other in before):
            chain.unknown(
                "G3",
                f"what it reads of '{source}' is removed or marked afterwards, so a second run may find none of it",
                taken.path,
                taken.write.site,
            )
            return Safety.UNKNOWN
    return None


def of_the_run(view: View, path: str, dag: Dag, index: int, effect: Effect, text: SqlText | None, chain: Chain) -> bool:
    """Whether a source may hold no more than the run's own rows: a staging table, or one that is filled just before."""
    if text is None:
        return False
    before = [other for other in tasks.effects(view, path, dag.tasks[index]) if other.order < effect.order]
    for _, task in tasks.upstream(dag, index):
        before += tasks.effects(view, path, task)
    for read in text.reads:
        if same_name(read.relation, effect.write.target):
            continue
        named = any(guards.STAGING.search(part) or guards.TRANSIENT.search(part) for part in read.relation.parts)
        filled = next((other for other in before if _is(other, read.relation)), None)
        if named or filled is not None:
            chain.fact(f"'{read.relation}' may hold no more than the rows of the run", effect.path, read.site)
            return True
    return False


def _is(effect: Effect, relation: Relation) -> bool:
    return same_name(effect.write.target, relation)
