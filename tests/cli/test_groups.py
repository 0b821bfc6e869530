"""Categories and groups: rules that are switched on and off by one word, and counted apart."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.support.command import tidegate
from tidegate_analyzers.check import Policy
from tidegate_analyzers.rules.base import CATEGORIES, Rule, all_rules
from tidegate_analyzers.rules.groups import GROUPS

RULES = all_rules()
SEVERITIES = ("hint", "info", "warning", "error")


def _active(policy: Policy) -> set[str]:
    return {rule.code for rule in RULES if policy.active(rule)}


def _of(group: str) -> list[Rule]:
    return [rule for rule in RULES if rule.code.startswith(GROUPS[group])]


@pytest.mark.parametrize("group", GROUPS)
def test_every_part_of_a_group_is_a_rule(group: str) -> None:
    for part in GROUPS[group]:
        assert any(rule.code.startswith(part) for rule in RULES), f"{part} is no rule, nor the beginning of one"
    assert group not in CATEGORIES
    assert group not in {rule.name for rule in RULES}


@pytest.mark.ledger("S4-002")
@pytest.mark.parametrize("group", ["airflow", "dbt", "streaming", "orchestration", "performance", "loads"])
def test_a_group_is_switched_on_and_off(group: str) -> None:
    codes = {rule.code for rule in _of(group)}
    minimal, strict = _active(Policy("minimal")), _active(Policy("strict"))
    assert not codes <= minimal
    assert _active(Policy("minimal", select=(group,))) == minimal | codes
    assert _active(Policy("strict", ignore=(group,))) == strict - codes


@pytest.mark.ledger("S2-086")
def test_what_loses_data_is_one_word() -> None:
    added = _active(Policy("minimal", select=("data-loss",))) - _active(Policy("minimal"))
    lost = {"TG302", "TG303", "TG304", "TG404", "TG408", "TG412"}
    assert added <= lost <= added | _active(Policy("minimal"))


@pytest.mark.ledger("S0-052")
def test_categories_are_counted_apart_and_sum_up(example: Path) -> None:
    report = tidegate(example, "check", "--format", "json", "--profile", "strict").report
    found = Counter(item["category"] for item in report["findings"])
    counted = report["summary"]["categories"]
    assert counted == {category: found[category] for category in CATEGORIES}
    assert sum(counted.values()) == len(report["findings"]) == sum(report["summary"][s] for s in SEVERITIES)
    assert min(counted["reliability"], counted["data-quality"], counted["operability"]) > 0
    for category in CATEGORIES:
        others = ",".join(other for other in CATEGORIES if other != category)
        alone = tidegate(example, "check", "--format", "json", "--profile", "strict", "--ignore", others).report
        kept = {name: counted[name] if name == category else 0 for name in CATEGORIES}
        assert alone["summary"]["categories"] == kept


def test_a_word_that_is_no_group(example: Path) -> None:
    ran = tidegate(example, "check", "--select", "dataloss")
    assert ran.status == 2
    assert "no rule is meant by 'dataloss'" in ran.err
