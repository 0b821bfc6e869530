"""Docs blocks: `{% docs name %}` in Markdown, which YAML descriptions take in by `{{ doc('name') }}`."""

from __future__ import annotations

import re

from tidegate_analyzers.facts import FileFacts, FileRead, Name, Sites
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.text import Document, Span

_DOCS = re.compile(r"\{%-?\s*docs\s+(\w+)\s*-?%\}")


def read_docs(document: Document, role: Role) -> FileRead:
    """The docs blocks of a file. Other Jinja in Markdown is prose to dbt too."""
    sites = Sites()
    names = tuple(
        Name("docs", match.group(1), sites.add(Span(match.start(1), match.end(1))), made=True)
        for match in _DOCS.finditer(document.text)
    )
    return sites.finish(FileFacts("dbt_docs", names=names))
