"""Which reader reads a file: by its role in the workspace and by what it holds, never by its name alone."""

from __future__ import annotations

import logging
import re

from tidegate_analyzers.facts import FileFacts, FileRead, Problem, Sites
from tidegate_analyzers.readers.roles import Role
from tidegate_analyzers.text import Document, Span

logger = logging.getLogger(__name__)

_PIPELINE = re.compile(r"(?m)^[ \t]*[\"']?apiVersion[\"']?[ \t]*:[ \t]*[\"']?tidegate/")
_CONTRACT = re.compile(r"(?m)^[ \t]*[\"']?kind[\"']?[ \t]*:[ \t]*[\"']?DataContract\b")
_LARGE_PYTHON = 600_000


def read(document: Document, role: Role) -> FileRead:
    """The facts of a document. A reader that breaks is logged and gives no facts; the others are not touched."""
    try:
        return _read(document, role)
    except Exception:
        logger.exception("reading %s as %s failed", document.path, role.kind)
        return empty(role.kind)


def empty(kind: str) -> FileRead:
    """The facts of a file that says nothing."""
    return Sites().finish(FileFacts(kind))


def unreadable(kind: str, reason: str) -> FileRead:
    """The facts of a file that is no text we read."""
    sites = Sites()
    return sites.finish(FileFacts(kind, (Problem("TG003", reason, sites.add(Span(0, 0))),)))


def _read(document: Document, role: Role) -> FileRead:
    # Each reader is imported when its first file comes: a workspace without DAGs needs no Airflow reader.
    kind = role.kind
    if kind == "dbt_sql":
        from tidegate_analyzers.readers.dbt.sql import read_sql

        return read_sql(document, role)
    if kind == "dbt_yaml":
        from tidegate_analyzers.readers.dbt.properties import read_properties

        return _foreign_yaml(document) or read_properties(document)
    if kind == "dbt_project":
        from tidegate_analyzers.readers.dbt.project import read_project

        return read_project(document)
    if kind == "dbt_python":
        from tidegate_analyzers.readers.dbt.python_model import read_python_model

        if "def model(" not in document.text.replace("def model (", "def model("):
            return empty("python")  # a script that happens to lie among the models
        return read_python_model(document)
    if kind == "dbt_seed":
        from tidegate_analyzers.readers.dbt.seed import read_seed

        return read_seed(document)
    if kind == "yaml":
        return _foreign_yaml(document) or empty("yaml")
    if kind == "python":
        from tidegate_analyzers.readers.airflow.module import read_module

        return read_module(document) if len(document.text) <= _LARGE_PYTHON else empty("python")
    if kind == "sql":
        from tidegate_analyzers.readers.sql_script import read_script

        return read_script(document, role)
    if kind == "packages":
        from tidegate_analyzers.readers.packages import read_packages

        return read_packages(document)
    return empty(kind)


def _foreign_yaml(document: Document) -> FileRead | None:
    """The facts of a contract or a pipeline specification, if the text is one."""
    if "tidegate/" in document.text and _PIPELINE.search(document.text):
        from tidegate_analyzers.readers.pipeline_yaml import read_pipeline

        return read_pipeline(document)
    if "DataContract" in document.text and _CONTRACT.search(document.text):
        from tidegate_analyzers.readers.odcs import read_odcs

        return read_odcs(document)
    return None
