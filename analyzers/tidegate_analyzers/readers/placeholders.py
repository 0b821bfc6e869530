"""Placeholders that quick-fixes leave where the workspace does not know the answer: `<team>`, `<hours>`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.facts import Problem, Sites
from tidegate_analyzers.text import Span

_WHOLE_SCALAR = re.compile(
    r"(?m)(?:[:\-\[,{]|^)[ \t]*(?P<quote>[\"']?)(?P<word><[a-z][\w .,'/-]*>)(?P=quote)[ \t]*(?=$|[,\]}#\r])"
)
_IN_CODE = re.compile(r"[\"'`](?P<word><(?:batch_column|key|team)>)[\"'`]")
"""In code only the words that our own fixes write: markup stands in strings too."""


_PLACEHOLDER = re.compile(r"[\"']?<[a-z][\w .,'/-]*>[\"']?")


def is_placeholder(text: str) -> bool:
    """Whether a scalar is a placeholder: then what it should be is not asked for twice."""
    return bool(_PLACEHOLDER.fullmatch(text))


def placeholders(text: str, sites: Sites, *, code: bool = False) -> Iterator[Problem]:
    """The placeholders of a text, as problems of TG111."""
    if "<" not in text:
        return
    for match in (_IN_CODE if code else _WHOLE_SCALAR).finditer(text):
        word = match.group("word")
        yield Problem(
            "TG111", f"'{word}' is a placeholder; fill it in", sites.add(Span(match.start("word"), match.end("word")))
        )
