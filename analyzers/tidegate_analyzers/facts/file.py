"""Everything one file says, and the spans that its sites stand for."""

from __future__ import annotations

from array import array

from tidegate_analyzers.facts.base import Fact, Problem, Setting, Site, Suppression
from tidegate_analyzers.facts.catalog import Catalog
from tidegate_analyzers.facts.contracts import Contract, Pipeline
from tidegate_analyzers.facts.data import BadRecords, SqlText
from tidegate_analyzers.facts.dbt import (
    DbtNode,
    DbtProject,
    DbtProperties,
    Exposure,
    Group,
    MacroDef,
    NodeRef,
    SourceTable,
)
from tidegate_analyzers.facts.jobs import Component, Job
from tidegate_analyzers.facts.names import ColumnName, Name
from tidegate_analyzers.facts.orchestration import Constant, Dag, Routine
from tidegate_analyzers.facts.told import Told
from tidegate_analyzers.text import Span


class Package(Fact, frozen=True, array_like=True, gc=False):
    """Software that a requirements file, lock file, image or profile names."""

    name: str
    version: str = ""
    via: str = ""


class FileFacts(Fact, frozen=True, array_like=True, gc=False):
    """Everything one file says, without positions. Equal facts mean that nothing beyond the file changes."""

    role: str
    problems: tuple[Problem, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
    generated: bool = False
    nodes: tuple[DbtNode, ...] = ()
    macros: tuple[MacroDef, ...] = ()
    properties: tuple[DbtProperties, ...] = ()
    sources: tuple[SourceTable, ...] = ()
    exposures: tuple[Exposure, ...] = ()
    groups: tuple[Group, ...] = ()
    project: DbtProject | None = None
    dags: tuple[Dag, ...] = ()
    sql: tuple[SqlText, ...] = ()
    constants: tuple[Constant, ...] = ()
    contracts: tuple[Contract, ...] = ()
    pipelines: tuple[Pipeline, ...] = ()
    packages: tuple[Package, ...] = ()
    settings: tuple[Setting, ...] = ()
    refs: tuple[NodeRef, ...] = ()
    """References that belong to no node of this file: in YAML, in macros."""
    imports: tuple[tuple[str, str, str], ...] = ()
    """Local name, module, name in the module; the name is empty for a module as a whole."""
    routines: tuple[Routine, ...] = ()
    names: tuple[Name, ...] = ()
    column_names: tuple[ColumnName, ...] = ()
    catalog: Catalog | None = None
    jobs: tuple[Job, ...] = ()
    bad_records: tuple[BadRecords, ...] = ()
    """What becomes of records that the SQL in it can't read, be it a script or a text of a program."""
    told: tuple[Told, ...] = ()
    components: tuple[Component, ...] = ()

    @property
    def torn(self) -> bool:
        """Whether the file's own syntax is broken, so that something of it may not have been read."""
        return any(problem.code == "TG002" for problem in self.problems)


class FileRead(Fact, frozen=True, array_like=True, gc=False):
    """Facts with the spans their sites stand for."""

    facts: FileFacts
    spans: bytes = b"\0" * 8

    def span(self, site: Site) -> Span:
        """The span of a site."""
        pair = array("I", self.spans[site * 8 : site * 8 + 8])
        return Span(pair[0], pair[1])

    def all_spans(self) -> list[Span]:
        """Every span, by site."""
        flat = array("I", self.spans)
        return [Span(flat[i], flat[i + 1]) for i in range(0, len(flat), 2)]


class Sites:
    """Collects spans while a file is read and hands out their numbers."""

    __slots__ = ("_flat",)

    def __init__(self) -> None:
        self._flat = array("I", (0, 0))

    def add(self, span: tuple[int, int]) -> Site:
        """The number of a span."""
        self._flat.append(max(span[0], 0))
        self._flat.append(max(span[1], span[0], 0))
        return len(self._flat) // 2 - 1

    def span(self, site: Site) -> Span:
        """The span of a number that was handed out."""
        return Span(self._flat[site * 2], self._flat[site * 2 + 1])

    def finish(self, facts: FileFacts) -> FileRead:
        """Facts and spans together."""
        return FileRead(facts, self._flat.tobytes())
