"""The points of a lineage, and the steps between them with the places that make them."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate_analyzers.facts import Dag, DbtNode, Exposure, FileRead, SourceTable, SqlText, Task
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.text import Span


@dataclass(frozen=True, slots=True)
class Point:
    """Something that reads or gives data.

    Attributes:
        kind: `model`, `seed`, `snapshot`, `test`, `analysis`, `source`, `exposure`, `task`, `job`, `topic`, `table` (that
            neither a model makes nor a source declares), `sql` or `column`.
        name: how it is known: a source's table is `source.table`, a task `dag.task`, a SQL text its number in the
            file, a column `dataset.column`, a job without a name its file's.
        path: the file it stands in.
        detail: what to say of it beside its name.
        span, name_span: all of it, and what stands for it in the file.
    """

    kind: str
    name: str
    path: str
    detail: str
    span: Span
    name_span: Span

    @property
    def title(self) -> str:
        """Its name for people."""
        return self.path.rpartition("/")[2] if self.kind == "sql" else self.name


@dataclass(frozen=True, slots=True)
class Edge:
    """A step of the lineage to or from a point, with the places that make it in the file of the one that reads."""

    point: Point
    places: tuple[Span, ...]
    inferred: bool = False
    """Whether the two are joined by the name of a table alone."""


def node_point(view: View, path: str, number: int) -> Point | None:
    """A dbt node, by its number in its file."""
    read = view.graph.files.get(path)
    if read is None or not 0 <= number < len(read.facts.nodes):
        return None
    node: DbtNode = read.facts.nodes[number]
    project = view.layout.project_of(path)
    detail = f"{node.kind} of {project.name}" if project is not None and project.name else node.kind
    return made_point(read, node.kind, node.name, path, detail, read.span(node.site))


def source_point(view: View, path: str, number: int) -> Point | None:
    """A table of a source."""
    read = view.graph.files.get(path)
    if read is None or number >= len(read.facts.sources):
        return None
    table: SourceTable = read.facts.sources[number]
    return made_point(
        read, "source", f"{table.source}.{table.name}", path, f"source {table.relation}", read.span(table.site)
    )


def source_number(view: View, path: str, name: str) -> int:
    """The number in its file of a source's table, by `source.table`, or -1."""
    facts = view.facts(path)
    named = (number for number, t in enumerate(facts.sources if facts else ()) if f"{t.source}.{t.name}" == name)
    return next(named, -1)


def exposure_point(view: View, path: str, number: int) -> Point | None:
    """An exposure."""
    read = view.graph.files.get(path)
    if read is None or number >= len(read.facts.exposures):
        return None
    exposure: Exposure = read.facts.exposures[number]
    return made_point(read, "exposure", exposure.name, path, "exposure", read.span(exposure.site))


def task_point(view: View, path: str, dag: Dag, task: Task) -> Point | None:
    """A task of a DAG."""
    read = view.graph.files.get(path)
    if read is None:
        return None
    name = f"{dag.id or '?'}.{task.id or task.operator}"
    whole = read.span(task.whole) if task.whole else read.span(task.site)
    return made_point(read, "task", name, path, task.operator, read.span(task.site), whole)


def sql_point(view: View, path: str, number: int) -> Point | None:
    """A SQL text: a file, or a string that no task is known to run."""
    read = view.graph.files.get(path)
    if read is None or not 0 <= number < len(read.facts.sql):
        return None
    text: SqlText = read.facts.sql[number]
    return made_point(read, "sql", str(number), path, "SQL", read.span(text.site))


def made_point(
    read: FileRead, kind: str, name: str, path: str, detail: str, site: Span, whole: Span | None = None
) -> Point:
    """A point that stands at a place, with all that belongs to it around."""
    span = whole if whole is not None and whole.covers(site) else site
    return Point(kind, name, path, detail, span, site)
