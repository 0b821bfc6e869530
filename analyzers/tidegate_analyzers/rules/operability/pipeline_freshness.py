"""What `pipeline.yaml` promises of freshness against its own schedule and latency targets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tidegate_analyzers.facts import Pipeline, Setting, Stage
from tidegate_analyzers.rules.base import Context, Finding, Related
from tidegate_analyzers.rules.operability.deadlines import late
from tidegate_analyzers.syntax import calendar
from tidegate_analyzers.syntax.calendar import Cron

_AGE = frozenset(("latency", "freshness"))


def pipeline_findings(ctx: Context, pipeline: Pipeline) -> Iterator[Finding]:
    """A deadline that comes before the work can be done, and ages that are less than the time between two runs."""
    schedule = next((setting for setting in pipeline.blocks if setting.name == "schedule"), None)
    given = schedule.value.value if schedule is not None else None
    text = given.get("cron") if isinstance(given, dict) else given
    cron = calendar.cron(text) if isinstance(text, str) else None
    if schedule is None or cron is None:
        return
    path = _critical(pipeline)
    work = sum(minutes for _, minutes in path)
    if isinstance(given, dict) and isinstance(given.get("deadline"), str):
        yield from _deadline(ctx, pipeline, schedule, given["deadline"], cron, path)
    yield from _ages(ctx, pipeline, schedule, cron, work)


def _critical(pipeline: Pipeline) -> list[tuple[Setting, float]]:
    """The stages whose latency targets add up to the longest time, or the target of the whole."""
    best: dict[str, list[tuple[Setting, float]]] = {}
    for stage in pipeline.stages:
        own = _target(stage)
        inputs = {str(read.relation) for read in stage.inputs} - {str(read.relation) for read in stage.outputs}
        before = [best[name] for name in inputs if name in best]
        longest = max(before, key=_total, default=[])
        here = [*longest, own] if own is not None else longest
        for read in stage.outputs:
            name = str(read.relation)
            if _total(here) >= _total(best.get(name, [])):
                best[name] = here
    found = max(best.values(), key=_total, default=[])
    if found:
        return found
    whole = next((setting for setting in pipeline.blocks if setting.name == "latency_target"), None)
    minutes = calendar.duration(whole.value.value) if whole is not None and isinstance(whole.value.value, str) else None
    return [(Setting("the whole", whole.value, whole.site), minutes)] if whole is not None and minutes else []


def _total(path: list[tuple[Setting, float]]) -> float:
    return sum(minutes for _, minutes in path)


def _target(stage: Stage) -> tuple[Setting, float] | None:
    setting = next((item for item in stage.blocks if item.name == "latency_target"), None)
    value: Any = setting.value.value if setting is not None else None
    minutes = calendar.duration(value) if isinstance(value, str) else None
    if setting is None or minutes is None:
        return None
    return Setting(stage.id, setting.value, setting.site), minutes


def _deadline(
    ctx: Context, pipeline: Pipeline, schedule: Setting, text: str, cron: Cron, path: list[tuple[Setting, float]]
) -> Iterator[Finding]:
    minute = calendar.clock(text)
    found = late(cron.times(), _total(path), minute) if minute is not None else None
    if minute is None or found is None:
        return
    steps = [f"starts {calendar.clock_text(found.starts % calendar.DAY)}"]
    steps += [f"{setting.name} {calendar.duration_text(minutes)}" for setting, minutes in path]
    yield ctx.finding(
        schedule.site,
        f"'{pipeline.id}' can't meet {text}: earliest {calendar.clock_text(found.ends)} ({', '.join(steps)})",
        subject=pipeline.id,
        related=_related(ctx, path),
    )


def _related(ctx: Context, path: list[tuple[Setting, float]]) -> Iterator[Related]:
    return (
        Related(ctx.path, setting.site, f"{setting.name} takes {calendar.duration_text(minutes)}")
        for setting, minutes in path
    )


def _ages(ctx: Context, pipeline: Pipeline, schedule: Setting, cron: Cron, work: float) -> Iterator[Finding]:
    slos = next((setting for setting in pipeline.blocks if setting.name == "slos"), None)
    gap = cron.gap()
    for slo in slos.value.value if slos is not None and isinstance(slos.value.value, list) else ():
        if not isinstance(slo, dict) or slo.get("property") not in _AGE or not isinstance(slo.get("unit"), str):
            continue
        age = calendar.minutes_of(slo.get("target"), slo["unit"])
        if slos is None or not age or age >= gap:
            continue
        name = slo.get("id") or slo["property"]
        yield ctx.finding(
            slos.site,
            f"'{name}' promises data that is at most {calendar.duration_text(age)} old, but the runs of "
            f"'{pipeline.id}' are {calendar.duration_text(gap)} apart ({cron.text})",
            subject=pipeline.id,
            related=[Related(ctx.path, schedule.site, f"it runs {cron.text}")],
        )
