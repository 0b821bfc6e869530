"""Writes the pages of `references/` that are made from the code: rules, configuration, schemas.

    python -m tests.tools.pages

A test fails as long as a page is not what this would write.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tidegate_analyzers import reference_files
from tidegate_analyzers.config import Config
from tidegate_analyzers.rules.base import CATEGORIES, Rule, all_rules
from tidegate_analyzers.rules.groups import GROUPS


def pages() -> Iterator[tuple[str, str]]:
    """(path below `references/`, text) of every page."""
    for rule in all_rules():
        yield f"rules/{rule.code}.md", page_of(rule)
    yield "rules/README.md", "".join(_index())
    yield "configuration.md", "".join(_configuration())
    schema = Config.model_json_schema(by_alias=True)
    yield "schemas/tidegate.schema.json", json.dumps({"$schema": DRAFT, **schema}, indent=2) + "\n"


DRAFT = "https://json-schema.org/draft/2020-12/schema"


def page_of(rule: Rule) -> str:
    """The page of a rule: its docstring below a head."""
    profiles = ", ".join(name for name in ("minimal", "recommended", "strict", "critical") if name in rule.profiles)
    return (
        f"# {rule.code} {rule.name}\n\n"
        f"*{rule.severity}* · {rule.category} · profiles: {profiles}\n\n"
        f"{rule.page.strip()}\n"
    )


def _index() -> Iterator[str]:
    yield "# Rules\n\nEvery rule by its code. `tidegate explain CODE` prints a page, `tidegate explain CODE PATH:LINE` why the rule\n"
    yield "speaks or is silent at a place.\n\n| rule | name | severity | category | |\n|---|---|---|---|---|\n"
    for rule in all_rules():
        yield f"| [{rule.code}]({rule.code}.md) | {rule.name} | {rule.severity} | {rule.category} | {rule.summary} |\n"


def _configuration() -> Iterator[str]:
    yield "# Configuration\n\n"
    yield "Settings stand in `tidegate.toml`, or below `[tool.tidegate]` in `pyproject.toml`, at the root of the workspace. The\n"
    yield "nearest such file upwards makes its folder the root. Editors offer the same settings under `tidegate.`; where both\n"
    yield "say something, the file wins, so that the editor shows what the command line reports.\n\n"
    yield '```toml\n# tidegate.toml\nprofile = "recommended"\nignore = ["TG605"]\n\n[severity]\nTG201 = "error"\n\n'
    yield '[per-path-ignores]\n"models/legacy/**" = ["TG101"]\n\n[contracts]\nfolder = "contracts"\n```\n\n'
    yield "| setting | type | default | |\n|---|---|---|---|\n"
    schema = Config.model_json_schema(by_alias=True)
    yield from _rows(schema, schema, "")
    yield "\nWhere rules are named, a category (" + ", ".join(f"`{name}`" for name in CATEGORIES) + ") stands for its\n"
    yield "rules, and a group for rules of several hundreds:\n\n| group | rules |\n|---|---|\n"
    for name, parts in GROUPS.items():
        yield f"| `{name}` | {', '.join(rule.code for rule in all_rules() if rule.code.startswith(parts))} |\n"


def _rows(schema: dict[str, Any], whole: dict[str, Any], prefix: str) -> Iterator[str]:
    for name, entry in schema["properties"].items():
        inner = whole["$defs"].get(str(entry.get("$ref", "")).rpartition("/")[2])
        if inner is not None:
            yield from _rows(inner, whole, f"{prefix}{name}.")
            continue
        default = json.dumps(entry["default"]) if "default" in entry else "{}" if entry["type"] == "object" else "[]"
        yield f"| `{prefix}{name}` | {_type(entry)} | `{default}` | {entry['description']} |\n"


def _type(entry: dict[str, Any]) -> str:
    if "enum" in entry:
        return ", ".join(f"`{value}`" for value in entry["enum"] if value)
    if entry["type"] == "array":
        return f"list of {entry['items']['type']}s"
    return "table" if entry["type"] == "object" else str(entry["type"])


def main() -> int:
    """Write every page that differs."""
    root: Path = reference_files.root()
    for path, text in pages():
        file = root / path
        if not file.is_file() or file.read_text("utf-8") != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
            sys.stdout.write(f"wrote {file}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
