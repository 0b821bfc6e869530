"""What is not safe to run again, by the verdicts on every write."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.facts import Dag, Task
from tidegate_analyzers.graph import dbt, tasks
from tidegate_analyzers.graph.dbt.selected import KINDS as NODES
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.tasks import Effect
from tidegate_analyzers.replay.plan import Hazard, Item
from tidegate_analyzers.replay.things import job_of, models_of_task, node_key, stage_of, task_of
from tidegate_analyzers.replay.windows import build_of
from tidegate_analyzers.safety import jobs, loads, models
from tidegate_analyzers.safety.verdict import Safety, Verdict

_SENDS = re.compile(r"Email|Smtp|Slack|Teams|Discord|Telegram|PagerDuty|Opsgenie|Sns|Twilio|WebHook", re.I)
_ADVICE = {
    Safety.APPEND: "delete the rows of the interval first, or make the load replace them",
    Safety.OVERLAP: "delete the rows of the interval first, or match them by a key",
    Safety.WALL_CLOCK: "take the window of the run instead of the current time",
}
_NOTHING_NEW = (Safety.HIGH_WATER, Safety.ANTI_JOIN, Safety.TRANSACTION)


class Judged:
    """The hazards of some items, and how many of their writes are fine."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.safe = 0

    def of(self, item: Item) -> Iterator[Hazard]:
        """The hazards of one item."""
        if item.kind == "task" and (found := task_of(self.view, item)) is not None:
            yield from self._task(item, *found)
        elif item.kind in NODES:
            yield from self._node(item)
        elif item.kind == "job" and (job := job_of(self.view, item)) is not None:
            for effect in tasks.effects(self.view, item.path, job):
                yield from self._write(item, effect, jobs.judge(self.view, item.path, job, effect))
            if job.opaque and not job.writes:
                yield Hazard("unknown", item, "what it does can't be seen here", item.path, job.site)
        elif item.kind == "stage":
            yield from self._stage(item)

    def _task(self, item: Item, dag: Dag, index: int, task: Task) -> Iterator[Hazard]:
        runs = models_of_task(self.view, item.path, task)
        effects = [
            e
            for e in tasks.effects(self.view, item.path, task)
            if e.write.mode not in ("call", "index") or runs is None
        ]
        for effect in effects:
            yield from self._write(item, effect, loads.judge(self.view, item.path, dag, index, effect))
        clock = next(self._clocks(item.path, task, effects), None)
        if clock is not None:
            reason = f"it takes the current time ({clock[0]}): a run of a past window works on today's"
            advice = "take the window of the run (data_interval_start)"
            yield Hazard("void", item, reason, clock[1], clock[2], advice)
        sends = bool(_SENDS.search(task.operator))
        posts = [act for act in task.acts if act.kind == "post"]
        if sends or posts:
            words = "it sends its message again with every run" if sends else f"it sends {posts[0].text} again"
            site = task.site if sends else posts[0].site
            yield Hazard("outside", item, words, item.path, site, "leave it out, or warn those who get it")
        if runs is not None and not runs.known:
            yield Hazard("unknown", item, "which models it runs can't be told whole", item.path, task.site)
        elif (
            runs is None
            and not sends
            and not effects
            and task.operator != "ExternalTaskMarker"
            and (words := tasks.unresolved(self.view, item.path, task))
        ):
            yield Hazard("unknown", item, words, item.path, task.site)

    def _clocks(self, path: str, task: Task, effects: list[Effect]) -> Iterator[tuple[str, str, int]]:
        """The current time where the window of the run belongs: what reads it, and where."""
        yield from ((clock.expression, path, clock.site) for clock in task.clocks)
        for where, number in tasks.texts(self.view, path, task):
            facts = self.view.facts(where)
            for clock in facts.sql[number].clocks if facts is not None else ():
                yield clock.expression, where, clock.site
        for effect in effects:
            for restriction in (r for arm in effect.write.arms for r in arm if r.kind == "wall_clock"):
                yield restriction.text, effect.path, restriction.site

    def _write(self, item: Item, effect: Effect, found: Verdict) -> Iterator[Hazard]:
        target, site = effect.write.target, effect.write.site
        if found.safety.unsafe:
            advice = _ADVICE[found.safety]
            yield Hazard("unsafe", item, f"'{target}': {found.safety.value}", effect.path, site, advice)
        elif found.safety in _NOTHING_NEW:
            reason = f"'{target}': {found.safety.value}, so what it holds of the interval stays as it is"
            yield Hazard("void", item, reason, effect.path, site, "delete the rows of the interval first")
        elif found.safety is Safety.UNKNOWN:
            words = effect.write.opaque if effect.write.mode == "call" else f"'{target}': {_why(found)}"
            yield Hazard("unknown", item, words or _why(found), effect.path, site)
        else:
            self.safe += 1

    def _node(self, item: Item) -> Iterator[Hazard]:
        key = node_key(self.view, item)
        node = dbt.node_of(self.view, key) if key is not None else None
        if key is None or node is None:
            return
        build = build_of(self.view, key)
        if build.way == "never":
            yield Hazard("void", item, build.how, item.path, node.site)
        elif build.way == "refused":
            path, site = (build.path, build.site) if build.path else (item.path, node.site)
            yield Hazard("void", item, build.how, path, site, "write the interval by hand, or allow a full refresh")
        elif build.way == "full":
            found = models.judge(self.view, key)
            site = node.config_site or node.site
            if found.safety.unsafe:
                advice = "the full refresh mends it; an ordinary run does not"
                yield Hazard("unsafe", item, f"'{item.name}': {found.safety.value}", item.path, site, advice)
            elif found.safety is Safety.UNKNOWN:
                yield Hazard("unknown", item, f"'{item.name}': {_why(found)}", item.path, site)
        elif build.way == "unknown":
            yield Hazard("unknown", item, build.how, item.path, node.site)
        if build.way in ("full", "batches", "vars") and node.clocks:
            reason = f"its rows are chosen by the current time ({node.clocks[0].expression})"
            yield Hazard("void", item, reason, item.path, node.clocks[0].site)
        elif build.way in ("whole", "follows", "batches", "vars"):
            self.safe += 1

    def _stage(self, item: Item) -> Iterator[Hazard]:
        stage = stage_of(self.view, item)
        given = stage.block("idempotency") if stage is not None else None
        if stage is None or stage.kind in ("validate", "monitor"):
            return
        strategy = given.value.get("strategy") if given is not None and isinstance(given.value, dict) else None
        if given is None or not isinstance(strategy, str) or strategy.startswith("<"):
            yield Hazard("unknown", item, "the stage does not say how it writes", item.path, stage.site)
        elif strategy == "append_only":
            reason = "the stage declares that it only appends"
            yield Hazard("unsafe", item, reason, item.path, given.site, _ADVICE[Safety.APPEND])
        else:
            self.safe += 1


def _why(found: Verdict) -> str:
    """What kept a verdict from being made, in its own words."""
    told = [step.text for step in found.steps if step.outcome in ("unknown", "held")]
    return told[-1] if told else found.safety.value
