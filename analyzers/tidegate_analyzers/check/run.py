"""The rules run on one file."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from tidegate_analyzers.check.policy import Policy, matches
from tidegate_analyzers.facts import FileFacts
from tidegate_analyzers.graph.base import Base
from tidegate_analyzers.graph.dbt import ignored_codes
from tidegate_analyzers.graph.index import Graph, View
from tidegate_analyzers.layout import IGNORED_FOLDERS
from tidegate_analyzers.rules.base import Context, Finding, Quiet, all_rules, fits

logger = logging.getLogger(__name__)


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


def run_rules(
    graph: Graph,
    path: str,
    policy: Policy,
    *,
    record: bool = False,
    explaining: bool = False,
    base: Base | None = None,
) -> FileResult:
    """Run every active rule on one file. A rule that breaks is logged; the others say what they have to say.

    Args:
        graph: the workspace.
        path: the file.
        policy: which rules are active.
        record: whether to note what the answers rest on.
        explaining: whether to collect what was let pass.
        base: how the workspace was at the commit it is compared with.
    """
    read = graph.files.get(path)
    if read is None or outside(path, policy, graph):
        return FileResult()
    facts = read.facts
    view = View(graph, path, record=record)
    findings: list[Finding] = []
    tallies: dict[tuple[str, str], list[int]] = {}
    quiet: list[Quiet] = []
    failed: list[str] = []
    context = Context(path, facts, view, all_rules()[0], explaining, tallies, quiet, base)
    torn = facts.role in _YAML_ROLES and facts.torn
    for rule in policy.rules_for(facts.role):
        if torn and rule.of_whole:
            continue
        for wanted in rule.wants:
            if getattr(facts, wanted):
                break
        else:
            continue
        context.rule = rule
        found: list[Finding] = []
        try:
            found.extend(rule.check(context))
        except Exception:
            logger.exception("the rule %s failed on %s", rule.code, path)
            failed.append(rule.code)
        # What a model lacks may stand in the file of properties that is being typed.
        if not (found and rule.of_whole and facts.role in _DBT_ROLES and view.torn("dbt_yaml", path)):
            findings += found
    if findings and facts.role in _DBT_ROLES:
        findings = [finding for finding in findings if not _silenced_by_meta(view, facts, finding)]
    findings = list(_without_explained(findings))
    keys = tuple(view.keys) if view.keys is not None else ()
    return FileResult(
        tuple(findings),
        tuple((code, group, n, have) for (code, group), (n, have) in tallies.items()),
        keys,
        tuple(quiet),
        tuple(failed),
    )


_YAML_ROLES = frozenset(("yaml", "dbt_yaml"))
_DBT_ROLES = frozenset(("dbt_sql", "dbt_yaml", "dbt_python"))


EXPLAINS = {"TG702": ("TG709", "TG106"), "TG106": ("TG709",)}
"""Rules whose findings say why there are some of others at the same place."""


def _without_explained(findings: list[Finding]) -> Iterator[Finding]:
    explained = {(code, finding.site) for finding in findings for code in EXPLAINS.get(finding.code, ())}
    return (finding for finding in findings if (finding.code, finding.site) not in explained)


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
