"""From a graph to the findings that are shown.

The rules of each file run by themselves, and what they said is kept until something they asked about changes.
What is shown is then made from that: severities and ignores of the configuration, suppressions, the baseline,
and one line for a project that has no habit of the thing that is missing.
"""

from __future__ import annotations

import fnmatch
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from tidegate_analyzers.facts import FileFacts, FileRead, Site, Suppression
from tidegate_analyzers.graph.dbt import ignored_codes
from tidegate_analyzers.graph.index import Graph, View
from tidegate_analyzers.layout import IGNORED_FOLDERS
from tidegate_analyzers.rules.base import Context, Finding, Offer, Quiet, Rule, Severity, all_rules, fits
from tidegate_analyzers.workspace import Token

logger = logging.getLogger(__name__)

Tallies = dict[tuple[str, str], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Policy:
    """What decides which findings are shown; `config.Config` makes it.

    Attributes:
        profile: the profile in force.
        select: codes or names switched on besides; a prefix such as `TG2` switches on all that begin so.
        ignore: codes, names or prefixes switched off.
        severity: severities by code.
        per_path: codes ignored by path pattern.
        rollup: whether absence findings of a project without the habit become one.
        rollup_below: the share below which a project has no habit.
        rollup_min: how many objects a project needs for that.
        exclude: patterns of paths in which nothing is reported.
    """

    profile: str = "recommended"
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Severity | str] = field(default_factory=dict)
    per_path: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rollup: bool = True
    rollup_below: float = 0.2
    rollup_min: int = 10
    exclude: tuple[str, ...] = ()
    _rules: dict[str, tuple[Rule, ...]] = field(default_factory=dict, compare=False, repr=False)

    def rules_for(self, role: str) -> tuple[Rule, ...]:
        """The rules that run on files of a role."""
        if role not in self._rules:
            self._rules[role] = tuple(rule for rule in rules_for(role) if self.active(rule))
        return self._rules[role]

    def active(self, rule: Rule) -> bool:
        """Whether a rule runs."""
        if _named(rule, self.ignore) or "off" in (self.severity.get(rule.code), self.severity.get(rule.name)):
            return False
        return self.profile in rule.profiles or self.profile == "all" or _named(rule, self.select)

    def severity_of(self, finding: Finding) -> Severity:
        """The severity of a finding under the configuration; what is only likely stays a warning at most."""
        given = self.severity.get(finding.code) or self.severity.get(finding.name)
        if given not in ("error", "warning", "info", "hint"):
            return finding.severity
        if given == "error" and finding.confidence != "proved":
            return "warning"
        return given  # type: ignore[return-value]  # the test above leaves the four severities

    def ignored(self, path: str, code: str, name: str) -> bool:
        """Whether the configuration ignores a code in a path."""
        for pattern, codes in self.per_path.items():
            if matches(pattern, path) and any(fits(code, name, wanted) for wanted in codes):
                return True
        return False


def _named(rule: Rule, words: Iterable[str]) -> bool:
    return any(fits(rule.code, rule.name, word) for word in words)


@lru_cache(maxsize=512)
def matches(pattern: str, path: str) -> bool:
    """Whether a glob pattern matches a path or a folder above it."""
    pattern = pattern.removeprefix("./")
    if pattern.endswith("/"):
        return path.startswith(pattern)
    return (
        fnmatch.fnmatchcase(path, pattern)
        or fnmatch.fnmatchcase(path, f"{pattern}/*")
        or ("/" not in pattern and fnmatch.fnmatchcase(path.rpartition("/")[2], pattern))
    )


@dataclass(frozen=True, slots=True)
class FileResult:
    """What the rules said of one file.

    Attributes:
        findings: all of them, before suppressions and severities.
        tallies: by code and group, how many objects were eligible and how many have the thing.
        keys: what the answers rest on.
        quiet: what was looked at and let pass, when that was asked for.
        failed: the rules that broke.
    """

    findings: tuple[Finding, ...] = ()
    tallies: tuple[tuple[str, str, int, int], ...] = ()
    keys: tuple[str, ...] = ()
    quiet: tuple[Quiet, ...] = ()
    failed: tuple[str, ...] = ()


