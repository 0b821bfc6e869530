"""The verdict on what a loop over messages writes: are their offsets committed after it?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from tidegate_analyzers.facts import Job, Step, Stream
from tidegate_analyzers.graph import tasks
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.tasks import Effect
from tidegate_analyzers.safety import guards
from tidegate_analyzers.safety.loads import is_load
from tidegate_analyzers.safety.verdict import Chain

_ASIDE = re.compile(r"dlq|dead.?letter|reject|invalid|error|quarantine|retr(?:y|ies)|fail", re.I)
"""Names of what takes messages that failed, and not those that are read."""


@dataclass(frozen=True, slots=True)
class Unsaved:
    """A write whose messages may be done with before it is.

    Attributes:
        effect: the write.
        how: `timer` (offsets are committed apart from it), `both` (by a timer and after it), `before` (they are
            committed first) or `never` (no group keeps them).
        commit: the step that commits them, for `before` and `both`.
        stream: the loop.
        chain: the evidence.
    """

    effect: Effect
    how: str
    commit: Step | None
    stream: Stream
    chain: Chain


def unsaved(view: View, path: str, job: Job) -> Iterator[Unsaved]:
    """Every write of a job's loop over messages, with the evidence; `how` is empty where it is safe."""
    streams = [stream for stream in job.streams if stream.engine == "kafka" and stream.sources is not None]
    start = next((number for number, step in enumerate(job.steps) if step.kind == "consume"), None)
    if len(streams) != 1 or start is None:
        return
    stream = streams[0]
    for number, step in enumerate(job.steps[start + 1 :], start + 1):
        if step.kind == "commit":
            continue
        for effect in tasks.effects(view, path, replace(job, steps=(step,))):
            if is_load(effect.write):
                chain = Chain()
                how, commit = _how(view, path, job, stream, number, effect, chain)
                yield Unsaved(effect, how, commit, stream, chain)


def _how(
    view: View, path: str, job: Job, stream: Stream, number: int, effect: Effect, chain: Chain
) -> tuple[str, Step | None]:
    write = effect.write
    chain.fact(
        f"each message is written to '{write.target}' ({write.option or write.mode}), which matches no key",
        effect.path,
        write.site,
    )
    if guards.set_apart(view, (effect.path,), chain):
        return "", None
    if guards.unresolved(write, chain, effect.path) is not None or _ASIDE.search(str(write.target)):
        return "", None
    settled = guards.unique_target(view, write, "", chain) or guards.staging(view, write.target, chain)
    if settled is not None or guards.audit(write.target, chain):
        return "", None
    start = next(place for place, step in enumerate(job.steps) if step.kind == "consume")
    commits = [(place, step) for place, step in enumerate(job.steps) if step.kind == "commit" and place > start]
    later = next((step for place, step in commits if place > number), None)
    if later is not None:
        if _by_a_timer_too(path, stream):
            words = "enable.auto.commit is on as well: a timer commits what is handed out, whether it is written or not"
            chain.failed("", words, path, stream.site)
            return "both", later
        chain.held("", "offsets are committed after it", path, later.site)
        return "", None
    before = next((step for place, step in commits if place < number and _always(step, effect)), None)
    if before is not None:
        chain.failed("", "the offset is committed first, and not after it", path, before.site)
        return "before", before
    if commits:
        chain.unknown("", "offsets are committed under another condition", path, commits[0][1].site)
        return "", None
    return _configured(path, stream, chain), None


def _always(commit: Step, effect: Effect) -> bool:
    """Whether a commit is done whenever the write is."""
    return not commit.condition or commit.condition == effect.condition


def _by_a_timer_too(path: str, stream: Stream) -> bool:
    """Whether a timer runs beside the loop; that of kafka-python waits for the loop to ask for more."""
    library = next((setting.value.value for setting in stream.settings if setting.name == "library"), None)
    return library in ("confluent-kafka", "aiokafka") and _configured(path, stream, Chain()) == "timer"


def _configured(path: str, stream: Stream, chain: Chain) -> str:
    """What the consumer's configuration says of offsets, if no call commits any."""
    values = {setting.name: setting.value for setting in stream.settings}
    library = values["library"].value
    if not stream.closed:
        chain.unknown("G7", "not all of the consumer's configuration is known", path, stream.site)
        return ""
    automatic = values.get("enable.auto.commit")
    if automatic is not None and not (automatic.known and str(automatic.value).casefold() == "true"):
        chain.held(
            "", f"enable.auto.commit is {automatic.value if automatic.known else 'not known'}", path, stream.site
        )
        return ""
    stored = values.get("enable.auto.offset.store")
    if stored is not None and not (stored.known and str(stored.value).casefold() == "true"):
        chain.held("", "offsets are stored by the program (enable.auto.offset.store)", path, stream.site)
        return ""
    group = values.get("group.id")
    if library != "confluent-kafka" and (group is None or (group.known and group.value is None)):
        return _without_group(path, stream, chain)
    words = "is on" if automatic is not None else "is on by default"
    chain.failed("", f"enable.auto.commit {words}: offsets are committed by a timer", path, stream.site)
    return "timer"


def _without_group(path: str, stream: Stream, chain: Chain) -> str:
    begin = next((setting.value for setting in stream.settings if setting.name == "auto.offset.reset"), None)
    if begin is not None and begin.known and str(begin.value).casefold() in ("earliest", "smallest"):
        chain.failed(
            "", "the consumer has no group, so no offset is committed, and begins with the earliest", path, stream.site
        )
        return "never"
    chain.unknown("", "the consumer has no group; it begins with what comes after its start", path, stream.site)
    return ""
