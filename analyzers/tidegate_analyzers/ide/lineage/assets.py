"""Lineage of the assets of an orchestrator: from asset to asset, and to and from dbt's models and sources.

dagster-dbt calls the asset of a model by the model's name and that of a source's table by both names, unless
`meta: dagster: asset_key` says otherwise: https://docs.dagster.io/integrations/libraries/dbt/reference.
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Job, Relation
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.dbt.sources import source_setting
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.postings import Posting
from tidegate_analyzers.ide.lineage.jobs import job_point
from tidegate_analyzers.ide.lineage.point import Edge, Point, node_point, source_point

Key = tuple[str, ...]


def made_of(view: View, path: str, job: Job) -> Iterator[Edge]:
    """The assets, models and sources that an asset comes of, with the places that say so."""
    read = view.graph.files.get(path)
    for item in job.comes_of if read is not None else ():
        places = (read.span(item.site),) if read is not None and item.site else ()
        yield from (Edge(point, places) for point in points(view, item.relation))


def used_by(view: View, path: str, number: int) -> Iterator[Edge]:
    """What comes of the assets that a job makes: other assets, and the sources that stand for them."""
    point, facts = job_point(view, path, number), view.facts(path)
    for relation in facts.jobs[number].makes if facts is not None and point is not None else ():
        yield from _users(view, relation.name, point)
        yield from (Edge(found, ()) for found in _sources(view, relation))


def users_of_node(view: View, key: NodeKey) -> Iterator[Edge]:
    """The assets that come of a model."""
    yield from _users(view, key.name.casefold(), node_point(view, key.path, key.index))


def makers_of_source(view: View, path: str, number: int) -> Iterator[Edge]:
    """The assets that a source stands for."""
    yield from (Edge(point, ()) for point in _makers(view, _key_of_source(view, path, number)))


def users_of_source(view: View, path: str, number: int) -> Iterator[Edge]:
    """The assets that come of what a source stands for."""
    key = _key_of_source(view, path, number)
    yield from _users(view, key[-1].casefold(), source_point(view, path, number))


def points(view: View, relation: Relation) -> list[Point]:
    """What goes by a key: an asset that a program makes, else a source or a model of dbt."""
    made = list(_makers(view, relation.parts)) or list(_sources(view, relation))
    if made or len(relation.parts) != 1:
        return made
    found = [node_point(view, p.path, p.number) for p in view.find(f"node:{relation.parts[0]}")]
    return [point for point in found if point is not None and point.kind in ("model", "seed", "snapshot")]


def _makers(view: View, key: Key) -> Iterator[Point]:
    """The jobs that make an asset; a name without its prefix will do where just one asset has it."""
    made = [(posting, _made(view, posting)) for posting in view.find(f"job-asset:{key[-1].casefold()}")]
    exact = [posting for posting, parts in made if parts == key]
    others = [posting for posting, parts in made if len(key) == 1 and parts[-1] == key[0]]
    for posting in exact or (others if len(others) == 1 else []):
        point = job_point(view, posting.path, posting.number)
        if point is not None:
            yield point


def _made(view: View, posting: Posting) -> Key:
    facts = view.facts(posting.path)
    return facts.jobs[posting.number].makes[posting.inner].parts if facts is not None else ("",)


def _sources(view: View, relation: Relation) -> Iterator[Point]:
    for posting in view.find(f"name:{relation.name}"):
        if posting.kind == "source" and _key_of_source(view, posting.path, posting.number) == relation.parts:
            point = source_point(view, posting.path, posting.number)
            if point is not None:
                yield point


def _key_of_source(view: View, path: str, number: int) -> Key:
    facts = view.facts(path)
    if facts is None or number >= len(facts.sources):
        return ("",)
    table = facts.sources[number]
    setting = source_setting(view, path, table, "meta")
    meta = setting.value.value if setting is not None else None
    told = meta.get("dagster") if isinstance(meta, dict) else None
    key = told.get("asset_key") if isinstance(told, dict) else None
    if isinstance(key, list) and key and all(isinstance(word, str) for word in key):
        return tuple(key)
    return (table.source, table.name)


def _users(view: View, name: str, point: Point | None) -> Iterator[Edge]:
    """The jobs that come of something, by the last word of its key."""
    for posting in view.find(f"job-of-asset:{name}"):
        read = view.graph.files.get(posting.path)
        user = job_point(view, posting.path, posting.number)
        if read is None or user is None or user == point:
            continue
        item = read.facts.jobs[posting.number].comes_of[posting.inner]
        if point in points(view, item.relation):
            yield Edge(user, (read.span(item.site),) if item.site else ())
