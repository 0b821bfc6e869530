"""Writes the settings of the VS Code extension into its package.json, from the model of the configuration.

    python vscode-client/scripts/settings.py            rewrite what is generated
    python vscode-client/scripts/settings.py --check    exit with 1, and print the difference, if that would change it

The settings of the extension itself (`tidegate.server.*`, `tidegate.trace.*`) are written by hand and left alone.
"""

from __future__ import annotations

import argparse
import difflib
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tidegate_analyzers.config import Config

PACKAGE = Path(__file__).parent.parent / "package.json"
OWN = ("tidegate.server.", "tidegate.trace.")
FILE_ONLY = frozenset(("baseline", "max-lines-per-rule", "facts"))
"""Keys that the server does not take from an editor."""
CARRIED = ("type", "enum", "items", "additionalProperties", "minimum", "maximum")
"""What a setting takes over from the schema as it is."""
FIRST_ORDER = 10
"""The first generated setting's place in the list that VS Code shows; the extension's own come before it."""


def main(arguments: list[str] | None = None) -> int:
    """Run the script; returns the exit status."""
    parser = argparse.ArgumentParser(description="Writes the settings of the VS Code extension into its package.json.")
    parser.add_argument("--check", action="store_true", help="change nothing; exit with 1 if something would change")
    options = parser.parse_args(arguments)
    before = PACKAGE.read_text("utf-8")
    after = updated(before)
    if before == after:
        return 0
    if not options.check:
        PACKAGE.write_text(after, "utf-8", newline="\n")
        return 0
    sys.stdout.writelines(
        difflib.unified_diff(
            before.splitlines(keepends=True), after.splitlines(keepends=True), "package.json", "package.json generated"
        )
    )
    return 1


def updated(manifest: str) -> str:
    """The text of a package.json with the settings as the model has them."""
    package = json.loads(manifest)
    configuration = package["contributes"]["configuration"]
    own = {name: value for name, value in configuration["properties"].items() if name.startswith(OWN)}
    schema = Config.model_json_schema(by_alias=True)
    defaults = Config().model_dump(by_alias=True, mode="json")
    generated = dict(_settings("tidegate", schema, defaults, schema.get("$defs", {})))
    for number, setting in enumerate(generated.values()):
        setting["order"] = FIRST_ORDER + number
    configuration["properties"] = own | generated
    return json.dumps(package, indent=2, ensure_ascii=False) + "\n"


def _settings(
    prefix: str, table: Mapping[str, Any], defaults: Mapping[str, Any], tables: Mapping[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The settings of a table of the configuration, those of its inner tables included, by their ids."""
    for key, schema in table["properties"].items():
        if key in FILE_ONLY:
            continue
        name = f"{prefix}.{_camel(key)}"
        if "$ref" in schema:
            yield from _settings(name, tables[schema["$ref"].rpartition("/")[2]], defaults[key], tables)
        else:
            carried = {field: schema[field] for field in CARRIED if field in schema}
            # The server asks for the settings of the window, not for those of each folder.
            shown = {"default": defaults[key], "scope": "window", "description": schema["description"]}
            yield name, carried | shown


def _camel(key: str) -> str:
    first, *rest = key.split("-")
    return first + "".join(word.capitalize() for word in rest)


if __name__ == "__main__":
    sys.exit(main())
