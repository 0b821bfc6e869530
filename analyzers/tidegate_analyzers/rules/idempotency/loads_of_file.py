"""The loads that a file holds, whether a task of this file runs them or one of another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tidegate_analyzers.facts import Dag, Task, Value
from tidegate_analyzers.graph import tasks
from tidegate_analyzers.graph.tasks import Effect
from tidegate_analyzers.rules.base import Context, Related, Severity
from tidegate_analyzers.safety.loads import is_load, schedule
from tidegate_analyzers.safety.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Load:
    """A write in the file at hand, with the task that makes it."""

    path: str
    dag: Dag
    index: int
    effect: Effect

    @property
    def task(self) -> Task:
        """The task that makes the write."""
        return self.dag.tasks[self.index]


def loads_in(ctx: Context) -> Iterator[Load]:
    """Every insert and append in the file, once for each task that makes it."""
    if ctx.facts.role == "python":
        for dag in ctx.facts.dags:
            for index, task in enumerate(dag.tasks):
                for effect in tasks.effects(ctx.view, ctx.path, task):
                    if effect.path == ctx.path and is_load(effect.write):
                        yield Load(ctx.path, dag, index, effect)
        yield from _imported(ctx)
    else:
        for posting, dag, _ in tasks.runners(ctx.view, ctx.path):
            for effect in tasks.effects(ctx.view, posting.path, dag.tasks[posting.inner]):
                if effect.path == ctx.path and is_load(effect.write):
                    yield Load(posting.path, dag, posting.inner, effect)


def _imported(ctx: Context) -> Iterator[Load]:
    """Loads in constants and functions of this module that tasks of other modules import."""
    names = [text.name for text in ctx.facts.sql if any(is_load(write) for write in text.writes)]
    for name in dict.fromkeys((*names, *(routine.name for routine in ctx.facts.routines))):
        for posting in ctx.view.find(f"imports:{name.rpartition('.')[2]}"):
            facts = ctx.view.facts(posting.path)
            if facts is None or posting.path == ctx.path:
                continue
            dag = facts.dags[posting.number]
            for effect in tasks.effects(ctx.view, posting.path, dag.tasks[posting.inner]):
                if effect.path == ctx.path and is_load(effect.write):
                    yield Load(posting.path, dag, posting.inner, effect)


def describe(ctx: Context, load: Load, found: Verdict) -> Severity:
    """How bad an unsafe load is: an error where every run, or a mere retry, repeats rows for certain."""
    if not found.proved:
        return "warning"
    if found.everything and _recurs(load.dag):
        return "error"
    return "error" if retries(ctx, load) and _fails_after(ctx, load) else "warning"


def _recurs(dag: Dag) -> bool:
    given = schedule(dag)
    return given is not None and given.known and given.value is not None


def retries(ctx: Context, load: Load) -> Value | None:
    """The retries of the task that makes a load, if there are any for certain."""
    value = tasks.effective(ctx.view, load.path, load.dag, load.task, "retries")
    if value is None:
        setting = ctx.view.layout.setting("airflow.default_task_retries")
        value = setting.value if setting is not None else None
    return value if value is not None and value.known and isinstance(value.value, int) and value.value > 0 else None


def _fails_after(ctx: Context, load: Load) -> bool:
    """True when the task goes on after the load was committed, so that a retry finds its rows there."""
    later = [effect for effect in tasks.effects(ctx.view, load.path, load.task) if effect.order > load.effect.order]
    return any(effect.text != load.effect.text for effect in later)


def loads_related(ctx: Context, load: Load, found: Verdict) -> Iterator[Related]:
    """The task that runs the load, its retries, and the clock that chooses its rows."""
    if load.path != load.effect.path or load.effect.text >= 0:
        yield Related(load.path, load.task.site, f"the task '{load.task.id or load.task.operator}' runs it")
    repeated = retries(ctx, load)
    if repeated is not None and repeated.site:
        yield Related(load.path, repeated.site, f"retries = {repeated.value}")
    if found.clock:
        yield Related(load.effect.path, found.clock, "the current time chooses the rows")
