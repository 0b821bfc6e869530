"""What became of the columns of datasets since the base, and who relies on those that are gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tidegate_analyzers.facts import ColumnFlow, Site, columns, flows
from tidegate_analyzers.graph import contracts, dbt
from tidegate_analyzers.graph.base import Base, then_of
from tidegate_analyzers.graph.column_uses import judged_uses
from tidegate_analyzers.graph.columns import (
    ColumnKey,
    Columns,
    Dataset,
    KnownColumn,
    dataset_columns,
    flow_of,
    may_have,
)
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.postings import Posting
from tidegate_analyzers.graph.tables import nodes_of_table, readers_of_table

MAX_HITS = 200
"""More places than this are not looked for: nobody reads them."""


@dataclass(frozen=True, slots=True)
class Lost:
    """A column that a dataset gave and gives no more.

    Attributes:
        was: the column as it was.
        now: the column that it likely became.
        roots: the datasets upstream whose own change it comes of; empty where it is this dataset's own.
        beside: the column that stood before it, else behind it, and is still there.
    """

    was: KnownColumn
    now: KnownColumn | None = None
    roots: tuple[tuple[Dataset, str], ...] = ()
    beside: KnownColumn | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that relies on a column.

    Attributes:
        kind: `model`, `snapshot`, `test`, `analysis`, `properties`, `exposure`, `contract` or `sql`.
        name: what it is called.
        path, site: the place that mentions the column.
        proved: whether the place can mean nothing else, and fails.
    """

    kind: str
    name: str
    path: str
    site: Site
    proved: bool = True


def may_differ(view: View, base: Base, dataset: Dataset) -> bool:
    """Whether the columns of a dataset may differ from those of the base: something they rest on was touched."""
    dataset_columns(view, dataset)
    if view.keys is None:
        return bool(base.touched)
    noted = view.graph.memo.get(("columns", dataset))
    return noted is None or not base.touched.isdisjoint(noted[1])


def lost_columns(view: View, base: Base, dataset: Dataset) -> Mapping[str, Lost]:
    """The columns that a dataset gave at the base and gives no more, by folded name.

    Nothing where not all of its columns are known today: one that is not seen may be there all the same.
    """
    if not may_differ(view, base, dataset):
        return {}

    nothing: Mapping[str, Lost] = {}
    return view.follow(("lost", base, dataset), lambda: _lost(view, base, dataset), nothing)


def _lost(view: View, base: Base, dataset: Dataset) -> Mapping[str, Lost]:
    now = dataset_columns(view, dataset)
    past = then_of(view, base, dataset) if now.complete else None
    if past is None:
        return {}
    then = dataset_columns(base.view, past)
    # One that YAML alone told of was never seen to be given.
    gone = [item for item in then.items if item.is_made and now.get(item.name) is None]
    names = renamed(view, base, then, now) if gone else {}
    return {
        item.name.casefold(): Lost(
            item, names.get(item.name.casefold()), _roots(view, base, dataset, item), _beside(item, then, now)
        )
        for item in gone
    }


def _beside(item: KnownColumn, then: Columns, now: Columns) -> KnownColumn | None:
    number = then.items.index(item)
    for other in (*reversed(then.items[:number]), *then.items[number + 1 :]):
        if (still := now.get(other.name)) is not None and still.is_made:
            return still
    return None


def _roots(view: View, base: Base, dataset: Dataset, item: KnownColumn) -> tuple[tuple[Dataset, str], ...]:
    """Where a column got lost that was handed through: the datasets upstream that lost it themselves."""
    found: list[tuple[Dataset, str]] = []
    for origin in item.origins if item.kind == "identity" else ():
        above = now_of(view, base, origin.dataset)
        if above is None or above == dataset:
            continue
        lost = lost_columns(view, base, above).get(origin.name)
        if lost is not None:
            found += lost.roots or [(above, origin.name)]
    return tuple(dict.fromkeys(found))


