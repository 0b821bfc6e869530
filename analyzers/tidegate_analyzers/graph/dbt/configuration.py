"""What the configuration of a node comes to.

The precedence is dbt's: the file's own `config()`, then the properties entry, then `dbt_project.yml` from the
innermost folder outwards (https://docs.getdbt.com/reference/configs-and-properties).
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Setting, Value
from tidegate_analyzers.graph.dbt.nodes import NodeKey, node_of, properties_of
from tidegate_analyzers.graph.index import View

_FALSE = frozenset((False, "false", "False", "no"))


def settings_of(view: View, key: NodeKey) -> Iterator[tuple[str, Setting]]:
    """Every setting of a node with the file it stands in, strongest first."""
    for path, settings in _levels(view, key):
        for setting in settings:
            yield path, setting


def _levels(view: View, key: NodeKey) -> list[tuple[str, tuple[Setting, ...]]]:
    """The settings of a node by the level they are made at."""

    def compute() -> list[tuple[str, tuple[Setting, ...]]]:
        node = node_of(view, key)
        project = view.layout.project_of(key.path)
        levels = [(key.path, node.config)] if node is not None and node.config else []
        for path, entry in properties_of(view, project, key.kind, node.name if node is not None else key.name):
            if entry.config:
                levels.append((path, entry.config))
        if project is not None and (folder := project.folder_settings(key.kind, project.fqn(key.path))):
            levels.append((project.path, folder))
        return levels

    return view.memo(("settings", key.path, key.index), compute)


def config(view: View, key: NodeKey, name: str) -> tuple[str, Value] | None:
    """The value of one setting, with the file that sets it."""
    for path, settings in _levels(view, key):
        for setting in settings:
            if setting.name == name:
                return path, setting.value
    return None


def config_value(view: View, key: NodeKey, name: str) -> Value | None:
    """The value of one setting."""
    found = config(view, key, name)
    return found[1] if found is not None else None


def meta(view: View, key: NodeKey, name: str) -> object:
    """An entry of `meta`; dbt merges the mappings of all levels."""
    for _, setting in settings_of(view, key):
        if (
            setting.name == "meta"
            and setting.value.known
            and isinstance(setting.value.value, dict)
            and name in setting.value.value
        ):
            return setting.value.value[name]
    return None


def ignored_codes(view: View, path: str, names: set[str]) -> tuple[str, ...]:
    """The rules that `meta: {tidegate: {ignore: [...]}}` silences for the nodes of some names in a file's project."""
    project = view.layout.project_of(path)
    found: list[str] = []
    for name in names:
        for posting in (*view.find(f"node:{name}"), *view.find(f"check:{name}")):
            facts = view.facts(posting.path)
            if facts is None or view.layout.project_of(posting.path) is not project:
                continue
            key = NodeKey(posting.path, posting.number, name, facts.nodes[posting.number].kind)
            given = meta(view, key, "tidegate")
            codes = given.get("ignore") if isinstance(given, dict) else meta(view, key, "tidegate.ignore")
            found += [str(code) for code in (codes if isinstance(codes, list) else [codes] if codes else [])]
    return tuple(found)


def is_enabled(view: View, key: NodeKey) -> bool:
    """False where the node is switched off for certain."""
    value = config_value(view, key, "enabled")
    return not (value is not None and value.known and value.value in _FALSE)


def materialization(view: View, key: NodeKey) -> str:
    """What the node is materialized as; empty where that is not known. Models default to views."""
    if key.kind != "model":
        return key.kind
    value = config_value(view, key, "materialized")
    if value is None:
        node = node_of(view, key)
        if node is not None and not node.config_complete:
            return ""
        return "table" if node is not None and node.language == "python" else "view"
    return str(value.value) if value.known and value.value is not None else ""


def contract_enforced(view: View, key: NodeKey) -> tuple[str, Value] | None:
    """The setting that enforces the node's contract, with its file; `None` when none does."""
    found = config(view, key, "contract")
    if found is None:
        return None
    value = found[1]
    enforced = value.value.get("enforced") if isinstance(value.value, dict) else value.value
    return found if not value.known or enforced in (True, "true", "True") else None


def key_columns(view: View, key: NodeKey) -> tuple[str, ...]:
    """The columns that tests, constraints or `unique_key` show to identify a row."""
    node = node_of(view, key)
    project = view.layout.project_of(key.path)
    for _, entry in properties_of(view, project, key.kind, node.name if node is not None else key.name):
        if entry.key:
            return entry.key
    return ()


def unique_key(view: View, key: NodeKey) -> tuple[str, ...] | None:
    """The columns that `unique_key` is set to, `()` where its value is not known; `None` where it is not set."""
    value = config_value(view, key, "unique_key")
    if value is None or (value.known and not value.value):
        return None
    given = value.value if isinstance(value.value, list) else [value.value]
    return tuple(given) if value.known and all(isinstance(column, str) for column in given) else ()


def owner(view: View, key: NodeKey) -> str:
    """Who owns a node: its group, its meta, or nobody."""
    group = config_value(view, key, "group")
    if group is not None and group.known and isinstance(group.value, str) and group.value:
        return group.value
    named = meta(view, key, "owner")
    if isinstance(named, str) and named:
        return named
    if isinstance(named, dict | list) and named:
        return str(named)
    return ""
