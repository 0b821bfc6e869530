"""One finding for a project that has no habit of the thing that is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tidegate_analyzers.check.policy import Policy
from tidegate_analyzers.check.run import FileResult
from tidegate_analyzers.check.shown import Shown, suppressed
from tidegate_analyzers.check.totals import Totals
from tidegate_analyzers.facts import Site
from tidegate_analyzers.graph.index import Graph
from tidegate_analyzers.rules.base import Finding, all_rules
from tidegate_analyzers.rules.contracts.groups import COUNTED, OF_PROJECTS


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
        members.sort(key=lambda finding: (finding.path, finding.site))  # results come in no order
        path, site = _place(graph, group, members)
        n, have = totals.get(code, group)
        message = rules[code].absence.format(have=have, n=n, what=COUNTED[group.partition(":")[0]])
        worst = max(members, key=lambda member: ("hint", "info", "warning", "error").index(member.severity))
        merged = replace(
            worst,
            path=path,
            site=site,
            message=message,
            related=(),
            evidence=(),
            offers=(),
            subject=group,
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
    if kind in OF_PROJECTS:
        project = next((p for p in graph.layout.projects if p.root == root), None)
        if project is not None:
            return project.path, project.facts.site
    return members[0].path, members[0].site