def now_of(view: View, base: Base, past: Dataset) -> Dataset | None:
    """What a dataset of the base is today."""
    back = {then: now for now, then in base.moved.items()}
    path = back.get(past.path, past.path)
    facts = view.facts(path)
    if isinstance(past, Posting):
        table = dbt.source_of(base.view, past)
        for number, other in enumerate(facts.sources if facts is not None else ()):
            if table is not None and (other.source, other.name) == (table.source, table.name):
                return Posting(path, "source", number)
        return None
    if past.index < 0:
        return past
    node = dbt.node_of(base.view, past)
    for number, found in enumerate(facts.nodes if facts is not None else ()):
        if node is not None and found.name == node.name:
            return NodeKey(path, number, past.name, past.kind)
    for posting in view.find(f"node:{node.name}") if node is not None else ():
        return NodeKey(posting.path, posting.number, past.name, past.kind)
    return None


# -- names that changed --------------------------------------------------------------------------------------------


def renamed(view: View, base: Base, then: Columns, now: Columns) -> dict[str, KnownColumn]:
    """Which of the new columns are likely the old ones under other names, by the folded old name.

    Likely is what is made of the same columns in the same way, or takes the place of the only one that is gone.
    """
    gone = [item for item in then.items if now.get(item.name) is None]
    come = [item for item in now.items if then.get(item.name) is None]
    found: dict[str, KnownColumn] = {}
    for item in gone:
        made = _made_of(base.view, item)
        alike = [other for other in come if item.origins and _made_of(view, other) == made]
        rivals = [other for other in gone if other.origins and _made_of(base.view, other) == made]
        if len(alike) == 1 and len(rivals) == 1:
            found[item.name.casefold()] = alike[0]
    left = [item for item in gone if item.name.casefold() not in found]
    new = [item for item in come if all(item is not other for other in found.values())]
    if len(left) == 1 and len(new) == 1 and len(then.items) == len(now.items):
        same_place = then.items.index(left[0]) == now.items.index(new[0])
        if same_place and not (left[0].origins and new[0].origins and _apart(view, base, left[0], new[0])):
            found[left[0].name.casefold()] = new[0]
    return found


def _made_of(view: View, item: KnownColumn) -> tuple[str, frozenset[tuple[str, str]]]:
    origins = (one for one in item.origins if may_have(view, one.dataset, one.name, len(item.origins)))
    return item.kind, frozenset((_title(view, origin.dataset), origin.name) for origin in origins)


def _apart(view: View, base: Base, was: KnownColumn, item: KnownColumn) -> bool:
    """Whether two columns have nothing in common that they are made of."""
    return _made_of(base.view, was)[1].isdisjoint(_made_of(view, item)[1])


def _title(view: View, dataset: Dataset) -> str:
    if isinstance(dataset, NodeKey):
        return dataset.name
    table = dbt.source_of(view, dataset)
    return f"{table.source}.{table.name}" if table is not None else ""


def title(view: View, dataset: Dataset) -> str:
    """What a dataset is called."""
    return _title(view, dataset)


# -- who relies on it ----------------------------------------------------------------------------------------------


def hits(view: View, base: Base, dataset: Dataset, name: str) -> list[Hit]:
    """The places that rely on a column of a dataset, those included that get it handed through by a `*`."""
    found: dict[Hit, None] = {}
    for key in losers(view, base, dataset, name):
        found.update(dict.fromkeys(_direct(view, key)))
        if len(found) >= MAX_HITS:
            break
    return list(found)[:MAX_HITS]


def losers(view: View, base: Base, dataset: Dataset, name: str) -> Iterator[ColumnKey]:
    """A column that is gone, and those that are gone with it because they were handed through by a `*`."""
    seen: set[ColumnKey] = set()
    todo = [ColumnKey(dataset, name.casefold())]
    while todo:
        key = todo.pop(0)
        if key not in seen:
            seen.add(key)
            yield key
            todo += _handed_on(view, base, key)


def _direct(view: View, key: ColumnKey) -> Iterator[Hit]:
    if isinstance(key.dataset, NodeKey):
        for posting, kind in dbt.users(view, key.dataset):
            if kind in ("model", "snapshot", "test", "analysis"):
                yield from _in_node(view, posting, kind, key)
        yield from in_properties(view, key.dataset, key.name)
        yield from _exposures(view, key.dataset)
        yield from in_contracts(view, key.dataset, key.name)
        yield from _in_sql(view, key.dataset, key.name)


