"""Clauses that a contract lacks."""

from __future__ import annotations

from typing import Any

from tidegate_analyzers.fixes.base import Workspace, fix
from tidegate_analyzers.fixes.contract import invalid_records, quality_rules, replay
from tidegate_analyzers.fixes.known import Known, known_dataset
from tidegate_analyzers.fixes.yaml_edit import insert_item, insert_key
from tidegate_analyzers.syntax.yaml import Mapping, Sequence, parse_yaml, text_of
from tidegate_analyzers.text import Change, Document, Edit


def _contract(workspace: Workspace, path: str, number: str) -> tuple[Document, Mapping] | None:
    document = workspace.document(path)
    if document is None:
        return None
    roots = [
        root
        for root in parse_yaml(document.text).documents
        if isinstance(root, Mapping) and text_of(root.get("kind")) == "DataContract"
    ]
    return (document, roots[int(number)]) if int(number) < len(roots) else None


def _known(workspace: Workspace, path: str, number: str) -> Known:
    facts = workspace.view.facts(path)
    contract = facts.contracts[int(number)] if facts is not None and int(number) < len(facts.contracts) else None
    name = (
        next((obj.physical or obj.name for obj in contract.objects), contract.name or contract.id)
        if contract is not None
        else ""
    )
    return known_dataset(workspace.view, name, path)


def _insert(workspace: Workspace, path: str, number: str, key: str, value: Any) -> Change | None:
    found = _contract(workspace, path, number)
    if found is None:
        return None
    document, root = found
    existing = root.get(key)
    if isinstance(existing, Sequence) and isinstance(value, list):
        return Change((insert_item(document, existing, value[0]),))
    return Change((insert_key(document, root, key, value),)) if existing is None else None


@fix("odcs.owner")
def owner(workspace: Workspace, path: str, number: str) -> Change | None:
    """A team, named after the dataset's owner where one is known."""
    return _insert(workspace, path, number, "team", {"name": _known(workspace, path, number).owner or "<team>"})


@fix("odcs.freshness")
def freshness(workspace: Workspace, path: str, number: str) -> Change | None:
    """A latency, from the freshness of a dbt source or a pipeline where one is known."""
    hours = _known(workspace, path, number).latency_hours
    value: Any = "<hours>" if hours is None else int(hours) if hours == int(hours) else round(hours, 2)
    return _insert(workspace, path, number, "slaProperties", [{"property": "latency", "value": value, "unit": "h"}])


@fix("odcs.quality")
def quality(workspace: Workspace, path: str, number: str) -> Change | None:
    """Rules for the number of rows and for duplicates of the key, at the first object."""
    found = _contract(workspace, path, number)
    facts = workspace.view.facts(path)
    if found is None or facts is None:
        return None
    document, root = found
    listed = root.get("schema")
    items = listed.items() if isinstance(listed, Sequence) else ()
    first = next((item for item in items if isinstance(item, Mapping)), None)
    objects = facts.contracts[int(number)].objects
    if first is None or not objects:
        return None
    known = Known(objects[0].name or objects[0].physical, key=objects[0].key)
    rules = quality_rules(known)
    if (text_of(root.get("apiVersion")) or "").startswith("v3.0"):  # which has other names for metrics
        rules = [{"rule": "rowCount", "mustBeGreaterThan": 0, "dimension": "completeness", "severity": "error"}]
    existing = first.get("quality")
    if existing is None:
        return Change((insert_key(document, first, "quality", rules),))
    if not isinstance(existing, Sequence) or not existing.entries:
        return None
    edits = [insert_item(document, existing, item) for item in rules]
    return Change((Edit(edits[0].path, edits[0].span, "".join(item.text for item in edits)),))


@fix("odcs.compatibility")
def compatibility(workspace: Workspace, path: str, number: str) -> Change | None:
    """The usual mode: consumers keep working within a major version."""
    return _insert(
        workspace, path, number, "customProperties", [{"property": "tidegate.compatibility", "value": "FORWARD"}]
    )


@fix("odcs.invalid-records")
def invalid(workspace: Workspace, path: str, number: str) -> Change | None:
    """What an invalid record is and where it goes."""
    value = invalid_records(_known(workspace, path, number))
    return _insert(
        workspace, path, number, "customProperties", [{"property": "tidegate.invalidRecords", "value": value}]
    )


def custom_property(workspace: Workspace, path: str, number: int, name: str, value: Any) -> Change | None:
    """A custom property of a contract that does not have it."""
    return _insert(workspace, path, str(number), "customProperties", [{"property": name, "value": value}])


@fix("odcs.replay")
def replay_clause(workspace: Workspace, path: str, number: str) -> Change | None:
    """How consumers see a replay."""
    return _insert(
        workspace,
        path,
        number,
        "customProperties",
        [{"property": "tidegate.replay", "value": replay(_known(workspace, path, number))}],
    )
