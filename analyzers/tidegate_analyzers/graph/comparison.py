"""Everything about columns that changed since the base, how bad it is, and who is hit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tidegate_analyzers.facts import Column, ContractObject, Site, columns
from tidegate_analyzers.graph import contracts, dbt
from tidegate_analyzers.graph.base import Base, then_of
from tidegate_analyzers.graph.boundaries import boundary_of
from tidegate_analyzers.graph.changes import Hit, hits, losers, lost_columns, may_differ, now_of
from tidegate_analyzers.graph.columns import (
    ColumnKey,
    Dataset,
    KnownColumn,
    column_type,
    dataset_columns,
    downstream,
    mentions,
)
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.postings import Posting
from tidegate_analyzers.graph.type_changes import type_change

LEVELS = ("breaking", "warning", "harmless")
NODES = ("model", "snapshot", "seed")
MAX_AFFECTED = 500


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a dataset or of one of its columns.

    Attributes:
        kind: `added`, `removed`, `renamed`, `retyped`, `relaxed` (it may hold nulls or doubles now) or `tightened`.
        of: what the dataset is: `model`, `seed`, `snapshot`, `source` or `contract`.
        dataset: its name.
        path, site: where it is told of today; at the base for what is gone.
        column: the column, as it was called; empty for the dataset as a whole.
        new: what it is likely called now.
        old_type, new_type: its types.
        level: `breaking`, `warning` or `harmless`.
        why: the reason for the level.
        hits: the places that rely on it.
        affected: the columns that were made of it, as `dataset.column`.
    """

    kind: str
    of: str
    dataset: str
    path: str
    site: Site = 0
    column: str = ""
    new: str = ""
    old_type: str = ""
    new_type: str = ""
    level: str = "harmless"
    why: str = ""
    hits: tuple[Hit, ...] = ()
    affected: tuple[str, ...] = ()


def changes(view: View, base: Base) -> list[Change]:
    """Everything that changed, by file and dataset."""
    found: list[Change] = []
    if base.touched:
        found = [*_nodes(view, base), *_gone_nodes(view, base), *_sources(view, base), *_contracts(view, base)]
    return sorted(found, key=lambda change: (change.path, change.of, change.dataset, change.column, change.kind))


# -- models, seeds and snapshots -----------------------------------------------------------------------------------


def _own(view: View, path: str) -> bool:
    project = view.layout.project_of(path)
    return project is None or not project.installed


def _nodes(view: View, base: Base) -> Iterator[Change]:
    for path, read in view.graph.files.items():
        for number, node in enumerate(read.facts.nodes if _own(view, path) else ()):
            key = NodeKey(path, number, node.name, node.kind)
            if node.kind not in NODES or (node.kind == "model" and dbt.is_on(view, key) is False):
                continue
            if not may_differ(view, base, key):
                continue
            past = then_of(view, base, key)
            if past is None:
                yield Change("added", node.kind, node.name, path, node.site, why="it is new")
                continue
            if isinstance(past, NodeKey) and past.name != key.name:
                yield _renamed_node(view, base, past, key, node.site)
            yield from _columns(view, base, key, past, node.kind, node.name)


def _columns(view: View, base: Base, key: Dataset, past: Dataset, of: str, name: str) -> Iterator[Change]:
    now, then = dataset_columns(view, key), dataset_columns(base.view, past)
    lost = lost_columns(view, base, key)
    came_as = {item.now.name.casefold() for item in lost.values() if item.now is not None}
    for item in lost.values():
        if item.roots:
            continue  # it is told of the dataset that it came from
        kind = "renamed" if item.now is not None else "removed"
        found = tuple(hits(view, base, key, item.was.name))
        gone = losers(view, base, key, item.was.name)
        level, why = _level_of_loss(found, promised=any(_is_promised(view, one.dataset) for one in gone))
        site = item.now.site if item.now is not None else item.beside.site if item.beside is not None else 0
        yield Change(
            kind,
            of,
            name,
            key.path,
            site,
            item.was.name,
            item.now.name if item.now is not None else "",
            level=level,
            why=why,
            hits=found,
            affected=_affected(base.view, ColumnKey(past, item.was.name.casefold())),
        )
    for column in now.items:
        was = then.get(column.name)
        if was is not None:
            yield from _retyped(view, base, (key, column), (past, was), of, name)
        elif then.complete and column.name.casefold() not in came_as and not _handed_on(view, base, column):
            type_ = column_type(view, ColumnKey(key, column.name.casefold()))
            yield Change(
                "added", of, name, key.path, column.site, column.name, new_type=type_, why="nobody knew it before"
            )


