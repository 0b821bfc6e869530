"""Tables that no model makes and no source declares: they are where their name is written and read."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Relation, Site, same_name
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.ide.lineage import jobs, tables
from tidegate_analyzers.ide.lineage.point import Edge, Point, made_point


def table_point(view: View, relation: Relation) -> Point | None:
    """A table, which stands where it is written first, else where it is read; none for what a script alone sees."""
    if relation.kind != "table" or relation.dynamic or not relation.parts:
        return None
    for path, site in (*sorted(_written(view, relation)), *sorted(_read(view, relation))):
        read = view.graph.files.get(path)
        if read is not None and site:
            return made_point(read, "table", str(relation), path, "table", read.span(site))
    return None


def named(name: str) -> Relation:
    """The table of a name with dots."""
    return Relation("table", tuple(name.split(".")))


def names(view: View) -> set[str]:
    """The tables that something writes by a name that is known."""
    found: set[str] = set()
    for path in view.graph.files:
        facts = view.facts(path)
        if facts is None:
            continue
        writes = [write for text in facts.sql for write in text.writes if not write.temporary]
        writes += [write for job in facts.jobs for write in job.writes]
        writes += [write for dag in facts.dags for task in dag.tasks for write in task.writes]
        targets = (write.target for write in writes)
        found.update(str(target) for target in targets if target.kind == "table" and not target.dynamic)
    return found


def reads_of_table(view: View, path: str, name: str) -> Iterator[Edge]:
    """Who writes a table."""
    yield from tables.writers_of(view, named(name))


def readers_of_table(view: View, path: str, name: str) -> Iterator[Edge]:
    """Who reads a table."""
    yield from tables.readers_of(view, named(name))


def _written(view: View, relation: Relation) -> Iterator[tuple[str, Site]]:
    for posting, write in tables.writes_to(view, relation):
        yield posting.path, write.site
    for posting, site in jobs.written_by(view, relation):
        yield posting.path, site


def _read(view: View, relation: Relation) -> Iterator[tuple[str, Site]]:
    for posting, item in tables.reads_named(view, relation.name):
        if same_name(Relation("table", item.relation.parts), relation):
            yield posting.path, item.site
    for posting, site in jobs.read_by(view, relation):
        yield posting.path, site
