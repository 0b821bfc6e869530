"""dbt's `catalog.json`: the columns that the warehouse had when `dbt docs generate` ran.

dbt writes this file anew with every run and nobody edits it: one that is broken, or only half there, says nothing.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from tidegate_analyzers.facts import Catalog, CatalogColumn, CatalogTable, FileFacts, FileRead, Packed, Sites
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.text import Document

logger = logging.getLogger(__name__)

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


class _Column(msgspec.Struct):
    name: Any = None
    type: Any = None
    index: Any = None


class _Table(msgspec.Struct):
    columns: dict[str, _Column] | None = None


class _Metadata(msgspec.Struct):
    generated_at: Any = None


class _File(msgspec.Struct):
    metadata: _Metadata
    nodes: dict[str, _Table]
    sources: dict[str, _Table] = {}


_DECODER = msgspec.json.Decoder(_File)


def read_catalog(document: Document, role: Role) -> FileRead:
    """The facts of a catalog."""
    try:
        file = _DECODER.decode(document.text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError) as error:
        logger.info("%s is left out: %s", document.path, error)  # dbt may be writing it just now
        return Sites().finish(FileFacts(role.kind))
    day = _DAY.match(file.metadata.generated_at) if isinstance(file.metadata.generated_at, str) else None
    tables = tuple(_tables(file))
    return Sites().finish(FileFacts(role.kind, catalog=Catalog(day.group() if day else "", tables)))


def _tables(file: _File) -> Iterator[CatalogTable]:
    for tables in (file.sources, file.nodes):
        for name, table in tables.items():
            columns = _columns(table.columns or {})
            if columns:
                yield CatalogTable(name, Packed.pack(columns), len(columns))


def _columns(columns: dict[str, _Column]) -> list[CatalogColumn]:
    """The columns in the table's order; fields of structs, which BigQuery lists by their path, are left out."""
    found: dict[str, CatalogColumn] = {}
    for key, column in sorted(columns.items(), key=lambda item: _order(item[1].index)):
        name = column.name if isinstance(column.name, str) and column.name else key
        top = name.partition(".")[0]
        if top != name and top:
            found.setdefault(top, CatalogColumn(top))
        elif name not in found or not found[name].type:
            found[name] = CatalogColumn(name, _type(column.type))
    return list(found.values())


def _order(index: object) -> float:
    return float(index) if isinstance(index, int | float) else 0.0


def _type(type_: object) -> str:
    """A type as the SQL of models spells it; words in quotes are names, and stay as they are."""
    if not isinstance(type_, str):
        return ""
    return type_.strip() if '"' in type_ or "'" in type_ or "`" in type_ else type_.strip().lower()
