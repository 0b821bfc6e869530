"""Which reader reads a file: by its role in the workspace and by what it holds, never by its name alone.

A reader is a function `(document, role) -> FileRead`. It is named here and imported when its first file comes: a
workspace without DAGs needs no Airflow reader.
"""

from __future__ import annotations

import importlib
import logging
import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from tidegate_analyzers.facts import FileFacts, FileRead, Problem, Sites
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.readers.gates import CHECKS_CONTRACTS
from tidegate_analyzers.readers.secrets import with_secrets
from tidegate_analyzers.text import Document, Span

logger = logging.getLogger(__name__)

Reader = Callable[[Document, Role], FileRead]

READERS = {
    "dbt_project": "dbt.project:read_project",
    "dbt_sql": "dbt.sql:read_sql",
    "dbt_python": "dbt.python_model:read_python_model",
    "dbt_seed": "dbt.seed:read_seed",
    "dbt_yaml": "dbt.properties:read_properties",
    "dbt_docs": "dbt.docs:read_docs",
    "dbt_selectors": "dbt.selectors:read_selectors",
    "dbt_catalog": "dbt.catalog:read_catalog",
    "packages": "packages:read_packages",
    "python": "airflow.module:read_module",
    "sql": "sql_script:read_script",
}
"""The reader of each role, below this package."""


class Format(NamedTuple):
    """A format that a file shows by its content, wherever it lies.

    Attributes:
        word: stands in every such file; looked for first, since it costs least.
        mark: what makes it one.
        reader: who reads it.
        roles: the roles of files that may be one.
    """

    word: str
    mark: re.Pattern[str]
    reader: str
    roles: tuple[str, ...] = ("yaml", "dbt_yaml")


