"""The configuration of a root: its file, and beneath it what the editor says."""

from __future__ import annotations

import contextlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tidegate_analyzers.check import Policy
from tidegate_analyzers.layout import Options
from tidegate_analyzers.text import Document, Span
from tidegate_server.clock import located
from tidegate_server.files import config_file, read_document

CLIENT_ONLY = frozenset(("server", "trace", "enable"))
"""Settings of the extension itself, which the client sends along."""

_BY_NAME = frozenset(("severity", "per-path-ignores"))
"""Tables whose keys are codes and patterns, which are not respelled."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong in the configuration; `document` is `None` for a setting of the editor."""

    document: Document | None
    span: Span
    message: str


@dataclass(frozen=True, slots=True)
class Editor:
    """What the editor shows beside findings."""

    code_lens: bool = True
    star_hints: bool = False
    type_hints: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """What is in force at a root."""

    policy: Policy
    options: Options
    baseline: str = ".tidegate-baseline.json"
    faults: tuple[Fault, ...] = ()
    editor: Editor = Editor()


def settings_of(root: Path, editor: Mapping[str, Any]) -> Settings:
    """The configuration of a root.

    What the file says wins, so that the editor shows what the command line reports; the editor's settings count
    where the file says nothing.

    Args:
        root: the root.
        editor: the editor's settings below `tidegate`.
    """
    file = config_file(root)
    if file is None and not editor:
        return Settings(Policy(), located(root, Options()))
    # pydantic is loaded for those who configure something.
    from tidegate_analyzers.config import Config, from_table, read_config, table_of

    given = {_kebab(key): value for key, value in editor.items() if key not in CLIENT_ONLY}
    given = {key: value if key in _BY_NAME else _kebab_keys(value) for key, value in given.items()}
    document = read_document(root, file.name) if file is not None else None
    faults: list[Fault] = []
    table: dict[str, Any] = {}
    if document is not None:
        _, problems = read_config(document)
        faults += [Fault(document, problem.span, problem.message) for problem in problems]
        with contextlib.suppress(tomllib.TOMLDecodeError):  # told above
            table = table_of(document) or {}
    elif file is not None:
        faults.append(Fault(Document(file.name, ""), Span(0, 0), "the configuration can't be read"))
    _, problems = from_table(given, Document("settings", ""), "")
    faults += [Fault(None, Span(0, 0), problem.message) for problem in problems]
    config: Config = from_table(_merged(given, table), Document("", ""), "")[0]
    shown = Editor(config.editor.code_lens, config.editor.star_hints, config.editor.type_hints)
    return Settings(config.policy(), located(root, config.options()), config.baseline, tuple(faults), shown)


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        inner = merged.get(key)
        merged[key] = _merged(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return merged


def _kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).replace("_", "-").lower()


def _kebab_keys(value: Any) -> Any:
    """A table of settings with the spelling of the file."""
    return {_kebab(str(key)): inner for key, inner in value.items()} if isinstance(value, dict) else value
