"""What the warehouse had when dbt last looked: the tables of a `catalog.json`."""

from __future__ import annotations

import msgspec

from tidegate_analyzers.facts.base import Fact


class CatalogColumn(Fact, frozen=True, array_like=True, gc=False):
    """A column of a table, named and typed as the warehouse does it."""

    name: str
    type: str = ""


class CatalogTable(Fact, frozen=True, array_like=True, gc=False):
    """The table of a source, model, seed or snapshot by dbt's unique id; `columns` are encoded, and all it had."""

    id: str
    columns: msgspec.Raw = msgspec.Raw(b"\x90")
    column_count: int = 0


class Catalog(Fact, frozen=True, array_like=True, gc=False):
    """A `catalog.json`; `made` is the day it was written, empty where it does not tell."""

    made: str = ""
    tables: tuple[CatalogTable, ...] = ()