FORMATS = (
    Format(
        "tidegate/",
        re.compile(r"(?:\A|(?<=[\r\n]))[ \t]*[\"']?apiVersion[\"']?[ \t]*:[ \t]*[\"']?tidegate/"),
        "pipeline_yaml:read_pipeline",
    ),
    Format(
        "DataContract",
        re.compile(r"(?:\A|(?<=[\r\n]))[ \t]*[\"']?kind[\"']?[ \t]*:[ \t]*[\"']?DataContract\b"),
        "odcs:read_odcs",
    ),
    Format(
        "dataContractSpecification",
        re.compile(r"(?:\A|(?<=[\r\n]))dataContractSpecification[ \t]*:"),
        "dcs:read_dcs",
    ),
    Format(
        "entrypoint",
        re.compile(r"(?:\A|(?<=[\r\n]))[ \t]*(?:-[ \t]+)?entrypoint:[ \t]*[\"']?[\w./\-]+\.py:\w+"),
        "deployments:read_prefect",
        ("yaml",),
    ),
    Format(
        "attributes",
        re.compile(
            r"(?:\A|(?<=[\r\n]))type:[ \t]*[\w.]+\.[A-Z]\w*[ \t]*(?:#[^\r\n]*)?\r?\n(?:[^\r\n]*\r?\n)*?attributes:"
        ),
        "deployments:read_component",
        ("yaml",),
    ),
    Format(
        "entrypoint",
        re.compile(r"(?:\A|(?<=[\r\n]))[ \t]*(?:-[ \t]+)?entrypoint:[ \t]*[\"']?[\w./\-]+\.py:\w+"),
        "deployments:read_prefect",
        ("yaml",),
    ),
    Format(
        "attributes",
        re.compile(
            r"(?:\A|(?<=[\r\n]))type:[ \t]*[\w.]+\.[A-Z]\w*[ \t]*(?:#[^\r\n]*)?\r?\n(?:[^\r\n]*\r?\n)*?attributes:"
        ),
        "deployments:read_component",
        ("yaml",),
    ),
    Format(
        "operator",
        re.compile(
            r"(?:\A|(?<=[\r\n]))[ \t]*(?:-[ \t]+)?[\"']?operator[\"']?[ \t]*:[ \t]*[\"']?"
            r"(?:[\w.]*(?:Operator|Sensor|Transfer)(?:Async)?|airflow(?:\.\w+)+)\b"
            r"|(?:\A|(?<=[\r\n]))operator[ \t]*:[ \t]*[\"']?[a-z_]\w*(?:\.\w+)+[\"']?[ \t]*(?:[\r\n#]|\Z)"
        ),
        "airflow.yaml_dags:read_yaml_dags",
    ),
    Format(
        "decorator",
        re.compile(r"(?:\A|(?<=[\r\n]))[ \t]*(?:-[ \t]+)?[\"']?decorator[\"']?[ \t]*:[ \t]*[\"']?airflow\."),
        "airflow.yaml_dags:read_yaml_dags",
    ),
    Format(
        "connector.class",
        re.compile(r"[\"']connector\.class\\?[\"'][ \t\r\n]*[:=]"),
        "connect.texts:read_texts",
        ("json", "shell"),
    ),
    Format(
        "connector.class",
        re.compile(r"(?:\A|(?<=[\r\n]))[ \t]*connector\.class[ \t]*[=:]"),
        "connect.properties:read_properties",
        ("properties",),
    ),
    Format(
        "CONNECT_",
        re.compile(r"\bCONNECT_(?:VALUE|KEY)_CONVERTER\b"),
        "connect.workers:read_compose",
        ("yaml",),
    ),
    Format(
        "connector.class",
        re.compile(r"[\"']connector\.class\\?[\"'][ \t\r\n]*[:=]"),
        "connect.workers:read_compose",
        ("yaml",),
    ),
    Format(
        "value.converter",
        re.compile(r"(?:\A|(?<=[\r\n]))[ \t]*value\.converter[ \t]*[=:]"),
        "connect.workers:read_worker",
        ("properties",),
    ),
    Format(
        "apiVersion",
        re.compile(
            r"(?:\A|(?<=[\r\n]))[\"']?apiVersion[\"']?[ \t]*:[ \t]*[\"']?(?:kafka\.strimzi\.io|platform\.confluent\.io)/"
        ),
        "connect.resources:read_resources",
    ),
    Format(
        "spark",
        re.compile(r"\.(?:writeStream|readStream|write|writeTo)\b|\bDeltaTable\.for|\bsql\("),
        "scala.spark:read_scala",
        ("scala",),
    ),
    Format(
        "org.apache.flink",
        re.compile(r"\bimport\s+(?:static\s+)?org\.apache\.flink\."),
        "flink.java:read_java",
        ("java",),
    ),
    Format(
        "checkpointing",
        re.compile(
            r"\b(?:execution\.checkpointing|state\.checkpoints)\.\w+[\"']?[ \t]*[:="
            r"]|\bcheckpointing:[ \t]*\r?\n(?:[ \t]+\S[^\r\n]*\r?\n)*?[ \t]+interval:"
        ),
        "flink.conf:read_conf",
        ("yaml", "properties"),
    ),
    Format(
        "job_file_path",
        re.compile(r"^spec_version:[\s\S]*^[ \t]+job_file_path[ \t]*:", re.M),
        "flink.conf:read_managed",
        ("yaml",),
    ),
    Format(
        "ExceptionHandler",
        re.compile(r"\b(?:DeserializationExceptionHandler|LogAnd(?:Continue|Fail)ExceptionHandler)\b"),
        "kafka_streams:read_java",
        ("java",),
    ),
    Format(
        "DESERIALIZATION_EXCEPTION_HANDLER",
        re.compile("DESERIALIZATION_EXCEPTION_HANDLER"),
        "kafka_streams:read_java",
        ("java",),
    ),
    Format("WRITE_APPEND", re.compile(r"\bBigQueryIO\b"), "beam_java:read_java", ("java",)),
    Format("StreamsBuilder", re.compile(r"\bStreamsBuilder\b"), "kafka_streams:read_java", ("java",)),
    Format(
        "eserialization",
        re.compile(r"deserialization[.\-]?exception[.\-]?handler[ \t]*[:=]", re.I),
        "kafka_streams:read_settings",
        ("yaml", "properties"),
    ),
    Format(
        "output:",
        re.compile(
            r"^(?:input:(?:(?!^input:)[\s\S])*^output:|output:(?:(?!^output:)[\s\S])*^input:)[ \t]*(?:#[^\r\n]*)?[\r\n]",
            re.M,
        ),
        "bento:read_bento",
        ("yaml",),
    ),
    Format(
        "transforms:",
        re.compile(r"(?:\A|(?<=[\r\n]))[ \t]*(?:-[ \t]+)?type[ \t]*:[ \t]*[\"']?(?:ReadFrom|WriteTo)[A-Z]"),
        "beam_yaml:read_beam",
        ("yaml",),
    ),
    Format(
        "pipelines:",
        re.compile(r"^pipelines:[ \t]*(?:#[^\r\n]*)?\r?\n(?:[ \t]*(?:#[^\r\n]*)?\r?\n)*[ \t]*-[ \t]+id[ \t]*:", re.M),
        "conduit:read_conduit",
        ("yaml",),
    ),
    Format(
        "ingestion:",
        re.compile(r"^ingestion:[ \t]*(?:#[^\r\n]*)?\r?\n(?:[ \t]+[^\r\n]*\r?\n)*?[ \t]+source:", re.M),
        "ingest_templates:read_template",
        ("yaml",),
    ),
    Format(
        "io.kestra.",
        re.compile(r"(?:\A|(?<=[\r\n]))[ \t]*(?:-[ \t]+)?type[ \t]*:[ \t]*[\"']?io\.kestra\."),
        "kestra:read_kestra",
        ("yaml",),
    ),
    Format(
        "cell_type",
        re.compile(r"\"cell_type\"[ \t]*:[ \t]*\"code\""),
        "notebooks:read_notebook",
        ("notebook",),
    ),
    Format(
        "AIRFLOW_",
        re.compile(r"\bAIRFLOW_(?:CONN|VAR)_\w+[ \t]*[:=]"),
        "airflow.kept:read_kept",
        ("yaml",),
    ),
    Format(
        "airflow:",
        re.compile(
            r"^airflow:[ \t]*(?:#[^\r\n]*)?\r?\n(?:[ \t]+[^\r\n]*\r?\n)*?[ \t]+(?:connections|variables|pools):", re.M
        ),
        "airflow.kept:read_kept",
        ("yaml",),
    ),
)