def _handed_on(view: View, base: Base, column: KnownColumn) -> bool:
    """Whether a new column is one that came with a `*` from a dataset where it is new."""
    if column.kind != "identity" or len(column.origins) != 1 or column.origins[0].name != column.name.casefold():
        return False
    (above,) = column.origins
    past = then_of(view, base, above.dataset)
    then = dataset_columns(base.view, past) if past is not None else None
    return then is not None and then.complete and then.get(above.name) is None


def _retyped(
    view: View, base: Base, now: tuple[Dataset, KnownColumn], was: tuple[Dataset, KnownColumn], of: str, name: str
) -> Iterator[Change]:
    key, column = now
    folded = ColumnKey(key, column.name.casefold())
    old, new = column_type(base.view, ColumnKey(was[0], was[1].name.casefold())), column_type(view, folded)
    role = view.layout.role(key.path)
    how = type_change(old, new, role.dialect if role is not None else "") if old and new else ""
    if not how or _inherited(view, base, column, was[1]):
        return
    found = tuple(Hit("model", m.reader.name, m.path, m.site, False) for m in mentions(view, folded))
    level = "warning" if how == "widened" else "breaking" if found or _is_promised(view, key) else "warning"
    why = {"widened": "a reader of the old type may not hold it", "narrowed": "values may not fit any more"}.get(
        how, "it is another kind of value"
    )
    yield Change(
        "retyped",
        of,
        name,
        key.path,
        column.site,
        column.name,
        old_type=old,
        new_type=new,
        level=level,
        why=why,
        hits=found,
        affected=_affected(view, folded),
    )


def _inherited(view: View, base: Base, now: KnownColumn, was: KnownColumn) -> bool:
    """Whether a column has its type from one upstream whose type changed: it is told there."""
    if now.type or was.type or not 0 <= now.like < len(now.origins) or not 0 <= was.like < len(was.origins):
        return False
    return column_type(view, now.origins[now.like]) != column_type(base.view, was.origins[was.like])


def _level_of_loss(found: tuple[Hit, ...], *, promised: bool) -> tuple[str, str]:
    if any(hit.proved for hit in found):
        return "breaking", "what relies on it fails"
    if promised or any(hit.kind == "contract" for hit in found):
        return "breaking", "it is promised to others"
    if found:
        return "warning", "others may rely on it"
    return "harmless", "nobody in the workspace relies on it"


def _is_promised(view: View, key: Dataset) -> bool:
    """Whether others than those in the workspace may rely on a dataset."""
    return isinstance(key, NodeKey) and (
        dbt.contract_enforced(view, key) is not None or boundary_of(view, key) is not None
    )


def _affected(view: View, key: ColumnKey) -> tuple[str, ...]:
    """The columns that are made of a column, near ones first."""
    found: dict[ColumnKey, None] = {}
    todo = [key]
    while todo and len(found) < MAX_AFFECTED:
        for reached in downstream(view, todo.pop(0)):
            if reached not in found and reached != key:
                found[reached] = None
                todo.append(reached)
    return tuple(f"{reached.dataset.name}.{reached.name}" for reached in found if isinstance(reached.dataset, NodeKey))


def _gone_nodes(view: View, base: Base) -> Iterator[Change]:
    """What had a file and has none, and was not moved."""
    moved = set(base.moved.values())
    for path, read in base.graph.files.items():
        if path in view.graph.files or path in moved or not _own(view, path):
            continue
        for number, node in enumerate(read.facts.nodes):
            key = NodeKey(path, number, node.name, node.kind)
            if node.kind not in NODES or now_of(view, base, key) is not None:
                continue
            yield replace(_loss_of_node(view, key), path=path)


def _renamed_node(view: View, base: Base, past: NodeKey, key: NodeKey, site: Site) -> Change:
    return replace(_loss_of_node(view, past), kind="renamed", path=key.path, site=site, new=key.name)


def _loss_of_node(view: View, key: NodeKey) -> Change:
    """Whoever refers to a node that is no more, or has another name, can't be built."""
    found = []
    for posting in view.find(f"uses:{key.name}"):
        facts = view.facts(posting.path)
        if facts is None or posting.kind not in ("node", "exposure"):
            continue
        user = facts.nodes[posting.number] if posting.kind == "node" else facts.exposures[posting.number]
        ref = user.refs[posting.inner]
        if dbt.resolve_ref(view, posting.path, ref).state == "missing":
            kind = facts.nodes[posting.number].kind if posting.kind == "node" else "exposure"
            found.append(Hit(kind, user.name, posting.path, ref.sites[-1] if ref.sites else ref.site))
    why = "what refers to it can't be built" if found else "others may read its table"
    level = "breaking" if found else "warning"
    return Change("removed", key.kind, key.name, key.path, level=level, why=why, hits=tuple(found))