@lru_cache(maxsize=32)
def rules_for(role: str) -> tuple[Rule, ...]:
    """The rules that look at files of a role."""
    return tuple(rule for rule in all_rules() if role in rule.looks_at)


def run_rules(graph: Graph, path: str, policy: Policy, *, record: bool = False, explaining: bool = False) -> FileResult:
    """Run every active rule on one file. A rule that breaks is logged; the others say what they have to say."""
    read = graph.files.get(path)
    if read is None or outside(path, policy, graph):
        return FileResult()
    facts = read.facts
    view = View(graph, path, record=record)
    findings: list[Finding] = []
    tallies: dict[tuple[str, str], list[int]] = {}
    quiet: list[Quiet] = []
    failed: list[str] = []
    context = Context(path, facts, view, all_rules()[0], explaining, tallies, quiet)
    for rule in policy.rules_for(facts.role):
        for wanted in rule.wants:
            if getattr(facts, wanted):
                break
        else:
            continue
        context.rule = rule
        try:
            findings.extend(rule.check(context))
        except Exception:
            logger.exception("the rule %s failed on %s", rule.code, path)
            failed.append(rule.code)
    if findings and facts.role in _DBT_ROLES:
        findings = [finding for finding in findings if not _silenced_by_meta(view, facts, finding)]
    keys = tuple(view.keys) if view.keys is not None else ()
    return FileResult(
        tuple(findings),
        tuple((code, group, n, have) for (code, group), (n, have) in tallies.items()),
        keys,
        tuple(quiet),
        tuple(failed),
    )


_DBT_ROLES = frozenset(("dbt_sql", "dbt_yaml", "dbt_python"))


def _silenced_by_meta(view: View, facts: FileFacts, finding: Finding) -> bool:
    """G10 for dbt: a node's `meta` may silence rules, wherever its findings stand."""
    names = {finding.subject} if finding.subject else set()
    if len(facts.nodes) == 1:
        names.add(facts.nodes[0].name)
    return any(fits(finding.code, finding.name, code) for code in ignored_codes(view, finding.path, names))


def outside(path: str, policy: Policy, graph: Graph) -> bool:
    """G1: nothing is reported in installed, built or excluded files."""
    parts = path.split("/")[:-1]
    if any(part in IGNORED_FOLDERS for part in parts):
        return True
    project = graph.layout.project_of(path)
    if project is not None and project.installed:
        return True
    return any(matches(pattern, path) for pattern in policy.exclude)


# -- what is shown ----------------------------------------------------------------------------------------------------


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


class Totals:
    """The tallies of all files, kept up to date file by file."""

    def __init__(self) -> None:
        self._sums: dict[tuple[str, str], list[int]] = {}

    def add(self, result: FileResult, sign: int = 1) -> set[tuple[str, str]]:
        """Add or take away a file's tallies; returns the groups whose sums changed."""
        for code, group, n, have in result.tallies:
            total = self._sums.setdefault((code, group), [0, 0])
            total[0] += sign * n
            total[1] += sign * have
        return {(code, group) for code, group, _, _ in result.tallies}

    def copy(self) -> Totals:
        """The tallies as they are now."""
        other = Totals()
        other._sums = {key: list(sums) for key, sums in self._sums.items()}
        return other

    def get(self, code: str, group: str) -> tuple[int, int]:
        """(eligible, having) of a group."""
        n, have = self._sums.get((code, group), (0, 0))
        return n, have

    def rolls_up(self, code: str, group: str, policy: Policy) -> bool:
        """Whether a group has so little of the thing that one finding speaks for all."""
        n, have = self.get(code, group)
        return policy.rollup and n >= policy.rollup_min and have < n * policy.rollup_below


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
    if rule is None or not policy.active(rule):
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


