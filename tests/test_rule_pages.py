"""Every rule's page: its Bad example fires and nothing else does, its Good example is clean, its fixes mend it."""

from __future__ import annotations

import re

import pytest

from tests.support.workspace import Workspace
from tests.tools.pages import pages
from tidegate_analyzers import reference_files
from tidegate_analyzers.fixes.base import build, kinds
from tidegate_analyzers.rules.base import Rule, all_rules

RULES = all_rules()
_BLOCK = re.compile(r"^`(?P<path>[^`]+)`:\n```\w*\n(?P<text>.*?)^```$", re.M | re.S)
MAKE = "python -m tests.tools.pages writes the pages"
BROKEN_CODES = frozenset(("TG002", "TG003"))


def examples(rule: Rule, kind: str) -> list[dict[str, str]]:
    """The files of each example of a kind; a page may have several, with words behind the heading."""
    sections = re.split(rf"(?m)^## {kind}\b.*$", rule.page)[1:]
    return [{m["path"]: m["text"] for m in _BLOCK.finditer(re.split(r"(?m)^## ", part)[0])} for part in sections]


def each(kind: str) -> list[object]:
    return [
        pytest.param(rule, files, id=f"{rule.code}-{kind.lower()}{number or ''}")
        for rule in RULES
        for number, files in enumerate(examples(rule, kind))
    ]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_page_has_examples(rule: Rule) -> None:
    assert examples(rule, "Bad"), "a page shows what is wrong"
    assert examples(rule, "Good"), "and how it is right"
    assert all(files for kind in ("Bad", "Good") for files in examples(rule, kind))
    assert re.fullmatch(r"TG\d{3}", rule.code)
    assert re.fullmatch(r"[a-z]+\d?(-[a-z]+)+", rule.name)
    assert rule.summary.endswith("."), "the first line is a sentence"


def test_codes_and_names_are_unique() -> None:
    assert len({rule.code for rule in RULES}) == len(RULES)
    assert len({rule.name for rule in RULES}) == len(RULES)


@pytest.mark.ledger("U-05")
@pytest.mark.parametrize(("rule", "files"), each("Bad"))
def test_bad_fires_alone(rule: Rule, files: dict[str, str]) -> None:
    workspace = _strict(rule, files)
    assert workspace.codes(), f"{rule.code} is silent on its Bad example"
    assert set(workspace.codes()) == {rule.code}


@pytest.mark.ledger("U-05")
@pytest.mark.parametrize(("rule", "files"), each("Good"))
def test_good_is_clean(rule: Rule, files: dict[str, str]) -> None:
    assert _strict(rule, files).found == []


@pytest.mark.parametrize(("rule", "files"), each("Bad"))
def test_fixes_mend(rule: Rule, files: dict[str, str]) -> None:
    before = _strict(rule, files)
    for found, offer in before.offers():
        assert offer.kind in kinds()
        change = build(before.fixer, offer)
        assert change is not None, f"'{offer.title}' is offered, but can't be made"
        after = before.applied(change)
        gone = [
            item
            for item in after.found
            if (item.code, item.shown.finding.subject) == (found.code, found.shown.finding.subject)
        ]
        assert not gone, f"'{offer.title}' leaves its finding"
        added = set(after.codes()) - set(before.codes()) - {"TG111"}
        assert not added, f"'{offer.title}' adds {added}"
        assert not BROKEN_CODES.intersection(after.codes()), f"'{offer.title}' breaks a file"


def _strict(rule: Rule, files: dict[str, str]) -> Workspace:
    """The example as the profile sees it that runs the rule: a page is written for the rule's own profile."""
    profile = "recommended" if "recommended" in rule.profiles else "strict"
    return Workspace(files, profile=profile)


@pytest.mark.ledger("S0-028")
@pytest.mark.parametrize(("path", "text"), [pytest.param(*page, id=page[0]) for page in pages()])
def test_reference_page_is_up_to_date(path: str, text: str) -> None:
    file = reference_files.root() / path
    assert file.is_file(), MAKE
    assert file.read_text("utf-8") == text, MAKE


def test_no_page_without_a_rule() -> None:
    folder = reference_files.root() / "rules"
    assert {file.stem for file in folder.glob("TG*.md")} == {rule.code for rule in RULES}