def read(document: Document, role: Role) -> FileRead:
    """The facts of a document. A reader that breaks is logged and told at the file; the others are not touched."""
    try:
        whole = _whole(document)
        target = _target(whole, role)
        return with_secrets(whole, _reader(target)(whole, role)) if target else empty(role.kind)
    except RecursionError:
        return unreadable(role.kind, "this nests too deeply to be read")
    except Exception:
        logger.exception("reading %s as %s failed", document.path, role.kind)
        return unreadable(role.kind, "reading it ended in an error of Tidegate itself, which the log shows")


_HALF = re.compile("[\ud800-\udfff]")


def _whole(document: Document) -> Document:
    """A document without halves of characters, which editors that count in UTF-16 send now and then."""
    if document.text.isascii() or not _HALF.search(document.text):
        return document
    return Document(document.path, _HALF.sub("\ufffd", document.text))


def empty(kind: str) -> FileRead:
    """The facts of a file that says nothing."""
    return Sites().finish(FileFacts(kind))


def unreadable(kind: str, reason: str) -> FileRead:
    """The facts of a file that is no text we read; what a tool wrote for itself is only logged."""
    if kind == "dbt_catalog":
        logger.warning("a catalog is left out: %s", reason)
        return empty(kind)
    sites = Sites()
    return sites.finish(FileFacts(kind, (Problem("TG003", reason, sites.add(Span(0, 0))),)))


def _target(document: Document, role: Role) -> str:
    for form in FORMATS:
        if role.kind in form.roles and form.word in document.text and form.mark.search(document.text):
            return form.reader
    if role.kind == "yaml" and "contract" in document.text and CHECKS_CONTRACTS.search(document.text):
        return "gates:read_gates"
    return READERS.get(role.kind, "")


@lru_cache(maxsize=64)
def _reader(target: str) -> Reader:
    module, _, name = target.partition(":")
    reader: Reader = getattr(importlib.import_module(f"tidegate_analyzers.readers.{module}"), name)
    return reader
