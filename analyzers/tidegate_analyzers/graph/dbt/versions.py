"""The versions of a model: what there are, and which a `ref` without a version means.

https://docs.getdbt.com/docs/mesh/govern/model-versions
"""

from __future__ import annotations

import re

from tidegate_analyzers.facts import DbtProperties
from tidegate_analyzers.graph.dbt.nodes import properties_of
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.layout import Project

_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def versioned(view: View, project: Project | None, name: str) -> tuple[str, DbtProperties] | None:
    """The entry that gives a model its versions, with its file; `None` if there is none or they can't be read."""
    found = [
        (path, entry)
        for path, entry in properties_of(view, project, "model", name)
        if entry.name == name and entry.numbers
    ]
    return found[0] if len(found) == 1 else None


def latest_version(entry: DbtProperties) -> str:
    """The version that a `ref` without one means: that which is named, else the greatest; empty where unknown."""
    for setting in entry.config:
        if setting.name == "latest_version":
            return str(setting.value.value) if setting.value.known else ""
    if all(map(_NUMBER.fullmatch, entry.numbers)):
        return max(entry.numbers, key=float)
    return max(entry.numbers, default="")


def as_argument(version: str) -> str:
    """A version as it is written in a call."""
    return version if _NUMBER.fullmatch(version) else f"'{version}'"