def rolled_up(
    graph: Graph, results: Mapping[str, FileResult], totals: Totals, policy: Policy
) -> list[tuple[str, Shown]]:
    """One finding for each group that rolls up, at the project's manifest or the group's first file."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for result in results.values():
        for finding in result.findings:
            if (
                finding.group
                and totals.rolls_up(finding.code, finding.group, policy)
                and not policy.ignored(finding.path, finding.code, finding.name)
            ):
                groups.setdefault((finding.code, finding.group), []).append(finding)
    found: list[tuple[str, Shown]] = []
    rules = {rule.code: rule for rule in all_rules()}
    for (code, group), members in sorted(groups.items()):
        path, site = _place(graph, group, members)
        n, have = totals.get(code, group)
        message = rules[code].absence.format(have=have, n=n)
        merged = replace(
            members[0],
            path=path,
            site=site,
            message=message,
            related=(),
            evidence=(),
            offers=(),
            subject=group,
            severity=max((m.severity for m in members), key=("hint", "info", "warning", "error").index),
        )
        read = graph.files.get(path)
        if read is not None and (suppressed(read, merged) or policy.ignored(path, code, merged.name)):
            continue
        found.append(
            (path, Shown(merged, policy.severity_of(merged), f"{message}; --no-rollup lists the {len(members)}"))
        )
    return found


def _place(graph: Graph, group: str, members: list[Finding]) -> tuple[str, Site]:
    kind, _, root = group.partition(":")
    if kind in ("models", "sources"):
        project = next((p for p in graph.layout.projects if p.root == root), None)
        if project is not None:
            return project.path, project.facts.site
    first = min(members, key=lambda finding: (finding.path, finding.site))
    return first.path, first.site


# -- the whole workspace ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Report:
    """The findings of a workspace, by path, and what ran."""

    shown: dict[str, list[Shown]]
    results: dict[str, FileResult]
    totals: Totals

    def count(self, severity: Severity) -> int:
        """How many findings of a severity there are."""
        return sum(1 for found in self.shown.values() for item in found if item.severity == severity)


def check(
    graph: Graph,
    policy: Policy,
    *,
    open_paths: frozenset[str] = frozenset(),
    only: Iterable[str] | None = None,
    token: Token | None = None,
) -> Report:
    """Every finding of a workspace.

    Args:
        graph: the workspace.
        policy: the configuration.
        open_paths: the files open in an editor; empty on the command line.
        only: report these paths alone; all are read and counted.
        token: stops the work.
    """
    results: dict[str, FileResult] = {}
    totals = Totals()
    for path in graph.files:
        if token is not None:
            token.check()
        result = run_rules(graph, path, policy)
        if result.findings or result.tallies or result.failed:
            results[path] = result
            totals.add(result)
    wanted = frozenset(only) if only is not None else None
    shown: dict[str, list[Shown]] = {}
    for path, read in graph.files.items():
        if wanted is not None and path not in wanted:
            continue
        known = results.get(path)
        if known is None and (not read.facts.suppressions or outside(path, policy, graph)):
            continue
        found = shown_in(
            read, path, known if known is not None else FileResult(), totals, policy, is_open=path in open_paths
        )
        if found:
            shown[path] = found
    for path, item in rolled_up(graph, results, totals, policy):
        if (
            wanted is None
            or path in wanted
            or any(group_path in wanted for group_path in _members(results, item.finding))
        ):
            shown.setdefault(path, []).append(item)
    return Report(
        {path: sorted(shown[path], key=lambda item: _order(graph, path, item)) for path in sorted(shown)},
        results,
        totals,
    )


def _members(results: Mapping[str, FileResult], merged: Finding) -> Iterator[str]:
    for path, result in results.items():
        if any(finding.group == merged.subject and finding.code == merged.code for finding in result.findings):
            yield path


def _order(graph: Graph, path: str, item: Shown) -> tuple[int, int, str]:
    read = graph.files.get(path)
    span = read.span(item.finding.site) if read is not None else None
    return (span.start if span else 0, span.end if span else 0, item.finding.code)


def facts_of(graph: Graph, path: str) -> FileFacts | None:
    """What a file says."""
    read = graph.files.get(path)
    return read.facts if read is not None else None
