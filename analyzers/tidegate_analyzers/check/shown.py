"""The findings of one file as they are shown: after ignores, suppressions and severities."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tidegate_analyzers.check.policy import Policy, rules_for
from tidegate_analyzers.check.run import FileResult
from tidegate_analyzers.check.totals import Totals
from tidegate_analyzers.facts import FileRead, Suppression
from tidegate_analyzers.rules.base import Finding, Offer, Severity, all_rules, fits


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding as it is shown.

    Attributes:
        finding: the finding.
        severity: under the configuration.
        message: with what it says of the project.
        also: the first fixes of the findings it speaks for besides its own.
    """

    finding: Finding
    severity: Severity
    message: str
    also: tuple[Offer, ...] = ()


def shown_in(
    read: FileRead,
    path: str,
    result: FileResult,
    totals: Totals,
    policy: Policy,
    *,
    is_open: bool,
    expand: bool = False,
) -> list[Shown]:
    """The findings of one file as they are shown.

    Args:
        read: the file.
        path: its path.
        result: what the rules said.
        totals: the tallies of the workspace.
        policy: the configuration.
        is_open: an open file shows its own findings where the fix is wanted, even if its project's roll up.
        expand: show each finding of a group that rolls up.
    """
    kept: list[Finding] = []
    used: set[Suppression] = set()
    for finding in result.findings:
        if policy.ignored(path, finding.code, finding.name):
            continue
        silenced = suppressed(read, finding)
        if silenced:
            used |= silenced
            continue
        if finding.group and not (is_open or expand) and totals.rolls_up(finding.code, finding.group, policy):
            continue
        kept.append(finding)
    kept += _unused(read, path, used, policy)
    found = [Shown(finding, policy.severity_of(finding), _with_ratio(finding, totals)) for finding in kept]
    return _one_hint_a_file(found, totals, policy) if is_open else found


def suppressed(read: FileRead, finding: Finding) -> set[Suppression]:
    """The suppressions that silence a finding: those whose statement holds the place it marks."""
    found: set[Suppression] = set()
    if not read.facts.suppressions:
        return found
    at = read.span(finding.site)
    for suppression in read.facts.suppressions:
        if suppression.codes and not any(fits(finding.code, finding.name, code) for code in suppression.codes):
            continue
        covers = read.span(suppression.covers)
        if covers.start <= at.start <= covers.end and finding.code not in ("TG000", "TG001"):
            found.add(suppression)
    return found


def _unused(read: FileRead, path: str, used: set[Suppression], policy: Policy) -> Iterator[Finding]:
    rule = next((r for r in all_rules() if r.code == "TG001"), None)
    if rule is None or not policy.active(rule) or read.facts.torn:
        return
    running = [r for r in rules_for(read.facts.role) if policy.active(r)]
    for suppression in read.facts.suppressions:
        judged = [code for code in suppression.codes if any(fits(r.code, r.name, code) for r in running)]
        if suppression in used or (suppression.codes and not judged):
            continue
        codes = ", ".join(suppression.codes) or "everything"
        offer = Offer("text.remove-comment", "Remove the comment", True, (path, str(suppression.site)))
        yield Finding(
            rule.code,
            rule.name,
            f"this silences {codes}, but there is nothing to silence",
            path,
            suppression.site,
            rule.severity,
            offers=(offer,),
        )


def _with_ratio(finding: Finding, totals: Totals) -> str:
    if not finding.group:
        return finding.message
    n, have = totals.get(finding.code, finding.group)
    return f"{finding.message} ({have} of {n} have it)" if n > 1 and have else finding.message


def _one_hint_a_file(found: list[Shown], totals: Totals, policy: Policy) -> list[Shown]:
    """Where a project's findings roll up, an open file shows one that speaks for all its own."""
    kept: list[Shown] = []
    leaders: dict[tuple[str, str], list[Shown]] = {}
    for shown in found:
        finding = shown.finding
        if not finding.group or not totals.rolls_up(finding.code, finding.group, policy):
            kept.append(shown)
            continue
        members = leaders.setdefault((finding.code, finding.group), [])
        members.append(shown)
    for leader, *others in leaders.values():
        more = f" (and {len(others)} more in this file)" if others else ""
        kept.append(
            replace(
                leader,
                severity=_at_most(leader.severity, "info"),
                message=leader.message + more,
                also=tuple(offer for shown in others for offer in shown.finding.offers[:1]),
            )
        )
    return kept


def _at_most(severity: Severity, most: Severity) -> Severity:
    order = ("hint", "info", "warning", "error")
    return severity if order.index(severity) <= order.index(most) else most
