"""The vocabulary that hovers show: short, and each of its links leads to a page."""

from __future__ import annotations

import re

import pytest

from tests.support.workspace import Workspace
from tidegate_analyzers import reference_files
from tidegate_analyzers.ide.hover import hover
from tidegate_analyzers.ide.vocabulary import terms
from tidegate_server.lsp.publish import rule_page

LINES = 12
"""A hover that is longer hides the text it is about."""
ROW = re.compile(r"^\| pipeline\.yaml \| `(?P<word>\w+)` \|", re.M)
WORDS = ROW.findall((reference_files.root() / "vocabulary.md").read_text("utf-8"))
LINK = re.compile(r"\]\(file://(?P<path>[^)#]+)\)")


def test_there_are_words_for_every_term() -> None:
    text = (reference_files.root() / "vocabulary.md").read_text("utf-8")
    sections = {part.partition("\n")[0]: part for part in re.split(r"(?m)^## ", text)[1:]}
    assert sections.keys() == terms().keys()
    assert [title for title, part in sections.items() if not ROW.search(part)] == []


@pytest.mark.ledger("S0-027")
@pytest.mark.parametrize("word", WORDS)
def test_a_hover_is_short_and_leads_on(word: str) -> None:
    workspace = Workspace({"pipeline.yaml": f"apiVersion: tidegate/v1\nkind: Pipeline\n{word}:\n"})
    document = workspace.documents["pipeline.yaml"]
    at = document.text.rindex(word) + 1
    shown = hover(
        workspace.view, workspace.snapshot, document, at, [item.shown for item in workspace.found], page=rule_page
    )
    assert shown is not None
    assert len(shown.markdown.splitlines()) <= LINES
    links = LINK.findall(shown.markdown)
    assert links, "the reader is led to the rules that guard the word"
    titles = [(reference_files.root() / "rules" / path.rpartition("/")[2]).read_text("utf-8") for path in links]
    assert all(re.match(r"# TG\d{3} ", title) for title in titles)
