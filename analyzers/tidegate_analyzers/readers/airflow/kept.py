"""Connections, variables and pools that files give to Airflow: environment variables, `airflow_settings.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.facts import FileFacts, FileRead, Name, Sites
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.readers.suppressions import is_generated, suppressions
from tidegate_analyzers.readers.yaml_cover import yaml_cover, yaml_strings
from tidegate_analyzers.syntax.yaml import Mapping, Node, Scalar, Sequence, parse_yaml
from tidegate_analyzers.text import Document

_GIVEN = re.compile(r"\bAIRFLOW_(?P<kind>CONN|VAR)_(?P<name>\w+)(?=[ \t]*[:=])")
_KINDS = {"CONN": "connection", "VAR": "variable"}
_LISTED = (("connections", "conn_id", "connection"), ("variables", "variable_name", "variable"), ("pools", "pool_name", "pool"))  # fmt: skip


def kept_in_environment(text: str, sites: Sites) -> Iterator[Name]:
    """What `AIRFLOW_CONN_WAREHOUSE=…` and `AIRFLOW_VAR_BUCKET=…` give; Airflow asks for names in capitals."""
    for match in _GIVEN.finditer(text) if "AIRFLOW_" in text else ():
        yield Name(_KINDS[match["kind"]], match["name"].lower(), sites.add(match.span("name")), True)


def read_kept(document: Document, role: Role) -> FileRead:
    """The facts of a YAML file that gives some to Airflow."""
    sites = Sites()
    file = parse_yaml(document.text)
    names = list(kept_in_environment(document.text, sites))
    for root in file.documents:
        names += _settings(root, sites)
    return sites.finish(
        FileFacts(
            role.kind,
            (),
            suppressions(document, sites, yaml_cover(file), yaml_strings(file)),
            is_generated(document),
            names=tuple(names),
        )
    )


def _settings(root: Node, sites: Sites) -> Iterator[Name]:
    """The lists of an `airflow_settings.yaml`."""
    airflow = root.get("airflow") if isinstance(root, Mapping) else None
    for key, field, kind in _LISTED if isinstance(airflow, Mapping) else ():
        listed = airflow.get(key) if isinstance(airflow, Mapping) else None
        for item in listed.items() if isinstance(listed, Sequence) else ():
            name = item.get(field) if isinstance(item, Mapping) else None
            if isinstance(name, Scalar) and name.value:
                yield Name(kind, name.value, sites.add(name.inner), True)
