"""Fixes for the tables of dbt sources: how old their data may be, and what is tested of them."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from tidegate_analyzers.facts import Relation, SourceTable, columns
from tidegate_analyzers.fixes.base import Workspace, edit, fix
from tidegate_analyzers.fixes.mentioned import mentioned_columns
from tidegate_analyzers.fixes.yaml_edit import dump, insert_item, insert_key
from tidegate_analyzers.graph.dbt.sources import source_setting
from tidegate_analyzers.layout import Project
from tidegate_analyzers.syntax.yaml import Mapping, Scalar, Sequence, node_at, parse_yaml
from tidegate_analyzers.text import Change, Document, Edit, NewFile

_USUAL = {"warn_after": {"count": 6, "period": "hour"}, "error_after": {"count": 12, "period": "hour"}}
_METADATA = frozenset(("snowflake", "bigquery", "redshift", "databricks"))
"""Adapters that know from metadata when a table was written."""
_LOADED_AT = re.compile(
    r"_?(?:loaded|ingested|extracted|inserted|synced)_at|_fivetran_synced|_airbyte_(?:extracted|emitted)_at|"
    r"_sdc_(?:batched|extracted|received)_at|_etl_loaded_at|_load_(?:time|timestamp|ts)",
    re.I,
)
_SINCE_CONFIG = (1, 10)
_PLAIN = re.compile(r"\w+")


def table_entry(workspace: Workspace, path: str, number: str) -> tuple[Document, SourceTable, Mapping] | None:
    """A table of a source with its entry in the YAML."""
    facts = workspace.view.facts(path)
    document = workspace.document(path)
    if facts is None or document is None or int(number) >= len(facts.sources):
        return None
    table = facts.sources[int(number)]
    at = workspace.span(path, str(table.site)).start
    for root in parse_yaml(document.text).documents:
        entries = [node for _, node in node_at(root, at) if isinstance(node, Mapping)]
        name = entries[-1].get("name") if entries else None
        if isinstance(name, Scalar) and name.value == table.name:
            return document, table, entries[-1]
    return None


@fix("dbt.freshness")
def freshness(workspace: Workspace, path: str, number: str) -> Change | None:
    """A freshness, as the other tables of the project have it; that of the documentation where none has."""
    found = table_entry(workspace, path, number)
    project = workspace.view.layout.project_of(path)
    if found is None or project is None:
        return None
    document, table, entry = found
    wanted: dict[str, Any] = {"freshness": _habit(workspace, project, "freshness") or _USUAL}
    dated = any(source_setting(workspace.view, path, table, name) for name in ("loaded_at_field", "loaded_at_query"))
    if not dated and (field := _field(workspace, project, table)):
        wanted["loaded_at_field"] = field
    return _insert(document, entry, wanted, project)


@fix("dbt.loaded-at")
def loaded_at(workspace: Workspace, path: str, number: str) -> Change | None:
    """The column that tells when a row was loaded."""
    found = table_entry(workspace, path, number)
    project = workspace.view.layout.project_of(path)
    if found is None or project is None:
        return None
    document, table, entry = found
    return _insert(document, entry, {"loaded_at_field": _field(workspace, project, table) or "<column>"}, project)


def _insert(document: Document, entry: Mapping, wanted: dict[str, Any], project: Project) -> Change:
    config = entry.get("config")
    if isinstance(config, Mapping) and config.entries:
        return Change(tuple(insert_all(document, config, wanted)))
    if config is None and at_least(project, _SINCE_CONFIG):
        return Change((insert_key(document, entry, "config", wanted),))
    return Change(tuple(insert_all(document, entry, wanted)))


def insert_all(document: Document, mapping: Mapping, wanted: dict[str, Any]) -> list[Edit]:
    """Several entries at the end of a mapping, as one edit: editors differ in the order they apply those of one place."""
    edits = [insert_key(document, mapping, key, value) for key, value in wanted.items()]
    return [Edit(edits[0].path, edits[0].span, "".join(item.text for item in edits))]


def _habit(workspace: Workspace, project: Project, name: str) -> Any:
    """The value that most tables of a project have for a setting."""
    seen: Counter[str] = Counter()
    values: dict[str, Any] = {}
    for path, read in workspace.graph.files.items():
        if not read.facts.sources or workspace.view.layout.project_of(path) is not project:
            continue
        for table in read.facts.sources:
            for setting in table.config:
                if setting.name == name and setting.value.known and setting.value.value:
                    seen[repr(setting.value.value)] += 1
                    values[repr(setting.value.value)] = setting.value.value
    return values[min(seen, key=lambda text: (-seen[text], text))] if seen else None


def _field(workspace: Workspace, project: Project, table: SourceTable) -> str:
    """The column that tells when a row was loaded; empty where the adapter knows it without one."""
    for column in columns(table.columns):
        if _LOADED_AT.fullmatch(column.name):
            return column.name
    if project.adapter in _METADATA:
        return ""
    return str(_habit(workspace, project, "loaded_at_field") or "<column>")


def at_least(project: Project, version: tuple[int, int]) -> bool:
    """Whether a project refuses every dbt older than a version."""
    for text in project.facts.requires:
        for bound in re.finditer(r"(?:>=?|==?|~=)\s*v?(\d+)\.(\d+)", text):
            if (int(bound[1]), int(bound[2])) >= version:
                return True
    return False


def word_for_tests(workspace: Workspace, project: Project, document: Document) -> str:
    """What the file, or else the project, calls data tests: `tests` before dbt 1.8."""
    for word in ("data_tests", "tests"):
        if re.search(rf"^\s*(?:- )?{word}:", document.text, re.M):
            return word
    for path, read in sorted(workspace.graph.files.items()):
        if not (read.facts.properties or read.facts.sources) or workspace.view.layout.project_of(path) is not project:
            continue
        if not any(e.tests for e in read.facts.properties) and not any(t.tests for t in read.facts.sources):
            continue
        other = workspace.document(path)
        if other is not None:
            return "data_tests" if re.search(r"^\s*(?:- )?data_tests:", other.text, re.M) else "tests"
    return "data_tests"


@fix("dbt.source-tests")
def source_tests(workspace: Workspace, path: str, number: str) -> Change | None:
    """Tests of the table's key."""
    found = table_entry(workspace, path, number)
    project = workspace.view.layout.project_of(path)
    if found is None or project is None:
        return None
    document, _, entry = found
    tests = {word_for_tests(workspace, project, document): ["not_null", "unique"]}
    listed = entry.get("columns")
    if isinstance(listed, Sequence) and listed.entries:
        first = next((item for item in listed.items() if isinstance(item, Mapping) and _is_key(item)), None)
        if first is not None:
            return Change(tuple(insert_all(document, first, tests)))
        return Change((insert_item(document, listed, {"name": "<key>", **tests}),))
    if listed is not None:
        return None
    return Change((insert_key(document, entry, "columns", [{"name": "<key>", **tests}]),))


