"""Findings as GitHub workflow commands, which become annotations in a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tidegate_server.present import Item

_LEVELS = {"error": "error", "warning": "warning", "info": "notice", "hint": "notice"}


def render(items: Iterable[Item]) -> Iterator[str]:
    """One command a finding."""
    for item in items:
        place = item.place
        fields = {
            "file": place.path,
            "line": place.line,
            "col": place.column,
            "endLine": place.end_line,
            "endColumn": place.end_column,
            "title": f"{item.code} {item.name}",
        }
        listed = ",".join(f"{name}={_property(str(value))}" for name, value in fields.items())
        yield f"::{_LEVELS[item.severity]} {listed}::{_data(item.message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
