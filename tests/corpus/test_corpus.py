"""Real projects: nothing breaks, and what is said about them is what was read and judged by hand."""

from __future__ import annotations

import pytest

from tests.corpus.findings import check, golden, rendered
from tests.corpus.packages import Package, packages, unpacked

pytestmark = pytest.mark.corpus

each_package = pytest.mark.parametrize("package", packages(), ids=lambda package: package.name)


@each_package
def test_findings_are_the_reviewed_ones(package: Package) -> None:
    folder = unpacked(package)
    found = rendered(check(folder), check(folder, "--no-rollup"))
    expected = golden(package).read_text("utf-8")
    assert found.splitlines() == expected.splitlines(), "read the changed lines; `python -m tests.corpus.record` then"


@each_package
@pytest.mark.parametrize("profile", ["recommended", "strict"])
def test_no_rule_and_no_reader_fails(package: Package, profile: str) -> None:
    checked = check(unpacked(package), *(("--profile", profile) if profile == "strict" else ()))
    assert checked.status == 0, checked.err
    assert checked.logged == ()
    assert "rules that failed" not in checked.err
    assert checked.report["summary"]["files"]


@pytest.mark.ledger("S2-005")
@each_package
def test_every_file_is_understood(package: Package) -> None:
    """None of these files is broken, and none holds SQL that the parser has to give up on."""
    lines = check(unpacked(package), "--no-rollup").lines
    assert [line for line in lines if " TG002 " in line or " TG003 " in line] == []