def _is_key(column: Mapping) -> bool:
    """Whether a column of a source is called as keys are."""
    name = column.get("name")
    return isinstance(name, Scalar) and name.value.casefold() in ("id", "_id", "uuid")


@fix("dbt.use-call")
def use_call(workspace: Workspace, path: str, index: str, name: str, call: str) -> Change | None:
    """Put a `ref` or `source` wherever a model names a relation by hand."""
    facts = workspace.view.facts(path)
    document = workspace.document(path)
    if facts is None or document is None or int(index) >= len(facts.nodes):
        return None
    spans = {
        workspace.span(path, str(read.site))
        for read in facts.nodes[int(index)].tables
        if str(read.relation).casefold() == name.casefold()
    }
    return Change(tuple(edit(document, span, f"{{{{ {call} }}}}") for span in sorted(spans)))


@fix("dbt.declare-source")
def declare_source(workspace: Workspace, path: str, index: str, name: str) -> Change | None:
    """Declare a table in the source of its schema, or in a new file beside the model, and use it."""
    *outer, table = name.split(".")
    schema = outer[-1]
    used = use_call(workspace, path, index, name, f"source('{schema}', '{table}')")
    if used is None or len(outer) > 2 or not all(map(_PLAIN.fullmatch, (*outer, table))):
        return None
    project = workspace.view.layout.project_of(path)
    entry = new_table(workspace, path, table, mentioned_columns(workspace, path, Relation("table", (*outer, table))))
    for other, read in sorted(workspace.graph.files.items()):
        if not read.facts.sources or workspace.view.layout.project_of(other) is not project:
            continue
        for number, known in enumerate(read.facts.sources):
            if known.source == schema:  # its tables may lie elsewhere, or dbt would find two sources of one name
                agrees = tuple(known.relation.parts[:-1]) == tuple(outer)
                declared = _add_table(workspace, other, number, entry) if agrees else None
                return Change((*used.edits, declared)) if declared is not None else None
    target = f"{path.rpartition('/')[0]}/_{schema}__sources.yml"
    if workspace.exists(target):
        return None
    source: dict[str, Any] = {"name": schema, **({"database": outer[0]} if len(outer) == 2 else {})}
    text = dump({"version": 2, "sources": [{**source, "tables": [entry]}]}) + "\n"
    return Change(used.edits, (NewFile(target, text),))


def new_table(workspace: Workspace, path: str, name: str, mentioned: list[str]) -> dict[str, Any]:
    """The entry of a table with its columns, and with a freshness as the other tables of the project have it."""
    listed = {"columns": [{"name": column} for column in mentioned]} if mentioned else {}
    project = workspace.view.layout.project_of(path)
    if project is None:
        return {"name": name, **listed}
    settings: dict[str, Any] = {"freshness": _habit(workspace, project, "freshness") or _USUAL}
    if project.adapter not in _METADATA:
        settings["loaded_at_field"] = _habit(workspace, project, "loaded_at_field") or "<column>"
    return {"name": name, **({"config": settings} if at_least(project, _SINCE_CONFIG) else settings), **listed}


def _add_table(workspace: Workspace, path: str, number: int, table: dict[str, Any]) -> Edit | None:
    found = table_entry(workspace, path, str(number))
    if found is None:
        return None
    document, known, _ = found
    at = workspace.span(path, str(known.site)).start
    for root in parse_yaml(document.text).documents:
        lists = [node for step, node in node_at(root, at) if step == "tables" and isinstance(node, Sequence)]
        if lists:
            return insert_item(document, lists[-1], table)
    return None
