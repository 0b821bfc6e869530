"""What a rule is, what it sees and what it says."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, get_args

from tidegate_analyzers.facts import FileFacts, Site
from tidegate_analyzers.graph.base import Base
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.layout import IGNORED_FOLDERS, fixture
from tidegate_analyzers.rules.groups import GROUPS
from tidegate_analyzers.safety.verdict import Step

Severity = Literal["error", "warning", "info", "hint"]
Confidence = Literal["proved", "likely"]
Category = Literal["reliability", "data-quality", "cost", "operability"]
CATEGORIES: tuple[Category, ...] = get_args(Category)
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info", "hint")


@dataclass(frozen=True, slots=True)
class Related:
    """A place that has to do with a finding, and what it has to do with it."""

    path: str
    site: Site
    message: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A quick-fix that a finding offers; `fixes` makes the edits when somebody asks for them.

    Attributes:
        kind: the name of the fix.
        title: what the menu shows.
        safe: whether it leaves alone what runs.
        args: what the fix needs to know.
    """

    kind: str
    title: str
    safe: bool
    args: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding.

    Attributes:
        code, name: the rule's.
        message: what was found and what was expected: lower case, no full stop.
        path, site: where.
        severity: how bad; only a proved finding is an error.
        confidence: `proved` when every step was read from the workspace.
        subject: the dataset or object it is about.
        evidence: the chain of steps.
        related: other places.
        offers: quick-fixes, the best first.
        group: for absence rules, the project within which findings roll up.
    """

    code: str
    name: str
    message: str
    path: str
    site: Site
    severity: Severity
    confidence: Confidence = "proved"
    subject: str = ""
    evidence: tuple[Step, ...] = ()
    related: tuple[Related, ...] = ()
    offers: tuple[Offer, ...] = ()
    group: str = ""


@dataclass(frozen=True, slots=True)
class Quiet:
    """Something a rule looked at and let pass; only `explain` collects these."""

    code: str
    path: str
    site: Site
    subject: str
    evidence: tuple[Step, ...]


@dataclass(slots=True)
class Context:
    """What a rule sees: one file's facts, the graph, and a place to leave what it counts.

    `base` is how the workspace was at the commit it is compared with, where there is one.
    """

    path: str
    facts: FileFacts
    view: View
    rule: Rule
    explaining: bool = False
    tallies: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    quiet: list[Quiet] = field(default_factory=list)
    base: Base | None = None

    def finding(
        self,
        site: Site,
        message: str,
        *,
        severity: Severity | None = None,
        proved: bool = True,
        subject: str = "",
        evidence: Iterable[Step] = (),
        related: Iterable[Related] = (),
        offers: Iterable[Offer] = (),
        group: str = "",
    ) -> Finding:
        """A finding of this rule in this file. What is only likely is a warning at most.

        Fixes write the language of a file, and a notebook holds it in strings: there they are not offered.
        """
        if self.path.endswith(".ipynb"):
            offers = ()
        level: Severity = severity or self.rule.severity
        if not proved and level == "error":
            level = "warning"
        return Finding(
            self.rule.code, self.rule.name, message, self.path, site, level, "proved" if proved else "likely", subject,
            tuple(evidence), tuple(related), tuple(offers), group,
        )  # fmt: skip

    def count(self, group: str, *, has: bool) -> None:
        """Count one eligible object of a project, for the share that has what the rule misses in others."""
        tally = self.tallies.setdefault((self.rule.code, group), [0, 0])
        tally[0] += 1
        tally[1] += has

    def passed(self, site: Site, subject: str, evidence: Iterable[Step] = ()) -> None:
        """Note that something was looked at and is fine."""
        if self.explaining:
            self.quiet.append(Quiet(self.rule.code, self.path, site, subject, tuple(evidence)))

    @property
    def shielded(self) -> bool:
        """True in fixtures, examples and installed files, where absence rules have nothing to ask for."""
        return _shielded(self.path, self.view.layout.options.exhibit)


@lru_cache(maxsize=4096)
def _shielded(path: str, exhibit: bool) -> bool:
    return bool(fixture(path, exhibit=exhibit)) or any(part in IGNORED_FOLDERS for part in path.split("/")[:-1])


Check = Callable[[Context], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule's declaration.

    Attributes:
        code: stable, `TG` and three digits.
        name: kebab-case; accepted wherever the code is.
        category: the section of a review it belongs to.
        severity: the usual one.
        profiles: the profiles that switch it on; `all` does so always.
        looks_at: the roles of files it reads.
        wants: the kinds of facts (fields of `FileFacts`) of which a file must have one for the rule to run.
        of_whole: whether it speaks of what is missing: in a YAML file that could not be read whole, that may stand
            in the part which was not read.
        absence: a sentence about the share of objects that have what is missing, with `{have}`, `{n}` and `{what}`;
            empty for rules that are not about absence.
        page: the rule's page.
        check: the rule itself.
    """

    code: str
    name: str
    category: Category
    severity: Severity
    profiles: frozenset[str]
    looks_at: frozenset[str]
    wants: tuple[str, ...]
    of_whole: bool
    absence: str
    page: str
    check: Check

    @property
    def summary(self) -> str:
        """The first line of the page."""
        return self.page.strip().partition("\n")[0]


_REGISTRY: dict[str, Rule] = {}
RECOMMENDED = ("recommended", "strict")
JOB_FILES = ("python", "sql", "yaml", "dbt_yaml", "json", "properties", "shell", "scala", "java")
"""The roles of files that may hold jobs."""
EVERYWHERE = ("minimal", "recommended", "strict", "critical")
CRITICAL = ("recommended", "strict", "critical")


def rule(
    code: str,
    name: str,
    *,
    category: Category,
    severity: Severity,
    looks_at: Iterable[str],
    wants: Iterable[str],
    profiles: Iterable[str] = RECOMMENDED,
    of_whole: bool = False,
    absence: str = "",
) -> Callable[[Check], Check]:
    """Declare a function a rule. Its module's docstring becomes the page."""

    def declare(check: Check) -> Check:
        module = importlib.import_module(check.__module__)
        _REGISTRY[code] = Rule(
            code,
            name,
            category,
            severity,
            frozenset(profiles),
            frozenset(looks_at),
            tuple(wants),
            of_whole,
            absence,
            module.__doc__ or "",
            check,
        )
        return check

    return declare


@lru_cache(maxsize=1)
def all_rules() -> tuple[Rule, ...]:
    """Every rule there is, by code."""
    package = importlib.import_module("tidegate_analyzers.rules")
    for info in pkgutil.walk_packages(package.__path__, "tidegate_analyzers.rules."):
        if info.name.rpartition(".")[2].startswith("tg"):
            importlib.import_module(info.name)
    return tuple(_REGISTRY[code] for code in sorted(_REGISTRY))


def fits(code: str, name: str, word: str) -> bool:
    """Whether a word stands for a rule: its code, the beginning of its code, its name, a group, or `*` for every rule."""
    if word in (name, "*") or (word.upper().startswith("TG") and code.startswith(word.upper())):
        return True
    return code.startswith(GROUPS[word]) if word in GROUPS else word in CATEGORIES and _categories().get(code) == word


@lru_cache(maxsize=1)
def _categories() -> dict[str, str]:
    return {rule.code: rule.category for rule in all_rules()}


def names_rule(word: str) -> bool:
    """Whether a word stands for any rule."""
    return any(fits(rule.code, rule.name, word) for rule in all_rules())


def find_rule(text: str) -> Rule | None:
    """A rule by code or name."""
    return next((r for r in all_rules() if text.upper() == r.code or text == r.name), None)
