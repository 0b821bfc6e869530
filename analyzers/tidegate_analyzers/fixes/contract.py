"""A data contract for a dataset, filled with what the workspace knows; the rest are placeholders to fill in.

The file is Open Data Contract Standard 3.1 (https://bitol-io.github.io/open-data-contract-standard/). What the
standard has no field for (compatibility, invalid records, replay) stands in custom properties named `tidegate.*`.
"""

from __future__ import annotations

import re
from typing import Any

from tidegate_analyzers.fixes.base import Workspace, fix
from tidegate_analyzers.fixes.known import Known, known_dataset, known_model, known_source, logical_type
from tidegate_analyzers.fixes.yaml_edit import dump, without_empty
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.text import Change, NewFile

_SCHEMA = "# yaml-language-server: $schema=https://raw.githubusercontent.com/bitol-io/open-data-contract-standard/main/schema/odcs-json-schema-{version}.json\n"


@fix("contract.create")
def create_contract(workspace: Workspace, kind: str, path: str, which: str, name: str) -> Change | None:
    """A new contract file for a model, a source table, an asset or a table."""
    known = known_for(workspace, kind, path, which, name)
    return None if known is None else Change(files=(contract_file(workspace, known),))


def known_for(workspace: Workspace, kind: str, path: str, which: str, name: str) -> Known | None:
    """What is known of the dataset that an offer speaks of."""
    view = workspace.view
    if kind == "model":
        return known_model(view, NodeKey(path, int(which), name, "model"))
    if kind == "source":
        return known_source(view, path, int(which))
    return known_dataset(view, name, path)


def contract_file(workspace: Workspace, known: Known) -> NewFile:
    """The file, under a path that is free."""
    options = workspace.graph.layout.options
    stem = _word(known.name)
    folder = "/".join(part for part in (options.contracts_folder, _word(known.domain)) if part)
    schema = known.physical.split(".")[-2] if known.physical.count(".") and "://" not in known.physical else ""
    names = [stem, f"{_word(schema)}_{stem}" if schema else stem, *(f"{stem}_{number}" for number in range(2, 1000))]
    free = (f"{folder}/{name}.odcs.yaml" for name in names)
    return NewFile(
        next(path for path in free if not workspace.exists(path)),
        _SCHEMA.format(version=options.odcs_version) + dump(contract(known, options.odcs_version)) + "\n",
    )


def contract(known: Known, version: str = "v3.1.0") -> dict[str, Any]:
    """The contract as a mapping."""
    moment = _moment(known)
    element = f"{known.name}.{moment}" if moment else known.name
    return without_empty(
        {
            "apiVersion": version,
            "kind": "DataContract",
            "id": f"urn:tidegate:{_word(known.domain) or 'data'}:{_word(known.name)}",
            "name": known.name,
            "version": "1.0.0",
            "status": "draft",
            "domain": known.domain,
            "description": {"purpose": _words(known.purpose) or "<what the data is for>"},
            "schema": [_object(known)],
            "slaProperties": _service_levels(known, element),
            "team": {"name": known.owner or "<team>"},
            "customProperties": [
                {"property": "tidegate.compatibility", "value": "FORWARD"},
                {"property": "tidegate.invalidRecords", "value": invalid_records(known)},
                {"property": "tidegate.replay", "value": replay(known)},
            ],
        }
    )


def _moment(known: Known) -> str:
    """The column that tells how old a row is: that of its batch, else the first with a time."""
    columns = {column.name: logical_type(column.type) for column in known.columns}
    if known.batch_column in columns:
        return known.batch_column
    return next((name for kind in ("timestamp", "date") for name, type_ in columns.items() if type_ == kind), "")


def _object(known: Known) -> dict[str, Any]:
    return without_empty(
        {
            "name": known.name,
            "physicalName": known.physical or known.name,
            "physicalType": known.physical_type,
            "dataGranularityDescription": f"one row per {', '.join(known.key)}" if known.key else "",
            "properties": [_property(known, column) for column in known.columns],
            "quality": quality_rules(known),
        }
    )


def _words(description: str) -> str:
    """A description as it stands; nothing where dbt would put it in (`{{ doc('orders') }}`)."""
    return "" if "{{" in description else description.strip()


def _property(known: Known, column: Any) -> dict[str, Any]:
    in_key = column.name in known.key
    return without_empty(
        {
            "name": column.name,
            "logicalType": logical_type(column.type),
            "physicalType": column.type if "<" not in column.type else "",
            "description": _words(column.description),
            "primaryKey": True if in_key else None,
            "primaryKeyPosition": known.key.index(column.name) + 1 if in_key else None,
            "required": True if column.not_null or in_key else None,
            "unique": True if column.unique or (in_key and len(known.key) == 1) else None,
            "partitioned": True if column.name == known.batch_column else None,
            "partitionKeyPosition": 1 if column.name == known.batch_column else None,
        }
    )


def quality_rules(known: Known) -> list[dict[str, Any]]:
    """What holds for any dataset: it has rows, and its key is not repeated."""
    rules: list[dict[str, Any]] = [
        {
            "id": f"{_word(known.name)}_row_count",
            "metric": "rowCount",
            "mustBeGreaterThan": 0,
            "dimension": "completeness",
            "severity": "error",
        }
    ]
    if known.key:
        rules.append(
            {
                "id": f"{_word(known.name)}_duplicate_key",
                "metric": "duplicateValues",
                "arguments": {"properties": list(known.key)},
                "mustBe": 0,
                "dimension": "uniqueness",
                "severity": "error",
            }
        )
    return rules


def _service_levels(known: Known, element: str) -> list[dict[str, Any]]:
    hours = known.latency_hours
    value: Any = "<hours>" if hours is None else int(hours) if hours == int(hours) else round(hours, 2)
    levels: list[dict[str, Any]] = [
        {"id": "freshness", "property": "latency", "value": value, "unit": "h", "element": element}
    ]
    if known.frequency is not None:
        levels.append(
            {
                "id": "frequency",
                "property": "frequency",
                "value": known.frequency[0],
                "unit": known.frequency[1],
                "element": element,
            }
        )
    return levels


def invalid_records(known: Known) -> dict[str, Any]:
    """What an invalid record is and where it goes, as far as tests and keys tell."""
    required = list(dict.fromkeys([*known.key, *(column.name for column in known.columns if column.not_null)]))
    definition = " or ".join(f"{name} is null" for name in required[:4]) or "<when a record is invalid>"
    if known.tested:
        return {"definition": definition, "action": "fail"}
    return {
        "definition": definition,
        "action": "quarantine",
        "location": f"quarantine.{_word(known.name)}",
        "retention": "30d",
        "owner": known.owner or "<team>",
    }


def replay(known: Known) -> dict[str, Any]:
    """How a past window is processed again."""
    if known.strategy == "full_refresh":
        return without_empty(
            {"strategy": "full_refresh", "source_of_truth": known.source_of_truth, "consumers": {"notice": "5d"}}
        )
    return without_empty(
        {
            "strategy": known.strategy or "<strategy>",
            "source_of_truth": known.source_of_truth or "<what is read again>",
            "batch_window": "1d",
            "window": "30d",
            "isolation": "separate-pool",
            "consumers": {"notice": "5d"},
        }
    )


def _word(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", text).strip("_.").lower()
