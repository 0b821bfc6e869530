"""The settings of the VS Code extension are those of the configuration model, and the server takes what it sends."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any, get_args

import pytest

from tidegate_analyzers.config import Dialect
from tidegate_analyzers.layout.workspace import PROGRAMS
from tidegate_analyzers.syntax.sql import DIALECTS
from tidegate_server.lsp.settings import CLIENT_ONLY, settings_of

CLIENT = Path(__file__).parent.parent / "vscode-client"
MANIFEST = CLIENT / "package.json"
PROPERTIES: dict[str, dict[str, Any]] = json.loads(MANIFEST.read_text("utf-8"))["contributes"]["configuration"][
    "properties"
]


def test_settings_are_those_of_the_model() -> None:
    updated = runpy.run_path(str(CLIENT / "scripts" / "settings.py"))["updated"]
    text = MANIFEST.read_text("utf-8")
    assert updated(text) == text, "python vscode-client/scripts/settings.py writes the settings"


def test_generator_sees_a_difference() -> None:
    updated = runpy.run_path(str(CLIENT / "scripts" / "settings.py"))["updated"]
    text = MANIFEST.read_text("utf-8")
    manifest = json.loads(text)
    properties = manifest["contributes"]["configuration"]["properties"]
    del properties["tidegate.profile"]
    properties["tidegate.rollupMin"]["default"] = 7
    properties["tidegate.gone"] = {"type": "string"}
    assert updated(json.dumps(manifest)) == text


def test_server_takes_the_defaults(tmp_path: Path) -> None:
    sent = _nested({name: setting["default"] for name, setting in PROPERTIES.items()})
    assert settings_of(tmp_path, sent) == settings_of(tmp_path, {})


def _another(name: str, setting: dict[str, Any]) -> Any:
    """A value that is not the default."""
    if "enum" in setting:
        return next(value for value in setting["enum"] if value not in (setting["default"], ""))
    match setting["type"]:
        case "boolean":
            return not setting["default"]
        case "integer":
            return setting["default"] + 1
        case "number":
            return setting["default"] / 2
        case "array":
            return ["TG101"]
        case "object":
            values = setting["additionalProperties"]
            return {"TG101": "off"} if "enum" in values else {"models/old/**": ["TG101"]}
        case _:
            return "duckdb" if name == "tidegate.sql.dialect" else "elsewhere"


@pytest.mark.parametrize("name", [name for name in PROPERTIES if name.split(".")[1] not in CLIENT_ONLY])
def test_server_takes_each_setting(tmp_path: Path, name: str) -> None:
    settings = settings_of(tmp_path, _nested({name: _another(name, PROPERTIES[name])}))
    assert settings.faults == ()
    assert settings != settings_of(tmp_path, {}), f"{name} changes nothing"


def _nested(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings as VS Code hands them over: `tidegate.sql.dialect` lies in `sql`."""
    whole: dict[str, Any] = {}
    for name, value in settings.items():
        table = whole
        *tables, key = name.removeprefix("tidegate.").split(".")
        for inner in tables:
            table = table.setdefault(inner, {})
        table[key] = value
    return whole


def test_languages_start_the_extension_that_serves_them() -> None:
    """The languages are named twice: where the extension wakes up, and in what it hands to the server."""
    events = json.loads(MANIFEST.read_text("utf-8"))["activationEvents"]
    started = {event.partition(":")[2] for event in events if event.startswith("onLanguage:")}
    assert set(_listed("LANGUAGES")) == started


def test_programs_are_served_and_start_nothing() -> None:
    """A server for every package.json would be a nuisance; one that runs anyhow reads connectors as they are typed."""
    events = json.loads(MANIFEST.read_text("utf-8"))["activationEvents"]
    served = _listed("PROGRAMS")
    spelled = {"sh": "shellscript"}
    # VS Code opens the cells of a notebook and not its file, which is read when it is saved.
    assert {spelled.get(ending, ending) for ending in PROGRAMS if ending != "ipynb"} <= set(served)
    assert not {f"onLanguage:{language}" for language in served} & set(events)


def _listed(name: str) -> list[str]:
    source = (CLIENT / "src" / "extension.ts").read_text("utf-8")
    line = next(line for line in source.splitlines() if line.startswith(f"const {name} = "))
    languages: list[str] = json.loads(line.removeprefix(f"const {name} = ").rstrip(";"))
    return languages


def test_codes_and_patterns_are_not_respelled(tmp_path: Path) -> None:
    policy = settings_of(
        tmp_path, {"perPathIgnores": {"legacyModels": ["TG101"]}, "severity": {"TG605": "error"}}
    ).policy
    assert policy.per_path == {"legacyModels": ("TG101",)}
    assert policy.severity == {"TG605": "error"}


def test_dialects_are_those_that_are_read() -> None:
    assert set(get_args(Dialect)) == {"", *DIALECTS}
