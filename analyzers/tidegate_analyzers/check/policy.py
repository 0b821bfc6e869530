"""What the configuration decides: which rules run, how severe their findings are, and where they are ignored."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from tidegate_analyzers.rules.base import Finding, Rule, Severity, all_rules, fits


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


@lru_cache(maxsize=32)
def rules_for(role: str) -> tuple[Rule, ...]:
    """The rules that look at files of a role."""
    return tuple(rule for rule in all_rules() if role in rule.looks_at)
