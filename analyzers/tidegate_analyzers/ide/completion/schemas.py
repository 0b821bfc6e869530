"""Which JSON Schemas say what a YAML file may hold."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from tidegate_analyzers import reference_files
from tidegate_analyzers.ide.completion.asked import Asked

_NAMES: dict[str, tuple[str, tuple[str, ...]]] = {
    "dbt_project": ("dbt_project", ("dbt/dbt_project-latest-fusion",)),
    "packages": ("packages", ("dbt/packages-latest-fusion",)),
    "dependencies": ("packages", ("dbt/packages-latest-fusion",)),
    "selectors": ("selectors", ("dbt/selectors-latest-fusion",)),
    "profiles": ("profiles", ("dbt/profiles-latest-fusion",)),
}
_PROPERTIES = ("dbt/dbt_yml_files-latest-fusion", "dbt/dbt_yml_files-latest")
_CONTRACT = re.compile(r"""(?m)^\s*["']?kind["']?\s*:\s*["']?DataContract\b""")
_REQUEST = re.compile(r"""(?m)^\s*["']?kind["']?\s*:\s*["']?OperationRequest\b""")
_PIPELINE = re.compile(r"""(?m)^\s*["']?apiVersion["']?\s*:\s*["']?tidegate/""")
_VERSION = re.compile(r"""(?m)^\s*["']?apiVersion["']?\s*:\s*["']?v3\.([0-2])\b""")
_CONTRACTS = {"0": "odcs/odcs-v3.0.2", "1": "odcs/odcs-v3.1.0", "2": "odcs/odcs-v3.2.0"}


def schemas_of(asked: Asked) -> tuple[str, list[dict[str, Any]]]:
    """The sort of a YAML file, with its schemas; both empty where it is none that is known.

    Sorts are `dbt_project`, `packages`, `selectors`, `profiles`, `properties`, `pipeline`, `request` and `contract`.
    """
    stem = asked.path.rpartition("/")[2].rpartition(".")[0].lower()
    sort, names = _NAMES.get(stem, ("", ()))
    if not sort and asked.role is not None and asked.role.kind == "dbt_yaml":
        sort, names = "properties", _PROPERTIES
    elif not sort:
        sort, names = _by_content(asked.text, stem)
    return sort, [_profiles() if sort == "profiles" else reference_files.schema(name) for name in names]


@lru_cache(maxsize=1)
def _profiles() -> dict[str, Any]:
    """The schema of profiles, which knows connections, with the mapping that connections stand in."""
    outputs = {"type": "object", "additionalProperties": {"$ref": "#/definitions/DbConfig"}}
    profile = {
        "type": "object",
        "properties": {
            "target": {"type": "string", "description": "The output that is used by default."},
            "outputs": outputs,
        },
    }
    return {**reference_files.schema("dbt/profiles-latest-fusion"), "additionalProperties": profile}


def _by_content(text: str, stem: str) -> tuple[str, tuple[str, ...]]:
    if _CONTRACT.search(text) or (stem.endswith((".odcs", ".contract")) and not _PIPELINE.search(text)):
        version = _VERSION.search(text)
        return "contract", (_CONTRACTS[version.group(1) if version is not None else "1"],)
    if _REQUEST.search(text):
        return "request", ("operation",)
    if _PIPELINE.search(text) or stem == "pipeline" or stem.endswith((".pipeline", "_pipeline")):
        return "pipeline", ("pipeline",)
    return "", ()