def _in_node(view: View, posting: Posting, kind: str, key: ColumnKey) -> Iterator[Hit]:
    facts = view.facts(posting.path)
    if facts is None or posting.number >= len(facts.nodes):
        return
    node = facts.nodes[posting.number]
    query = flow_of(view, NodeKey(posting.path, posting.number, node.name, node.kind))
    if query is not None:
        for site in missing_of(view, posting.path, query, key.dataset, key.name):
            yield Hit(kind, node.name, posting.path, site)


def missing_of(view: View, path: str, query: ColumnFlow, dataset: Dataset, name: str) -> Iterator[Site]:
    """The places of a query that mention a column which a dataset does not have."""
    if any(use.name.casefold() == name for use in query.uses):
        for judged in judged_uses(view, path, query):
            if judged.state == "missing" and judged.use.name.casefold() == name and dataset in judged.datasets:
                yield judged.use.site


def in_properties(view: View, key: NodeKey, name: str) -> Iterator[Hit]:
    """The entries of YAML that describe a column of a node, or name it in tests, unit tests and semantic models."""
    node = dbt.node_of(view, key)
    project = view.layout.project_of(key.path)
    for path, entry in dbt.properties_of(view, project, key.kind, node.name if node is not None else key.name):
        for column in columns(entry.columns) if not entry.versions else ():
            if column.name.strip('"`').casefold() == name:
                breaks = bool(column.tests or column.not_null or column.unique)
                yield Hit("properties", entry.name, path, column.site, breaks)
    for posting in view.find(f"columns-of:{key.name}"):
        facts = view.facts(posting.path)
        if facts is not None and posting.number < len(facts.column_names):
            mention = facts.column_names[posting.number]
            if mention.name.casefold() == name and dbt.resolve_ref(view, posting.path, mention.of).node == key:
                yield Hit("properties", key.name, posting.path, mention.site)


def _exposures(view: View, key: NodeKey) -> Iterator[Hit]:
    for posting, kind in dbt.users(view, key):
        facts = view.facts(posting.path)
        if kind == "exposure" and facts is not None:
            exposure = facts.exposures[posting.number]
            ref = exposure.refs[posting.inner]
            yield Hit("exposure", exposure.name, posting.path, ref.sites[-1] if ref.sites else ref.site, False)


def in_contracts(view: View, key: NodeKey, name: str) -> Iterator[Hit]:
    """The columns of that name in contracts that describe the table of a node."""
    for table in contracts.names_of_node(view, key):
        for posting, obj in contracts.described(view, table.casefold(), (table,)):
            for column in columns(obj.columns):
                if column.name.casefold() == name:
                    yield Hit("contract", obj.name, posting.path, column.site, False)


def _in_sql(view: View, key: NodeKey, name: str) -> Iterator[Hit]:
    for table in contracts.names_of_node(view, key):
        for path, number in readers_of_table(view, table):
            facts = view.facts(path)
            for query in flows(facts.sql[number].flows) if facts is not None else ():
                inputs = {i for i, item in enumerate(query.inputs) if key in nodes_of_table(view, item)}
                for use in query.uses:
                    if use.name.casefold() == name and use.state == "" and inputs.issuperset(use.inputs) and use.inputs:
                        yield Hit("sql", facts.sql[number].name if facts is not None else "", path, use.site, False)


def _handed_on(view: View, base: Base, key: ColumnKey) -> Iterator[ColumnKey]:
    """The columns of readers that came of a column by a `*`, and are gone with it."""
    for reader in dbt.consumers(view, key.dataset) if isinstance(key.dataset, NodeKey) else ():
        for name, lost in lost_columns(view, base, reader).items():
            for origin in lost.was.origins if lost.was.kind == "identity" else ():
                if origin.name == key.name and now_of(view, base, origin.dataset) == key.dataset:
                    yield ColumnKey(reader, name)
