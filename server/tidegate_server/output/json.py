"""Findings as JSON, by `references/schemas/report.schema.json`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from tidegate_analyzers.rules.base import CATEGORIES
from tidegate_server.present import RANK, Item, Note, Place


def render(items: Iterable[Item], *, files: int, known: int) -> str:
    """The report."""
    listed = list(items)
    counts = Counter(item.severity for item in listed)
    categories = Counter(item.category for item in listed)
    return json.dumps(
        {
            "version": 1,
            "findings": [_finding(item) for item in listed],
            "summary": {
                "files": files,
                "known": known,
                **{severity: counts[severity] for severity in RANK},
                "categories": {category: categories[category] for category in CATEGORIES},
            },
        },
        ensure_ascii=False,
        indent=2,
    )


def _finding(item: Item) -> dict[str, Any]:
    return {
        "code": item.code,
        "name": item.name,
        "category": item.category,
        "severity": item.severity,
        "confidence": item.confidence,
        "message": item.message,
        "path": item.place.path,
        "location": {"line": item.place.line, "column": item.place.column},
        "end_location": {"line": item.place.end_line, "column": item.place.end_column},
        "url": item.url,
        "related": [_note(note) for note in item.related],
        "evidence": [{**_note(note), "outcome": note.outcome, "guard": note.guard} for note in item.evidence],
        "fixes": [{"title": offer.title, "safe": offer.safe} for offer in item.offers],
    }


def _note(note: Note) -> dict[str, Any]:
    return {"message": note.message, **_place(note.place)}


def _place(place: Place | None) -> dict[str, Any]:
    if place is None:
        return {"path": None, "location": None, "end_location": None}
    return {
        "path": place.path,
        "location": {"line": place.line, "column": place.column},
        "end_location": {"line": place.end_line, "column": place.end_column},
    }
