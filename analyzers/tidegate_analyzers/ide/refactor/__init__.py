"""Refactorings: changes that can be made at a place, each in a module of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tidegate_analyzers.check import Shown
from tidegate_analyzers.fixes.base import Workspace
from tidegate_analyzers.ide.refactor.asked import EXTRACT, FIX, REWRITE, SOURCE, Asked, Refactor, Refactoring
from tidegate_analyzers.ide.refactor.connector_path import write_connector_path
from tidegate_analyzers.ide.refactor.described import describe, remove_columns
from tidegate_analyzers.ide.refactor.extract import extract_cte
from tidegate_analyzers.ide.refactor.failure_path import write_failure_path
from tidegate_analyzers.ide.refactor.missing_model import create_model
from tidegate_analyzers.ide.refactor.qualify import qualify
from tidegate_analyzers.ide.refactor.source import declare_source
from tidegate_analyzers.ide.refactor.spark_path import write_spark_path
from tidegate_analyzers.ide.refactor.star import expand_star
from tidegate_analyzers.ide.refactor.validation_path import set_rows_aside
from tidegate_analyzers.text import Document, Span

__all__ = ["EXTRACT", "FIX", "REWRITE", "SOURCE", "Refactoring", "refactorings"]

_REFACTORS: tuple[Refactor, ...] = (
    create_model,
    declare_source,
    qualify,
    remove_columns,
    expand_star,
    extract_cte,
    describe,
    write_failure_path,
    write_connector_path,
    write_spark_path,
    set_rows_aside,
)


def refactorings(
    workspace: Workspace, document: Document, span: Span, shown: Iterable[Shown] = ()
) -> Iterator[Refactoring]:
    """What can be done at a place of a document."""
    role = workspace.graph.layout.role(document.path)
    if role is None or role.outline:
        return
    asked = Asked(workspace, document, role, span, tuple(shown))
    for refactor in _REFACTORS:
        yield from refactor(asked)
