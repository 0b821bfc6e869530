"""Placeholders that quick-fixes leave where the workspace does not know the answer: `<team>`, `<hours>`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from tidegate_analyzers.facts import Problem, Sites
from tidegate_analyzers.text import Span

_SCALAR = r"(?m)(?:[:\-\[,{]|^)[ \t]*(?P<quote>[\"']?)(?P<word>%s)(?P=quote)[ \t]*(?=$|[,\]}#\r])"
_FORMS = {
    "contract": re.compile(_SCALAR % r"<[a-z][\w .,'/-]*>"),
    "dbt": re.compile(_SCALAR % "<(?:team|type|key|hours)>"),
    "code": re.compile(r"[\"'`](?P<word><(?:batch_column|key|team)>)\\?[\"'`]"),
}
"""Outside contracts only the words that our own fixes write there: data and markup stand in angle brackets too."""

_PLACEHOLDER = re.compile(r"[\"']?<[a-z][\w .,'/-]*>[\"']?")


def is_placeholder(text: str) -> bool:
    """Whether a scalar is a placeholder: then what it should be is not asked for twice."""
    return bool(_PLACEHOLDER.fullmatch(text))


def placeholders(text: str, sites: Sites, form: Literal["contract", "dbt", "code"]) -> Iterator[Problem]:
    """The placeholders of a text, as problems of TG111."""
    if "<" not in text:
        return
    for match in _FORMS[form].finditer(text):
        word = match.group("word")
        yield Problem(
            "TG111", f"'{word}' is a placeholder; fill it in", sites.add(Span(match.start("word"), match.end("word")))
        )
