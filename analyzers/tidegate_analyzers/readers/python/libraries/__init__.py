"""What calls of the libraries do that pipelines are written with. One module for each library, named here."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from functools import lru_cache

from tidegate_analyzers.readers.python.libraries.base import Call, Handler, Library, Place

MODULES = (
    "awswrangler",
    "beam",
    "bigquery",
    "checks",
    "databricks",
    "dbapi",
    "deltalake",
    "dlt",
    "documents",
    "duckdb",
    "faust",
    "flink",
    "kafka",
    "pandas",
    "polars",
    "pyiceberg",
    "snowflake",
    "spark",
)
"""The modules of this package, each with a `LIBRARY`."""


@lru_cache(maxsize=1)
def libraries() -> tuple[Library, ...]:
    """All libraries."""
    return tuple(importlib.import_module(f"{__name__}.{name}").LIBRARY for name in MODULES)


@lru_cache(maxsize=256)
def used(modules: frozenset[str]) -> tuple[Library, ...]:
    """The libraries among the modules that a file imports."""
    return tuple(library for library in libraries() if modules.intersection(library.modules))


@lru_cache(maxsize=256)
def handlers_for(modules: frozenset[str]) -> Mapping[str, tuple[Handler, ...]]:
    """Who wants to see which calls of a file that imports some modules, by the last part of what is called."""
    found: dict[str, tuple[Handler, ...]] = {}
    for library in used(modules):
        for method, handler in library.methods.items():
            found[method] = (*found.get(method, ()), handler)
    return found


__all__ = ["Call", "Handler", "Library", "Place", "handlers_for", "libraries", "used"]
