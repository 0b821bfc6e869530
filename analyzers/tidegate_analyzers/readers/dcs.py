"""Contracts by the Data Contract Specification, which ODCS has replaced: what it can't do without.

https://datacontract.com: `dataContractSpecification`, `id`, and `info` with `title` and `version`.
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import FileFacts, FileRead, Problem, Sites
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.readers.problems import syntax_problems
from tidegate_analyzers.readers.suppressions import is_generated, suppressions
from tidegate_analyzers.readers.yaml_cover import yaml_cover, yaml_strings
from tidegate_analyzers.syntax.yaml import Mapping, parse_yaml
from tidegate_analyzers.text import Document

KEY = "dataContractSpecification"


def read_dcs(document: Document, role: Role) -> FileRead:
    """The faults of a contract; nothing for YAML that only holds the word."""
    sites = Sites()
    file = parse_yaml(document.text)
    roots = [root for root in file.documents if isinstance(root, Mapping) and root.get(KEY) is not None]
    problems = list(syntax_problems(file.problems, sites)) if roots else []
    for root in roots if not file.problems else ():
        problems += _missing(root, sites)
    return sites.finish(
        FileFacts(
            role.kind,
            tuple(problems),
            suppressions(document, sites, yaml_cover(file), yaml_strings(file)),
            is_generated(document),
        )
    )


def _missing(root: Mapping, sites: Sites) -> Iterator[Problem]:
    entry = root.entry(KEY)
    assert entry is not None
    for key in ("id", "info"):
        if root.get(key) is None:
            yield Problem("TG107", f"'{key}' is missing", sites.add(entry[0].span))
    info = root.entry("info")
    about = info[1] if info is not None else None
    if info is None or not isinstance(about, Mapping):
        return
    for key in ("title", "version"):
        if about.get(key) is None:
            yield Problem("TG107", f"'{key}' is missing", sites.add(info[0].span))
