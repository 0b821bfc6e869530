"""What a connector does with records that it can't convert, transform or write."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import BadRecords, Relation, Sites
from tidegate_analyzers.readers.connect.settings import Config, Entry
from tidegate_analyzers.text import Span

ENGINE = "kafka-connect"
_DEAD_LETTERS = ("errors.deadletterqueue.topic.name", "mongo.errors.deadletterqueue.topic.name")
_REPORTERS = (
    "reporter.error.topic.name",
    "reporter.bootstrap.servers",  # a connector with a reporter names its error topic itself
    "dlq.topic",
    "dead.letter.topic",
    "dlq.name",
)
IN_HEADERS = "the service writes into its headers what failed"
"""Noted of the dead letter topics of connectors that Confluent Cloud runs."""
_TOLERANCE = ("errors.tolerance", "mongo.errors.tolerance")
_TAKEN_AS_IS = ("StringConverter", "ByteArrayConverter")
_SKIPPING = {
    "behavior.on.malformed.documents": ("ignore", "warn"),
    "behavior.on.error": ("ignore", "log"),
    "drop.invalid.message": ("true",),
}
"""Settings of single sinks that make them go on over what their target refuses."""


def bad_records(config: Config, kind: str, whole: Span, sites: Sites, *, managed: bool) -> Iterator[BadRecords]:
    """What becomes of records that fail, as far as the configuration says or leaves it to the default."""
    tolerance = config.get(*_TOLERANCE)
    if kind not in ("sink", "source") or (tolerance is not None and not tolerance.known):
        return
    if not config.complete:  # what is missing may stand in the part that could not be read
        return
    tolerant = tolerance is not None and tolerance.value.strip().casefold() == "all"
    if kind == "source":
        if tolerance is not None and tolerant and config.get("errors.log.enable") is None:
            yield _found("dropped", tolerance, sites, note="a source has no dead letter topic; its log is switched off")
        return
    letters, reporter = config.get(*_DEAD_LETTERS), config.get(*_REPORTERS)
    if reporter is not None:
        yield _found("set_aside", reporter, sites)
    elif letters is not None and letters.value and (tolerant or managed):
        to = Relation("topic", (letters.value,)) if letters.known else None
        yield _found("set_aside", letters, sites, to=to, note=IN_HEADERS if managed else "")
    elif tolerance is not None and tolerant:
        if managed:
            yield _found("set_aside", tolerance, sites, note="the service makes a dead letter topic")
        else:
            yield _found("dropped", tolerance, sites)
    elif not managed and (skipping := _skipping(config)) is not None:
        yield _found("dropped", skipping, sites)
    elif not managed and letters is not None and letters.value:
        note = "without it the task ends at the first bad record all the same"
        yield BadRecords("stops", ENGINE, "errors.tolerance is not 'all'", sites.add(letters.key_span), True, note=note)
    elif not managed and _can_fail(config):
        by = "errors.tolerance is 'none'" + ("" if tolerance else " by default")
        site = sites.add(Span(tolerance.key_span.start, tolerance.span.end) if tolerance else whole)
        yield BadRecords("stops", ENGINE, by, site, True, note="it has no dead letter topic")


def _found(outcome: str, entry: Entry, sites: Sites, *, to: Relation | None = None, note: str = "") -> BadRecords:
    site = sites.add(Span(entry.key_span.start, entry.span.end))
    return BadRecords(outcome, ENGINE, f"{entry.key}={entry.value}", site, True, to, note)


def _skipping(config: Config) -> Entry | None:
    for key, values in _SKIPPING.items():
        entry = config.entries.get(key)
        if entry is not None and entry.known and entry.value.strip().casefold() in values:
            return entry
    return None


def _can_fail(config: Config) -> bool:
    """Whether the framework does anything with a record that may fail: it converts or transforms it."""
    value = config.text("value.converter")
    key = config.text("key.converter")
    plain = bool(value) and str(value).endswith(_TAKEN_AS_IS) and (not key or key.endswith(_TAKEN_AS_IS))
    return not plain or bool(config.text("transforms"))
