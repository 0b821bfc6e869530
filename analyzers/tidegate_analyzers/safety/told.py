"""The guard G12 where people tell how a load is written, in a comment or in the configuration."""

from __future__ import annotations

from tidegate_analyzers.facts import Job, Task
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.tasks import Effect
from tidegate_analyzers.graph.told import by_whom, told_of_unit, told_of_write
from tidegate_analyzers.safety.verdict import Chain, Safety


def declared(view: View, path: str, unit: Task | Job, effect: Effect, chain: Chain) -> Safety | None:
    """G12: somebody tells that the load matches rows by key, or that a second run changes nothing."""
    for where, fact in (*told_of_write(view, effect.path, effect.write), *told_of_unit(view, path, unit)):
        why = f": {fact.reason}" if fact.reason else ""
        if fact.kind == "upserts" and fact.values:
            words = f"{by_whom(fact)} says that rows of '{effect.write.target}' are matched by {', '.join(fact.values)}"
            chain.held("G12", words + why, where, fact.site)
            return Safety.KEYED
        if fact.kind == "idempotent":
            words = f"{by_whom(fact)} says that a second run leaves '{effect.write.target}' as it is"
            chain.held("G12", words + why, where, fact.site)
            return Safety.DECLARED
    return None
