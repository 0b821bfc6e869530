"""Declare the source that a query reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tidegate_analyzers.facts import Relation
from tidegate_analyzers.fixes.base import edit
from tidegate_analyzers.fixes.sql_names import PLAIN
from tidegate_analyzers.fixes.yaml_edit import dump, insert_item, insert_key
from tidegate_analyzers.graph.dbt.sources import CATALOGS
from tidegate_analyzers.ide.refactor.asked import FIX, REWRITE, Asked, Refactoring
from tidegate_analyzers.ide.refactor.mentioned import mentioned_columns
from tidegate_analyzers.ide.refactor.missing_model import missing_refs
from tidegate_analyzers.syntax.yaml import Mapping, Scalar, Sequence, parse_yaml
from tidegate_analyzers.text import Change, Document, NewFile


def declare_source(asked: Asked) -> Iterator[Refactoring]:
    """On a `source` that nothing declares, and on a table that is named outright."""
    if asked.role.kind != "dbt_sql":
        return
    for ref in missing_refs(asked, "source"):
        if len(ref.names) == 2:
            columns = mentioned_columns(asked, Relation("source", ref.names))
            made = _declared(asked, {"name": ref.names[0]}, ref.names[1], columns)
            if made is not None:
                yield Refactoring(f"Declare the source table in {_name(made[0])}", FIX, made[1], "TG706")
    if asked.role.resource in ("model", "snapshot"):
        yield from _named_outright(asked)


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _named_outright(asked: Asked) -> Iterator[Refactoring]:
    query = asked.query
    for item in query.inputs if query is not None else ():
        span, relation = item.span, item.relation
        if span is None or not span.contains(asked.at) or relation.kind != "table" or relation.dynamic:
            continue
        parts = relation.parts
        if not 2 <= len(parts) <= 3 or not all(PLAIN.fullmatch(part) for part in parts) or _is_known(asked, relation):
            return
        source, table = parts[-2], parts[-1]
        if asked.view.find(f"source:{source}.{table}"):
            return
        head = {"name": source, **({"database": parts[0]} if len(parts) == 3 else {}), "schema": source}
        made = _declared(asked, head, table, mentioned_columns(asked, relation))
        if made is not None:
            call = f"{{{{ source('{source}', '{table}') }}}}"
            change = Change((*made[1].edits, edit(asked.document, span, call)), made[1].files)
            yield Refactoring(f"Declare '{relation}' as a source in {_name(made[0])}", REWRITE, change)
        return


def _is_known(asked: Asked, relation: Relation) -> bool:
    """Whether it may be a table that has a `ref` or `source` already, or is no table of the user's."""
    schemas = {part.casefold() for part in relation.parts[:-1]}
    return bool(CATALOGS & schemas or asked.view.find(f"name:{relation.name}"))


def _declared(asked: Asked, head: dict[str, Any], table: str, columns: list[str]) -> tuple[str, Change] | None:
    """The change that declares a table of a source, and the file it is in."""
    value: dict[str, Any] = {"name": table}
    if columns:
        value["columns"] = [{"name": column} for column in columns]
    entries = [(path, document, entry) for path, document, entry in _sources(asked) if _is_named(entry, head["name"])]
    if entries:
        path, document, entry = entries[0]
        if any(isinstance(given := entry.get(key), Scalar) and given.value != head[key] for key in head):
            return None  # of one name, but elsewhere
        tables = entry.get("tables")
        if isinstance(tables, Sequence) and tables.entries:
            return path, Change((insert_item(document, tables, value),))
        return (path, Change((insert_key(document, entry, "tables", [value]),))) if tables is None else None
    entry_value = {**head, "tables": [value]}
    folder = asked.path.rpartition("/")[0]
    for path, document, sources in _lists(asked):
        if path.rpartition("/")[0] == folder and not sources.flow:
            return path, Change((insert_item(document, sources, entry_value),))
    target = f"{folder}/_{head['name']}__sources.yml".lstrip("/")
    if asked.workspace.exists(target) or not PLAIN.fullmatch(head["name"]):
        return None
    text = dump({"version": 2, "sources": [entry_value]}) + "\n"
    return target, Change(files=(NewFile(target, text),))


def _is_named(entry: Mapping, name: str) -> bool:
    found = entry.get("name")
    return isinstance(found, Scalar) and found.value == name


def _lists(asked: Asked) -> Iterator[tuple[str, Document, Sequence]]:
    """The lists of sources of the project, those of the folder first."""
    project = asked.view.layout.project_of(asked.path)
    folder = asked.path.rpartition("/")[0]
    files = [path for path, read in asked.workspace.graph.files.items() if read.facts.sources and not read.facts.torn]
    for path in sorted(files, key=lambda path: (path.rpartition("/")[0] != folder, path)):
        document = asked.workspace.document(path) if asked.view.layout.project_of(path) is project else None
        root = next(iter(parse_yaml(document.text).documents), None) if document is not None else None
        sources = root.get("sources") if isinstance(root, Mapping) else None
        if document is not None and isinstance(sources, Sequence) and sources.entries:
            yield path, document, sources


def _sources(asked: Asked) -> Iterator[tuple[str, Document, Mapping]]:
    for path, document, sources in _lists(asked):
        for entry in sources.items():
            if isinstance(entry, Mapping):
                yield path, document, entry
