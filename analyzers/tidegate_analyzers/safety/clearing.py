"""The guard G3: something else deletes, merges or replaces what a load writes."""

from __future__ import annotations

import re

from tidegate_analyzers.facts import Dag, Relation, Task, Write, same_name
from tidegate_analyzers.graph import tasks
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.tasks import Effect
from tidegate_analyzers.readers.airflow.operators import CLEARS
from tidegate_analyzers.safety.verdict import Chain, Safety

CLEARING = frozenset(("delete", "truncate", "drop", "replace", "overwrite_partition", "merge", "swap", "update"))
_OF_ANOTHER = re.compile(r"\b(?:table|target|relation)(?:_?name)?\s*=\s*[frb]{0,2}[\"'][^\"']*[A-Za-z_]\w*[`\]]?[\"']")
_WHOLE = frozenset(("truncate", "drop", "replace", "swap"))

AS_TOLD = ", as it is told here"
"""Behind what no code shows, but a comment or the configuration says."""


def cleared_in_task(effects: list[Effect], effect: Effect, chain: Chain, *, limited: bool) -> Safety | None:
    """G3 (a, b, d): another statement of the same task deletes, truncates, merges or swaps the target.

    Args:
        effects: the writes of the task.
        effect: the load.
        chain: takes the evidence.
        limited: whether the rows the load adds are limited, so that deleting a window may cover them.
    """
    target = effect.write.target
    for other in effects:
        if other is effect or other.order == effect.order:
            continue
        write = other.write
        if not limited and _is_window(write) and same_name(write.target, target):
            words = f"the same task deletes only the rows of a window ({write.partition})"
            chain.deletes_part(words, write.partition, other.path, write.site)
            continue
        if write.mode == "drop" and write.target.kind == target.kind == "path" and write.target != target:
            removed = str(write.target)
            if removed.startswith(f"{target}/"):
                chain.held("G3", f"the same task removes '{removed}'", other.path, write.site)
                return Safety.PARTITION
            if removed.startswith("{{"):
                chain.unknown("G3", f"the same task removes files, '{removed}'", other.path, write.site)
                return Safety.UNKNOWN
        if write.mode in CLEARING and same_name(write.target, target):
            verb = {
                "delete": "deletes from",
                "truncate": "truncates",
                "drop": "drops",
                "replace": "replaces",
                "merge": "merges into",
                "swap": "swaps",
                "update": "updates",
                "overwrite_partition": "overwrites part of",
            }[write.mode]
            chain.held(
                "G3",
                f"the same task {verb} '{target}'"
                + (f" ({write.partition})" if write.partition else "")
                + (AS_TOLD if write.option == "told" else ""),
                other.path,
                write.site,
            )
            return Safety.REPLACE if write.mode in _WHOLE or write.whole else Safety.PARTITION
        if write.mode == "create" and write.rows == "query" and same_name(write.target, target):
            chain.held("G3", f"the same task creates '{target}' first", other.path, write.site)
            return Safety.REPLACE
        if write.mode == "call" and _names(str(write.target), target):
            chain.unknown("G3", f"{write.opaque}, and it names '{target.name}'", other.path, write.site)
            return Safety.UNKNOWN
        if write.mode == "call" and (not write.target.parts or _may_clear(write)):
            chain.unknown("G3", f"{write.opaque}, in the same task", other.path, write.site)
            return Safety.UNKNOWN
    chain.failed("G3", f"no other statement of the task clears {'all of ' if chain.deleted else ''}'{target}'")
    return None


def _may_clear(write: Write) -> bool:
    """Whether a call that is named for clearing may clear any table: not if an argument says which, which is another."""
    return bool(CLEARS.search(write.opaque)) and not _OF_ANOTHER.search(str(write.target))


