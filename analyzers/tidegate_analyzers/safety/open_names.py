"""Targets that a variable names: which table it is can't be told, but that it is the same one in every run."""

from __future__ import annotations

import re

from tidegate_analyzers.facts import Dag, Relation
from tidegate_analyzers.graph import tasks
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.tasks import Effect
from tidegate_analyzers.readers.windows import WINDOW
from tidegate_analyzers.safety.clearing import CLEARING
from tidegate_analyzers.safety.guards import AUDIT, REJECTS, STAGING

_VARIABLE = re.compile(r"\{\{ (?P<words>[\w.\[\] '\"-]+) \}\}")
_OF_RUN = re.compile(
    r"(?<![a-z])(?:batch|chunk|date|day|ds|hash|hour|month|nodash|part|partition|random|run|shard|suffix|te?mp|temporary|"
    r"time|timestamp|ts|uuid|week|year)s?(?![a-z])",
    re.I,
)
"""Words of names that are others in every run, or for every piece of it."""


def same_every_run(view: View, path: str, dag: Dag, index: int, effect: Effect) -> bool:
    """Whether a load appends to a table that a setting names, in a DAG that is seen whole and clears nothing.

    The guards that go by the name of a table can't be asked of one whose name isn't known; whatever may clear it, merge
    from it or choose its name keeps this false.
    """
    target = effect.write.target
    if effect.write.mode != "append" or dag.incomplete or not _of_setting(target):
        return False
    if effect.condition or dag.tasks[index].condition:
        return False
    for task in dag.tasks:
        if tasks.unresolved(view, path, task):
            return False
        for other in tasks.effects(view, path, task):
            if other.write.mode in CLEARING or other.write.mode == "call":
                return False
    return True


def _of_setting(target: Relation) -> bool:
    if len(target.parts) < 2:
        return False
    found = _VARIABLE.fullmatch(target.parts[-1].strip())
    words = found["words"] if found is not None else ""
    name = re.sub(r"\W+", ".", ".".join((*target.parts[:-1], words))).strip(".")
    known = words not in ("", "value")  # which stands for an expression of which nothing is known
    return known and not any(pattern.search(name) for pattern in (AUDIT, REJECTS, STAGING, WINDOW, _OF_RUN))
