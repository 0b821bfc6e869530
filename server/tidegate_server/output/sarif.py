"""Findings as SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any
from urllib.parse import quote

from tidegate_analyzers.rules.base import all_rules
from tidegate_server import __version__
from tidegate_server.present import HOMEPAGE, Item, Note, Place, page_url

_LEVELS = {"error": "error", "warning": "warning", "info": "note", "hint": "note"}


def render(items: Iterable[Item]) -> str:
    """The log, with one run. Columns count code points."""
    listed = list(items)
    rules = [rule for rule in all_rules() if any(item.code == rule.code for item in listed)]
    index = {rule.code: number for number, rule in enumerate(rules)}
    driver = {
        "name": "tidegate",
        "version": __version__,
        "informationUri": HOMEPAGE,
        "rules": [
            {
                "id": rule.code,
                "name": rule.name,
                "shortDescription": {"text": rule.summary},
                "fullDescription": {"text": rule.summary},
                "helpUri": page_url(rule.code),
                "help": {"text": rule.page, "markdown": rule.page},
                "defaultConfiguration": {"level": _LEVELS[rule.severity]},
                "properties": {"category": rule.category, "tags": [rule.category]},
            }
            for rule in rules
        ],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(item, index[item.code]) for item in listed],
    }
    return json.dumps(
        {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]},
        ensure_ascii=False,
        indent=2,
    )


def _result(item: Item, rule_index: int) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": item.code,
        "ruleIndex": rule_index,
        "level": _LEVELS[item.severity],
        "message": {"text": item.message},
        "locations": [{"physicalLocation": _physical(item.place)}],
        "partialFingerprints": {
            "tidegate/v1": blake2b(
                f"{item.code}\0{item.place.path}\0{item.subject or item.message}".encode(), digest_size=12
            ).hexdigest()
        },
        "properties": {"confidence": item.confidence, "category": item.category},
    }
    related = [note for note in (*item.related, *item.evidence) if note.place is not None]
    if related:
        result["relatedLocations"] = [
            {"id": number, "message": {"text": note.message}, "physicalLocation": _physical(_sure(note))}
            for number, note in enumerate(related, 1)
        ]
    return result


def _sure(note: Note) -> Place:
    assert note.place is not None  # the caller keeps those that have one
    return note.place


def _physical(place: Place) -> dict[str, Any]:
    region: dict[str, int] = {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    }
    return {"artifactLocation": {"uri": quote(place.path)}, "region": region}
