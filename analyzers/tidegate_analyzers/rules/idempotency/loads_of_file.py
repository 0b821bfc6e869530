"""The loads that a file holds: of tasks of this file or of another, and of its own jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from tidegate_analyzers.facts import Dag, Job, Task, Value
from tidegate_analyzers.graph import tasks
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.starts import starts
from tidegate_analyzers.graph.tasks import Effect
from tidegate_analyzers.rules.base import Context, Finding, Offer, Related, Severity
from tidegate_analyzers.safety import jobs
from tidegate_analyzers.safety.loads import is_load, judge, schedule
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

    def verdict(self, view: View) -> Verdict:
        """What a second run does to its target."""
        return judge(view, self.path, self.dag, self.index, self.effect)


@dataclass(frozen=True, slots=True)
class JobLoad:
    """A write in the file at hand, with the job that makes it."""

    path: str
    job: Job
    effect: Effect

    def verdict(self, view: View) -> Verdict:
        """What a second run does to its target."""
        return jobs.judge(view, self.path, self.job, self.effect)


REPEATED = frozenset(("flow", "task", "asset", "op", "resource", "sink", "pipeline"))
"""The kinds of jobs that something runs again; a function or script may have been run once, by hand."""


def loads_in(ctx: Context) -> Iterator[Load | JobLoad]:
    """Every insert and append in the file, once for each task or job that makes it; those of tasks come first."""
    seen = set()
    for load in _of_tasks(ctx):
        seen.add(load.effect.write.site)
        yield load
    for job in ctx.facts.jobs:
        for effect in tasks.effects(ctx.view, ctx.path, job):
            write = effect.write
            if effect.path != ctx.path or not is_load(write) or write.site in seen:
                continue
            if job.kind in REPEATED or write.by not in ("", "rows"):
                yield JobLoad(ctx.path, job, effect)


def _of_tasks(ctx: Context) -> Iterator[Load]:
    if ctx.facts.role in ("python", "yaml"):
        for dag in ctx.facts.dags:
            if tasks.made_from_yaml(ctx.view, ctx.path, dag):
                continue
            for index, task in enumerate(dag.tasks):
                for effect in tasks.effects(ctx.view, ctx.path, task):
                    if effect.path == ctx.path and is_load(effect.write):
                        yield Load(ctx.path, dag, index, effect)
        yield from _imported(ctx)
    if ctx.facts.role in ("python", "sql"):
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


def describe(ctx: Context, load: Load | JobLoad, found: Verdict) -> Severity:
    """How bad an unsafe load is: an error where every run, or a mere retry, repeats rows for certain."""
    if not found.proved or isinstance(load, JobLoad):
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


def loads_related(ctx: Context, load: Load | JobLoad, found: Verdict) -> Iterator[Related]:
    """The task that runs the load, its retries, and the clock that chooses its rows."""
    if isinstance(load, JobLoad):
        repeats = load.job.setting("retries")
        if repeats is not None and repeats.known and repeats.value:
            yield Related(load.path, repeats.site, f"retries = {repeats.value}")
        for start in starts(ctx.view, load.job):
            when = f": {start.when}" if start.when else ""
            yield Related(start.path, start.job.site, f"the {start.job.kind} '{start.job.name}' runs it{when}")
        return
    if load.path != load.effect.path or load.effect.text >= 0:
        yield Related(load.path, load.task.site, f"the task '{load.task.id or load.task.operator}' runs it")
    repeated = retries(ctx, load)
    if repeated is not None and repeated.site:
        yield Related(load.path, repeated.site, f"retries = {repeated.value}")
    if found.clock:
        yield Related(load.effect.path, found.clock, "the current time chooses the rows")


def appended(
    ctx: Context,
    by: str,
    why: str,
    offers: Callable[[Load | JobLoad], Iterable[Offer]] = lambda _: (),
    when: str = "running this again adds the same rows to",
) -> Iterator[Finding]:
    """A finding for each append of this file, made in some way, that adds the same rows when it is run again.

    Args:
        ctx: the file.
        by: what writes, as in `Write.by`.
        why: ends the message: why the target can't tell rows that it has.
        offers: the fixes of a load.
        when: begins the message.
    """
    reported: set[int] = set()
    for load in loads_in(ctx):
        write = load.effect.write
        if write.mode != "append" or write.by != by or write.site in reported or write.lacks:
            continue  # of an option that is missing TG216 speaks
        found = load.verdict(ctx.view)
        if not found.safety.unsafe:
            ctx.passed(write.site, str(write.target), found.steps)
            continue
        reported.add(write.site)
        yield ctx.finding(
            write.site,
            f"{when} '{write.target}' again: {write.option} {why}",
            severity=describe(ctx, load, found),
            proved=found.proved,
            subject=str(write.target),
            evidence=found.steps,
            related=loads_related(ctx, load, found),
            offers=offers(load),
        )
