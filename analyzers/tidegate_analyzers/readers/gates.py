"""Files that check data contracts: workflows and other YAML that runs a contract checker."""

from __future__ import annotations

import re

from tidegate_analyzers.facts import FileFacts, FileRead, Setting, Sites, Value
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.text import Document, Span

CHECKS_CONTRACTS = re.compile(r"\bdatacontract\s+(?:test|ci)\b|\bsoda\s+contract\s+verify\b")
GATE = "gate.contracts"
"""The setting that stands for such a step."""


def read_gates(document: Document, role: Role) -> FileRead:
    """The first step of a file that checks contracts."""
    sites = Sites()
    found = CHECKS_CONTRACTS.search(document.text)
    site = sites.add(Span(*found.span())) if found else 0
    settings = (Setting(GATE, Value(True, found.group(), (), found.group(), site), site),) if found else ()
    return sites.finish(FileFacts(role.kind, settings=settings))


RUNS_DBT = re.compile(r"\bdbt\b[^;&|\n]*\s(?:run|build|seed|snapshot)\b")
"""A command that builds models of dbt."""
