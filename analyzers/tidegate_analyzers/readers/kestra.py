"""Flows of Kestra: `id`, `namespace` and `tasks` whose types begin with `io.kestra.`.

Of DuckDB's readers (https://duckdb.org/docs/stable/data/csv/auto_detection) the types are guessed, unless they are given.
What a task stores is handed on where another one names its outputs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.facts import FileRead, Inferred, Job, Read, Relation, Sites
from tidegate_analyzers.layout.roles import Role
from tidegate_analyzers.readers.yaml_jobs import read_yaml_jobs
from tidegate_analyzers.syntax.yaml import Mapping, Node, Scalar, Sequence, text_of
from tidegate_analyzers.text import Document, Span

ENGINE = "kestra"
MAX_DEPTH = 20
_QUERY = re.compile(r"io\.kestra\.plugin\.jdbc\.(?:duckdb|motherduck)\.\w*Quer(?:y|ies)")
_GUESSING = re.compile(
    r"\b(?P<reader>read_(?:csv|csv_auto|json|json_auto|ndjson|ndjson_auto|json_objects))\s*\(\s*"
    r"'(?P<url>(?:https?|s3|gs|gcs|r2|az|abfss|hf)://[^']*)'(?P<rest>(?:[^()']|'[^']*'|\([^()]*\))*)\)",
    re.I,
)
_TYPED = re.compile(r"\b(?:columns|types|dtypes|schema|column_types)\s*=|\ball_varchar\s*=\s*true", re.I)
_COMMENT = re.compile(r"--[^\r\n]*|/\*[\s\S]*?\*/")


def read_kestra(document: Document, role: Role) -> FileRead:
    """The facts of a file of flows; nothing for other YAML that speaks of Kestra."""

    def jobs_of(roots: list[Mapping], sites: Sites) -> Iterator[Job]:
        found = (_job(root, document.text, sites) for root in roots)
        return (job for job in found if job is not None)

    return read_yaml_jobs(document, role, jobs_of)


def _job(root: Mapping, text: str, sites: Sites) -> Job | None:
    name = root.get("id")
    tasks = root.get("tasks")
    if not isinstance(name, Scalar) or root.get("namespace") is None or not isinstance(tasks, Sequence):
        return None
    reads: list[Read] = []
    schemas: list[Inferred] = []
    for task in _tasks(tasks):
        sql, kind = task.get("sql"), text_of(task.get("type")) or ""
        if not isinstance(sql, Scalar) or not _QUERY.match(kind):
            continue
        written = _COMMENT.sub(lambda match: " " * len(match.group()), text[sql.start : sql.end])
        for match in _GUESSING.finditer(written):
            start = sql.start + match.start("url")
            reads.append(Read(Relation("path", (match["url"],)), sites.add(Span(start, start + len(match["url"])))))
            target = _handed_on(task, text)
            if target is not None and not _TYPED.search(match["rest"]):
                place = Span(sql.start + match.start("reader"), sql.start + match.end("reader"))
                schemas.append(Inferred("duckdb", match["reader"], sites.add(place), target=target, reader=True))
    return Job(
        name.value,
        sites.add(name.inner),
        ENGINE,
        "flow",
        reads=tuple(reads),
        inferred=tuple(schemas),
        whole=sites.add(root.span),
    )


def _handed_on(task: Mapping, text: str) -> Relation | None:
    """What gets the rows of a query: the output that other tasks name."""
    name = text_of(task.get("id")) or ""
    used = (
        re.search(rf"\boutputs\.{re.escape(name)}\b|\boutputs\[['\"]{re.escape(name)}['\"]\]", text) if name else None
    )
    return Relation("path", (f"outputs.{name}",)) if used is not None else None


def _tasks(node: Node, depth: int = 0) -> Iterator[Mapping]:
    """The tasks of a flow, those inside of others included."""
    for item in node.items() if isinstance(node, Sequence) and depth < MAX_DEPTH else ():
        if not isinstance(item, Mapping):
            continue
        if item.get("type") is not None:
            yield item
        for _, value in item.entries:
            if isinstance(value, Sequence):
                yield from _tasks(value, depth + 1)