# -- sources and contracts -----------------------------------------------------------------------------------------


def _sources(view: View, base: Base) -> Iterator[Change]:
    """What YAML tells of sources: there may be more columns than it lists."""
    for path, read in view.graph.files.items():
        for number, table in enumerate(read.facts.sources if _own(view, path) else ()):
            key = Posting(path, "source", number)
            past = then_of(view, base, key) if may_differ(view, base, key) else None
            if past is None:
                continue
            name = f"{table.source}.{table.name}"
            now, then = dataset_columns(view, key), dataset_columns(base.view, past)
            for column in then.items:
                if now.get(column.name) is None:
                    folded = ColumnKey(key, column.name.casefold())
                    found = tuple(Hit("model", m.reader.name, m.path, m.site, False) for m in mentions(view, folded))
                    why = "it is described no more, and still read" if found else "nobody in the workspace reads it"
                    level = "warning" if found else "harmless"
                    yield Change(
                        "removed", "source", name, path, table.site, column.name, level=level, why=why, hits=found
                    )
            for column in now.items:
                was = then.get(column.name)
                if was is None:
                    why = "it is described now"
                    yield Change("added", "source", name, path, column.site, column.name, new_type=column.type, why=why)
                else:
                    yield from _retyped(view, base, (key, column), (past, was), "source", name)


def _contracts(view: View, base: Base) -> Iterator[Change]:
    then = dict(_objects(base.view))
    back = {path: now for now, path in base.moved.items()}
    now = dict(_objects(view))
    for (path, name), was in then.items():
        here = now.get((back.get(path, path), name))
        if here is None and any(key[0] == back.get(path, path) for key in now):
            yield Change("removed", "contract", name, path, level="breaking", why="it is promised no more")
        elif here is not None and here.columns != was.columns:
            yield from _promised(view, back.get(path, path), name, was, here)
    for (path, name), obj in now.items():
        if (base.moved.get(path, path), name) not in then:
            yield Change("added", "contract", name, path, obj.site, why="it is promised now")


def _objects(view: View) -> Iterator[tuple[tuple[str, str], ContractObject]]:
    for posting in view.find("contracts:any"):
        contract = contracts.contract_of(view, posting)
        for obj in contract.objects if contract is not None else ():
            yield (posting.path, obj.name), obj


def _promised(view: View, path: str, name: str, was: ContractObject, now: ContractObject) -> Iterator[Change]:
    before = {column.name.casefold(): column for column in columns(was.columns)}
    after = {column.name.casefold(): column for column in columns(now.columns)}
    gone = [column for folded, column in before.items() if folded not in after]
    come = [column for folded, column in after.items() if folded not in before]
    for column in gone:
        alike = [other for other in come if (other.type, other.description) == (column.type, column.description)]
        new = alike[0].name if len(alike) == 1 and len(gone) == 1 and column.description else ""
        kind = "renamed" if new else "removed"
        come = [other for other in come if other.name != new]
        why = "it is promised no more"
        yield Change(kind, "contract", name, path, now.site, column.name, new, level="breaking", why=why)
    for column in come:
        why = "data from before has none: a replay needs a value" if column.not_null else "nobody knew it before"
        yield Change("added", "contract", name, path, column.site, column.name, new_type=column.type, why=why)
    for folded, old in before.items():
        if (new_column := after.get(folded)) is not None:
            yield from _promise(path, name, old, new_column)


def _promise(path: str, name: str, old: Column, new: Column) -> Iterator[Change]:
    change = Change("", "contract", name, path, new.site, new.name, old_type=old.type, new_type=new.type)
    if old.type.casefold() != new.type.casefold():
        how = type_change(old.type, new.type, "")
        level = "warning" if how == "widened" else "breaking"
        yield replace(change, kind="retyped", level=level, why=f"its type is {how or 'changed'}")
    for was, now, word in ((old.not_null, new.not_null, "nulls"), (old.unique, new.unique, "doubles")):
        if was and not now:
            yield replace(change, kind="relaxed", level="breaking", why=f"consumers may meet {word}")
        elif now and not was:
            yield replace(change, kind="tightened", why=f"data from before may hold {word}")
