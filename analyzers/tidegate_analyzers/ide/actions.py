"""The quick-fixes at a place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tidegate_analyzers.check import Shown
from tidegate_analyzers.facts import FileRead
from tidegate_analyzers.fixes.base import Workspace, build
from tidegate_analyzers.rules.base import Offer
from tidegate_analyzers.text import Change, Edit, Span, overlap


@dataclass(frozen=True, slots=True)
class Action:
    """A quick-fix for a finding; its edits are made when it is chosen."""

    offer: Offer
    shown: Shown
    preferred: bool


def actions(read: FileRead, found: Iterable[Shown], span: Span) -> Iterator[Action]:
    """The fixes for the findings that touch a span, each finding's own first, then silence."""
    for item in found:
        place = read.span(item.finding.site)
        if not (place.start <= span.end and span.start <= place.end):
            continue
        for number, offer in enumerate(item.finding.offers):
            yield Action(offer, item, preferred=number == 0)
        if item.finding.code not in ("TG002", "TG000", "TG001"):
            silence = Offer(
                "suppress",
                f"Silence {item.finding.code} here",
                True,
                (item.finding.path, str(item.finding.site), item.finding.code),
            )
            yield Action(silence, item, preferred=False)


def fix_all(workspace: Workspace, found: Iterable[Shown], path: str) -> Change:
    """Every safe fix of a file that edits that file alone, as one change."""
    edits: list[Edit] = []
    for item in found:
        offer = next((offer for offer in item.finding.offers if offer.safe), None)
        change = build(workspace, offer) if offer is not None else None
        if change is None or change.files or any(edit.path != path for edit in change.edits):
            continue
        if all(
            not overlap(edit.span, other.span) and edit.span != other.span for edit in change.edits for other in edits
        ):
            edits += change.edits
    return Change(tuple(edits))
