"""Lineage as far as it goes: what things and columns come of, and what comes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from tidegate_analyzers.graph import columns
from tidegate_analyzers.graph.columns import ColumnKey
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.postings import Posting
from tidegate_analyzers.graph.symbols.search import symbol_of_file
from tidegate_analyzers.ide import lineage
from tidegate_analyzers.ide.lineage import jobs
from tidegate_analyzers.ide.lineage.point import (
    Point,
    exposure_point,
    node_point,
    source_number,
    source_point,
    sql_point,
    task_point,
)

LEFT_OUT = frozenset(("test", "analysis"))
"""What reads data and hands none on."""


class Item(NamedTuple):
    """Something in a lineage: a thing, or with `column` one of its columns.

    `path` is its file, which tells two of one name apart.
    """

    kind: str
    name: str
    path: str
    column: str = ""

    @property
    def title(self) -> str:
        """Its name for people."""
        name = self.path.rpartition("/")[2] if self.kind == "sql" else self.name
        return f"{name}.{self.column}" if self.column else name


class Link(NamedTuple):
    """Data goes from one item to another.

    `kind` is how a column is made of another, in OpenLineage's words; `inferred` says that the name of a table alone
    joins the two.
    """

    source: Item
    target: Item
    kind: str = ""
    inferred: bool = False

    def end(self, number: int) -> Item:
        """Where it comes from (0) or goes to (1)."""
        return self.target if number else self.source


@dataclass(frozen=True, slots=True)
class Lineage:
    """A part of the lineage of a workspace, sorted.

    Attributes:
        starts: what was asked for; empty for all there is.
        items: everything in it.
        above, below: how these hang together, on the way up and on the way down.
    """

    starts: tuple[Item, ...]
    items: tuple[Item, ...]
    above: tuple[Link, ...]
    below: tuple[Link, ...] = ()

    @property
    def links(self) -> list[Link]:
        """Every link."""
        return sorted({*self.above, *self.below})


Steps = Callable[[Item], Iterable[Link]]


def walk(view: View, start: Item, *, upstream: bool, downstream: bool, depth: int = 0) -> Lineage:
    """The lineage of an item.

    Args:
        view: the graph.
        start: a thing or a column.
        upstream: whether to go to what it comes of.
        downstream: whether to go to what comes of it.
        depth: how many steps to go at most, 0 for all.
    """
    up, down = _ways_of_columns(view) if start.column else _ways_of_things(view)
    above = _reached(start, up, 0, depth) if upstream else set()
    below = _reached(start, down, 1, depth) if downstream else set()
    items = {start, *(link.end(number) for link in (*above, *below) for number in (0, 1))}
    return Lineage((start,), tuple(sorted(items)), tuple(sorted(above)), tuple(sorted(below)))


def _reached(start: Item, steps: Steps, ahead: int, depth: int) -> set[Link]:
    seen = {start}
    found: set[Link] = set()
    edge = [start]
    done = 0
    while edge and (not depth or done < depth):
        links = [link for item in edge for link in steps(item)]
        found.update(links)
        edge = list(dict.fromkeys(link.end(ahead) for link in links if link.end(ahead) not in seen))
        seen.update(edge)
        done += 1
    return found


def whole(view: View) -> Lineage:
    """The lineage of everything in the workspace that reads or gives data; of tasks, programs and SQL what is joined."""
    items = {_item(point) for point in _points(view)}
    above, _ = _ways_of_things(view)
    asked = items.union(_working(view))
    links = {link for item in asked for link in above(item)}
    more = {link.source for link in links} - asked
    links |= {link for item in more for link in above(item)}
    items |= {link.end(number) for link in links for number in (0, 1)}
    return Lineage((), tuple(sorted(items)), tuple(sorted(links)))


def _working(view: View) -> Iterator[Item]:
    """The tasks, programs and SQL files of the workspace."""
    for path, read in view.graph.files.items():
        points = [task_point(view, path, dag, task) for dag in read.facts.dags for task in dag.tasks]
        points += [jobs.job_point(view, path, number) for number in range(len(read.facts.jobs))]
        if read.facts.role == "sql":
            points += [sql_point(view, path, number) for number in range(len(read.facts.sql))]
        for point in points:
            if point is not None:
                yield from _doing(view, point)


def _points(view: View) -> Iterator[Point]:
    for path, read in view.graph.files.items():
        project = view.layout.project_of(path)
        if project is not None and project.installed:
            continue
        facts = read.facts
        for number, node in enumerate(facts.nodes):
            if node.kind not in LEFT_OUT and (point := node_point(view, path, number)) is not None:
                yield point
        for number in range(len(facts.sources)):
            if (point := source_point(view, path, number)) is not None:
                yield point
        for number in range(len(facts.exposures)):
            if (point := exposure_point(view, path, number)) is not None:
                yield point
    yield from jobs.moving(view)


def _item(point: Point) -> Item:
    return Item(point.kind, point.name, point.path)


def _ways_of_things(view: View) -> tuple[Steps, Steps]:
    def above(item: Item) -> Iterator[Link]:
        for edge in lineage.reads(view, item.kind, item.path, item.name):
            for other in _doing(view, edge.point):
                if other != item:
                    yield Link(other, item, "", edge.inferred)

    def below(item: Item) -> Iterator[Link]:
        if item.kind == "sql":
            yield from _written(view, item)
            return
        for edge in lineage.readers(view, item.kind, item.path, item.name):
            for other in _doing(view, edge.point):
                if other != item:
                    yield Link(item, other, "", edge.inferred)

    return above, below


def _doing(view: View, point: Point) -> Iterator[Item]:
    """What stands for a point: of a SQL file the tasks that run it, where there are any."""
    if point.kind in LEFT_OUT:
        return
    runners = lineage.readers(view, "sql", point.path, point.name) if point.kind == "sql" else []
    yield from (_item(edge.point) for edge in runners) if runners else (_item(point),)


def _written(view: View, item: Item) -> Iterator[Link]:
    """The sources whose tables a task or SQL text writes."""
    for name in sorted(set(_targets(view, item))):
        for posting in view.find(f"name:{name}"):
            point = source_point(view, posting.path, posting.number) if posting.kind == "source" else None
            for edge in lineage.reads(view, point.kind, point.path, point.name) if point is not None else ():
                if point is not None and item in (_item(edge.point), *_doing(view, edge.point)):
                    yield Link(item, _item(point), "", edge.inferred)


def _targets(view: View, item: Item) -> Iterator[str]:
    facts = view.facts(item.path)
    yield from (write.target.name for write in (facts.sql[int(item.name)].writes if facts is not None else ()))


# -- columns -------------------------------------------------------------------------------------------------------


def _ways_of_columns(view: View) -> tuple[Steps, Steps]:
    def above(item: Item) -> Iterator[Link]:
        key = column_key(view, item)
        made = columns.dataset_columns(view, key.dataset).get(key.name) if key is not None else None
        for origin in columns.upstream(view, key) if key is not None else ():
            source = item_of(view, origin)
            if source is not None and made is not None:
                yield Link(source, item, made.kind)

    def below(item: Item) -> Iterator[Link]:
        key = column_key(view, item)
        for reached in columns.downstream(view, key) if key is not None else ():
            target = item_of(view, reached)
            made = columns.dataset_columns(view, reached.dataset).get(reached.name)
            if target is not None and made is not None:
                yield Link(item, target, made.kind)

    return above, below


def item_of(view: View, key: ColumnKey) -> Item | None:
    """The item of a column; its name as it is written where it is made."""
    if isinstance(key.dataset, NodeKey):
        point = node_point(view, key.dataset.path, key.dataset.index)
        thing = _item(point) if point else Item(key.dataset.kind, key.dataset.name, key.dataset.path)
    else:
        point = source_point(view, key.dataset.path, key.dataset.number)
        if point is None:
            return None
        thing = _item(point)
    made = columns.dataset_columns(view, key.dataset).get(key.name)
    return thing._replace(column=made.name if made is not None else key.name)


def dataset_of(view: View, item: Item) -> columns.Dataset | None:
    """The dataset that an item is, or is a column of."""
    facts = view.facts(item.path)
    if facts is None or item.kind in ("topic", "table", "job", "task"):
        return None
    if item.kind == "source":
        number = source_number(view, item.path, item.name)
        return Posting(item.path, "source", number) if number >= 0 else None
    for number, node in enumerate(facts.nodes):
        if node.name == item.name:
            # A version goes by the name of its model: whoever refers to it finds it by that.
            return _as_referred(view, NodeKey(item.path, number, node.name, node.kind))
    if item.kind == "snapshot":
        return NodeKey(item.path, -1, item.name, "snapshot")
    return None


def _as_referred(view: View, key: NodeKey) -> NodeKey:
    symbol = symbol_of_file(view, key.path, key.index)
    return NodeKey(key.path, key.index, symbol.name, key.kind) if symbol is not None else key


def column_key(view: View, item: Item) -> ColumnKey | None:
    """The column that an item is."""
    dataset = dataset_of(view, item)
    return ColumnKey(dataset, item.column.casefold()) if dataset is not None else None
