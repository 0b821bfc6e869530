"""The regions of a document, from words to the whole of it: what folding and growing selections are made of."""

from __future__ import annotations

from tidegate_analyzers.ide.structure.python import python_regions
from tidegate_analyzers.ide.structure.region import Region
from tidegate_analyzers.ide.structure.sql import sql_regions
from tidegate_analyzers.ide.structure.yaml import yaml_regions
from tidegate_analyzers.text import Document

__all__ = ["Region", "regions"]


def regions(document: Document, dialect: str = "") -> list[Region]:
    """Every region of a document, in no order.

    Args:
        document: the text; its path tells what language it is in.
        dialect: the SQL dialect.
    """
    suffix = document.path.rpartition(".")[2].casefold()
    if suffix in ("sql", "hql"):
        return sql_regions(document.text, dialect)
    if suffix in ("yml", "yaml"):
        return yaml_regions(document.text)
    if suffix == "py":
        return python_regions(document.text)
    return []
