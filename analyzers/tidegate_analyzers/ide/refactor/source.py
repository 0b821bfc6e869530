"""Declare the source that a query reads."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Relation
from tidegate_analyzers.fixes.dbt_sources import new_table
from tidegate_analyzers.fixes.mentioned import mentioned_columns
from tidegate_analyzers.fixes.sql_names import PLAIN
from tidegate_analyzers.fixes.yaml_edit import dump, insert_item, insert_key
from tidegate_analyzers.ide.refactor.asked import FIX, Asked, Refactoring
from tidegate_analyzers.ide.refactor.missing_model import missing_refs
from tidegate_analyzers.syntax.yaml import Mapping, Scalar, Sequence, parse_yaml
from tidegate_analyzers.text import Change, Document, NewFile


def declare_source(asked: Asked) -> Iterator[Refactoring]:
    """On a `source` that nothing declares, with the columns that the query mentions of it."""
    for ref in missing_refs(asked, "source") if asked.role.kind == "dbt_sql" else ():
        made = _declared(asked, *ref.names) if len(ref.names) == 2 else None
        if made is not None:
            title = f"Declare '{'.'.join(ref.names)}' in {made[0].rpartition('/')[2]}"
            yield Refactoring(title, FIX, made[1], "TG706")


def _declared(asked: Asked, source: str, table: str) -> tuple[str, Change] | None:
    """The change that declares a table of a source, and the file it is in."""
    columns = mentioned_columns(asked.workspace, asked.path, Relation("source", (source, table)))
    value = new_table(asked.workspace, asked.path, table, columns)
    lists = list(_lists(asked))
    for path, document, sources in lists:
        for entry in sources.items():
            name = entry.get("name") if isinstance(entry, Mapping) else None
            if not isinstance(entry, Mapping) or not isinstance(name, Scalar) or name.value != source:
                continue
            tables = entry.get("tables")
            if isinstance(tables, Sequence) and tables.entries:
                return path, Change((insert_item(document, tables, value),))
            return (path, Change((insert_key(document, entry, "tables", [value]),))) if tables is None else None
    entry_value = {"name": source, "tables": [value]}
    folder = asked.path.rpartition("/")[0]
    for path, document, sources in lists:
        if path.rpartition("/")[0] == folder and not sources.flow:
            return path, Change((insert_item(document, sources, entry_value),))
    target = f"{folder}/_{source}__sources.yml".lstrip("/")
    if asked.workspace.exists(target) or not PLAIN.fullmatch(source):
        return None
    return target, Change(files=(NewFile(target, dump({"version": 2, "sources": [entry_value]}) + "\n"),))


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