def cleared_by_tasks(
    view: View, path: str, dag: Dag, index: int, target: Relation, chain: Chain, *, limited: bool
) -> Safety | None:
    """G3 (c, e, f): a task that runs before deletes the target, its files, or loads it anew."""
    before = list(tasks.upstream(dag, index))
    near = {index, *(number for number, _ in before)}
    others = [(number, task) for number, task in enumerate(dag.tasks) if number not in near]
    later = [number for number, _ in others if any(at == index for at, _ in tasks.upstream(dag, number))]
    beside = [task for number, task in others if number not in later and not dag.incomplete]
    racing = [task for task in beside if _replaces(view, path, task, target)] if not _chosen(before) else []
    for _, task in before:
        tried = Chain()
        settled = _clears(view, path, task, target, tried, "before it", limited=limited)
        if settled is Safety.UNKNOWN and racing:
            continue  # whatever it does, what is loaded beside it replaces the table at any moment
        chain.add(tried)
        if settled is not None:
            return settled
    for number, task in others if dag.incomplete else [(number, dag.tasks[number]) for number in later]:
        words = "after it" if number in later else "in a DAG whose order is not fully known"
        settled = _clears(view, path, task, target, chain, words, limited=limited)
        if settled is not None:
            return settled if number in later else Safety.UNKNOWN
    for task in beside:
        if task in racing:
            chain.race = chain.race or _label(task)
        settled = _clears(view, path, task, target, Chain(), "", limited=limited)
        if settled is not None and settled is not Safety.UNKNOWN:
            chain.fact(f"'{_label(task)}' clears '{target}' as well, but nothing orders the two", path, task.site)
    names = ", ".join(f"'{_label(task)}'" for _, task in before[:5])
    chain.failed(
        "G3",
        f"no task before it clears '{target}'"
        + (f" (looked at {names}{', …' if len(before) > 5 else ''})" if before else " (it has none)"),
    )
    for _, task in before:
        why = tasks.unresolved(view, path, task)
        if why:
            chain.doubt(f"'{_label(task)}' runs before it: {why}", path, task.site)
    if dag.incomplete:
        chain.doubt(f"the order of tasks is not fully known: {dag.incomplete}", path, dag.site)
    return None


def _replaces(view: View, path: str, task: Task, target: Relation) -> bool:
    """Whether a task writes all of a table anew."""
    return any(
        effect.write.mode == "replace" and effect.write.whole and same_name(effect.write.target, target)
        for effect in tasks.effects(view, path, task)
    )


def _chosen(before: list[tuple[int, Task]]) -> bool:
    """Whether a task that runs before may choose which of those behind it run."""
    return any(re.search(r"Branch|ShortCircuit|^@task", task.operator) for _, task in before)


def _clears(
    view: View, path: str, task: Task, target: Relation, chain: Chain, when: str, *, limited: bool
) -> Safety | None:
    for effect in tasks.effects(view, path, task):
        write = effect.write
        if write.target.kind == "path":
            if write.mode != "delete":
                continue
            folder = write.target.name.strip("/").rpartition("/")[2].replace("*", "").strip("/")
            if folder and (folder == target.name or _names(write.target.name, target)):
                chain.held("G3", f"'{_label(task)}' deletes the files of '{target}' {when}", path, task.site)
                return Safety.PARTITION
        elif not limited and _is_window(write) and same_name(write.target, target):
            words = f"'{_label(task)}' deletes only the rows of a window ({write.partition})"
            chain.deletes_part(words, write.partition, effect.path, write.site)
        elif write.mode in CLEARING and same_name(write.target, target):
            chain.held(
                "G3",
                f"'{_label(task)}' {write.mode}s '{target}' {when}".replace(
                    "overwrite_partitions", "overwrites"
                ).replace("deletes '", "deletes from '")
                + (AS_TOLD if write.option == "told" else ""),
                effect.path,
                write.site,
            )
            return Safety.REPLACE if write.mode in _WHOLE or write.whole else Safety.PARTITION
        elif write.mode == "call" and _names(str(write.target), target):
            chain.unknown(
                "G3",
                f"'{_label(task)}' runs {when}: {write.opaque}, and it names '{target.name}'",
                effect.path,
                write.site,
            )
            return Safety.UNKNOWN
    if tasks.unresolved(view, path, task) and any(_names(text, target) for text in task.mentions):
        chain.unknown(
            "G3", f"'{_label(task)}' runs {when}, can't be followed, and names '{target.name}'", path, task.site
        )
        return Safety.UNKNOWN
    if tasks.unresolved(view, path, task) and CLEARS.search(task.id or task.operator):
        chain.unknown("G3", f"'{_label(task)}' runs {when}; its name says that it clears something", path, task.site)
        return Safety.UNKNOWN
    for step in task.steps:
        if step.kind == "unknown" and CLEARS.search(step.text):
            chain.unknown("G3", f"'{_label(task)}' runs {when}: '{step.text}' may clear something", path, step.site)
            return Safety.UNKNOWN
    return None


def _is_window(write: Write) -> bool:
    """Whether a write deletes the rows of a run's own window and no others."""
    return write.mode == "delete" and write.windowed and not write.whole


def _label(task: Task) -> str:
    return task.id or task.operator


def _names(text: str, target: Relation) -> bool:
    """True when a text holds the target's name as a word."""
    name = target.name
    if "{" in name:
        return any(word in text.casefold() for word in re.findall(r"[a-z_]{4,}", name))
    return bool(re.search(rf"(?<![\w]){re.escape(name)}(?![\w])", text.casefold()))
