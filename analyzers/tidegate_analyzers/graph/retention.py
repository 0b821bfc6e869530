"""How long data is kept, as far as anything in the workspace says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tidegate_analyzers.facts import Relation, Value, same_name
from tidegate_analyzers.graph.contracts import contract_of, described
from tidegate_analyzers.graph.dbt.sources import source_setting
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.syntax import calendar

OF_PIPELINE = "by the pipeline specification"
OF_TOPIC = "retention.ms of the topic"


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that says how long data is kept.

    Attributes:
        minutes: how long.
        text: the same, for people.
        words: who says so.
        path: the file.
        site: the place in it.
    """

    minutes: float
    text: str
    words: str
    path: str
    site: int


def plain(relation: Relation) -> Relation:
    """A relation by its name alone, whatever it is."""
    return Relation("table", relation.parts)


def retentions(view: View, name: str, relation: Relation, path: str) -> Iterator[Kept]:
    """Everything in the workspace that says how long a dataset is kept."""
    for posting, _ in described(view, relation.name, relation.parts):
        contract = contract_of(view, posting)
        for sla in contract.slas if contract is not None else ():
            minutes = calendar.minutes_of(sla.value.value, sla.unit) if sla.property in ("retention", "re") else None
            if minutes is not None:
                text = calendar.duration_text(minutes)
                yield Kept(minutes, text, "by its contract", posting.path, sla.site)
    for posting in view.find("pipelines:any"):
        facts = view.facts(posting.path)
        for source in facts.pipelines[posting.number].sources if facts is not None else ():
            value = source.block("retention")
            if any(same_name(plain(read.relation), plain(relation)) for read in source.outputs):
                yield from _of_text(value, OF_PIPELINE, posting.path)
    yield from _topics(view, relation)
    facts = view.facts(path)
    for table in facts.sources if facts is not None else ():
        if f"{table.source}.{table.name}" == name:
            meta = source_setting(view, path, table, "meta")
            given = meta.value.value if meta is not None and isinstance(meta.value.value, dict) else {}
            if isinstance(given.get("retention"), str) and meta is not None:
                value = Value(True, given["retention"], (), "", meta.value.site)
                yield from _of_text(value, "by meta.retention", path)


def _topics(view: View, relation: Relation) -> Iterator[Kept]:
    """The topics of a name that the workspace sets up, unless they are compacted, which keeps the last of each key."""
    for posting in view.find(f"topic:{relation.name}"):
        facts = view.facts(posting.path)
        topic = facts.components[posting.number] if facts is not None else None
        kept = topic.setting("retention.ms") if topic is not None else None
        policy = topic.setting("cleanup.policy") if topic is not None else None
        if kept is None or not kept.known or (policy is not None and "compact" in str(policy.value)):
            continue
        digits = str(kept.value).replace("_", "")
        if digits.isdecimal():
            minutes = int(digits) / 60_000
            yield Kept(minutes, calendar.duration_text(minutes), OF_TOPIC, posting.path, kept.site)


def _of_text(value: Value | None, words: str, path: str) -> Iterator[Kept]:
    minutes = calendar.duration(value.value) if value is not None and isinstance(value.value, str) else None
    if minutes is not None and value is not None:
        yield Kept(minutes, str(value.value), words, path, value.site)
