"""The findings of a whole workspace."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from tidegate_analyzers.check.policy import Policy
from tidegate_analyzers.check.rollup import rolled_up
from tidegate_analyzers.check.run import FileResult, outside, run_rules
from tidegate_analyzers.check.shown import Shown, shown_in
from tidegate_analyzers.check.totals import Totals
from tidegate_analyzers.graph.base import Base
from tidegate_analyzers.graph.index import Graph
from tidegate_analyzers.rules.base import Finding, Severity


@dataclass(frozen=True, slots=True)
class Report:
    """The findings of a workspace, by path, and what ran."""

    shown: dict[str, list[Shown]]
    results: Mapping[str, FileResult]
    totals: Totals

    def count(self, severity: Severity) -> int:
        """How many findings of a severity there are."""
        return sum(1 for found in self.shown.values() for item in found if item.severity == severity)


def judge(graph: Graph, policy: Policy, base: Base | None = None) -> dict[str, FileResult]:
    """What the rules say of every file they have something to say of; `base` as for `run_rules`."""
    results: dict[str, FileResult] = {}
    record = base is not None and bool(base.touched)  # what an answer rests on tells whether it may have been another
    for path in graph.files:
        result = run_rules(graph, path, policy, record=record, base=base)
        if result.findings or result.tallies or result.failed:
            results[path] = replace(result, keys=()) if record else result
    return results


def check(
    graph: Graph,
    policy: Policy,
    *,
    open_paths: frozenset[str] = frozenset(),
    only: Iterable[str] | None = None,
    results: Mapping[str, FileResult] | None = None,
    base: Base | None = None,
) -> Report:
    """Every finding of a workspace.

    Args:
        graph: the workspace.
        policy: the configuration.
        open_paths: the files open in an editor; empty on the command line.
        only: report these paths alone; all are read and counted.
        results: what `judge` gave for the same files and configuration, if that is known already.
        base: as for `run_rules`.
    """
    if results is None:
        results = judge(graph, policy, base)
    totals = Totals()
    for result in results.values():
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
