"""The quick-fixes at a place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tidegate_analyzers.check import Shown
from tidegate_analyzers.facts import FileRead
from tidegate_analyzers.fixes.base import Workspace, build
from tidegate_analyzers.rules.base import Offer
from tidegate_analyzers.text import Change, Edit, NewFile, Span, overlap


@dataclass(frozen=True, slots=True)
class Action:
    """A quick-fix; its edits are made when it is chosen.

    Attributes:
        title: what the menu shows.
        offers: the fixes it applies together.
        shown: the finding it is for.
        safe: whether it leaves alone what runs.
        preferred: whether it is the finding's usual fix.
    """

    title: str
    offers: tuple[Offer, ...]
    shown: Shown
    safe: bool
    preferred: bool = False


def actions(read: FileRead, found: Iterable[Shown], span: Span) -> Iterator[Action]:
    """The fixes for the findings that touch a span: each finding's own, then all of its kind, then silence."""
    for item in found:
        place = read.span(item.finding.site)
        if not (place.start <= span.end and span.start <= place.end):
            continue
        finding = item.finding
        for number, offer in enumerate(finding.offers):
            yield Action(offer.title, (offer,), item, offer.safe, preferred=number == 0)
        if item.also and finding.offers:
            together = (finding.offers[0], *item.also)
            title = f"{finding.offers[0].title}, and the same for {len(item.also)} more in this file"
            yield Action(title, together, item, all(offer.safe for offer in together))
        if finding.code not in ("TG002", "TG000", "TG001"):
            title = f"Silence {finding.code} here"
            silence = Offer("suppress", title, True, (finding.path, str(finding.site), finding.code))
            yield Action(title, (silence,), item, safe=True)


_BREAKS = ("\n", "\r\n")


def combined(workspace: Workspace, offers: Iterable[Offer]) -> Change | None:
    """The change some fixes make together; those that touch the same text as one before are left out."""
    edits: list[Edit] = []
    files: dict[str, NewFile] = {}
    for offer in offers:
        change = build(workspace, offer)
        if change is None or any(file.path in files for file in change.files):
            continue
        if any(_touch(edit, other) for edit in change.edits for other in edits):
            continue
        edits += change.edits
        files.update({file.path: file for file in change.files})
    return Change(tuple(edits), tuple(files.values())) if edits or files else None


def _touch(one: Edit, other: Edit) -> bool:
    if one.path != other.path:
        return False
    if one.span == other.span and one.span.start == one.span.end:
        # Whole lines put in at one place stand below each other.
        behind = one.text.startswith(_BREAKS) and other.text.startswith(_BREAKS)
        before = one.text.endswith("\n") and other.text.endswith("\n")
        return behind == before
    return overlap(one.span, other.span) or one.span == other.span


def fix_all(workspace: Workspace, found: Iterable[Shown], path: str) -> Change | None:
    """Every safe fix of a file that edits that file alone, as one change."""

    def alone(offer: Offer) -> bool:
        change = build(workspace, offer)
        return change is not None and not change.files and all(edit.path == path for edit in change.edits)

    firsts = (next((offer for offer in item.finding.offers if offer.safe), None) for item in found)
    return combined(workspace, [offer for offer in firsts if offer is not None and alone(offer)])
