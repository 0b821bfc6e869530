"""The columns of datasets across files: names, types, completeness, and which come of which."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from tidegate_analyzers.facts import (
    NOWHERE,
    Column,
    ColumnFlow,
    DbtNode,
    NodeRef,
    Origin,
    Output,
    Relation,
    Site,
    columns,
    flow,
)
from tidegate_analyzers.facts.columns import EVERY
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.catalog import spelling, told_of
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.postings import Posting

Dataset = NodeKey | Posting
"""A dbt node, or the posting of a source's table."""

SNAPSHOT_COLUMNS = (("dbt_scd_id", ""), ("dbt_updated_at", ""), ("dbt_valid_from", ""), ("dbt_valid_to", ""))
"""What dbt adds to a snapshot (https://docs.getdbt.com/docs/build/snapshots)."""


class ColumnKey(NamedTuple):
    """A column of a dataset; `name` is case folded."""

    dataset: Dataset
    name: str


@dataclass(frozen=True, slots=True)
class KnownColumn:
    """A column of a dataset.

    Attributes:
        name: as written where it is made.
        type: its type as far as the dataset's own query says; `column_type` knows more.
        path, site: where it is made: in the select list, the seed's header or YAML.
        kind: how it is made (`facts.columns.Output.kind`), `declared` where only YAML tells of it, `catalog` where a
            catalog does.
        origins: the columns it is made of, or may be: of several that are joined one may lack it (`upstream`).
        like: the one of `origins` whose type it has, -1 for none.
        declared: its entry in YAML, and the file of that.
        starred: whether a star passes it on from the first of `origins`.
        term: how its type comes of those of `origins`, as in `facts.columns.Output`.
        quoted: whether it is found in quotes only.
    """

    name: str
    type: str = ""
    path: str = ""
    site: Site = NOWHERE
    kind: str = "declared"
    origins: tuple[ColumnKey, ...] = ()
    like: int = -1
    declared: Column | None = None
    declared_in: str = ""
    starred: bool = False
    term: str = ""
    quoted: bool = False

    @property
    def is_made(self) -> bool:
        """Whether the workspace holds what makes it."""
        return self.kind not in ("declared", "catalog")


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a dataset.

    Attributes:
        items: the columns.
        complete: whether it has no others.
        rendered: whether only rendering showed that.
        dated: whether only a catalog tells that, and of which day in words: the warehouse may have more by now.
    """

    items: tuple[KnownColumn, ...] = ()
    complete: bool = False
    rendered: bool = False
    dated: str = ""
    _names: dict[str, KnownColumn] = field(default_factory=dict)

    @classmethod
    def of(cls, items: list[KnownColumn], complete: bool, rendered: bool = False, dated: str = "") -> Columns:
        """Columns in order; of several that have one name the first is kept."""
        names: dict[str, KnownColumn] = {}
        for item in items:
            names.setdefault(item.name.casefold(), item)
        return cls(tuple(names.values()), complete, rendered, dated, names)

    def get(self, name: str) -> KnownColumn | None:
        """The column of a name."""
        return self._names.get(name.casefold())


NOTHING = Columns()


def dataset_of(view: View, path: str, relation: Relation) -> Dataset | None:
    """The dataset that a relation of a file means, where dbt's names tell for certain."""
    if relation.kind not in ("ref", "source") or not relation.parts or relation.dynamic:
        return None
    resolution = dbt.resolve_ref(view, path, NodeRef(relation.kind, relation.parts, 0, (), relation.version))
    return (resolution.node or resolution.source) if resolution.state == "found" else None


def columns_of(view: View, path: str, relation: Relation) -> Columns:
    """The columns of a relation as a file names it."""
    dataset = dataset_of(view, path, relation)
    return dataset_columns(view, dataset) if dataset is not None else NOTHING


def dataset_columns(view: View, dataset: Dataset) -> Columns:
    """The columns of a dataset."""
    return node_columns(view, dataset) if isinstance(dataset, NodeKey) else source_columns(view, dataset)


def source_columns(view: View, posting: Posting) -> Columns:
    """The columns of a source's table: all that a catalog tells; without one those that its YAML lists."""

    def compute() -> Columns:
        table = dbt.source_of(view, posting)
        if table is None:
            return NOTHING
        declared = {column.name.casefold(): column for column in columns(table.columns)}
        found = _from_catalog(view, posting, table.site, declared, dict.fromkeys(declared, posting.path))
        have = {item.name.casefold() for item in found}
        newer = [_from_yaml(column, posting.path) for name, column in declared.items() if name not in have]
        told = told_of(view, posting)
        # A catalog that lacks what YAML lists is older than the table, or YAML is wrong: who knows what else differs.
        whole = told is not None and not newer
        return Columns.of(found + newer, complete=whole, dated=told.name if told is not None and whole else "")

    return view.memo(("columns", posting), compute)


def _from_yaml(column: Column, path: str) -> KnownColumn:
    return KnownColumn(column.name, column.type, path, column.site, declared=column, declared_in=path)


def _from_catalog(
    view: View, dataset: Dataset, site: Site, declared: dict[str, Column], files: dict[str, str]
) -> list[KnownColumn]:
    """The columns that a catalog tells of a dataset; in YAML they have a place, else they stand where it does."""
    told = told_of(view, dataset)
    found = []
    for folded, column in told.columns.items() if told is not None else ():
        name, quoted = spelling(view, dataset, column.name)
        said = declared.get(folded)
        found.append(
            KnownColumn(
                name,
                column.type,
                files[folded] if said is not None else dataset.path,
                said.site if said is not None else site,
                "catalog",
                declared=said,
                declared_in=files.get(folded, ""),
                quoted=quoted,
            )
        )
    return found


def made_flow(view: View, key: NodeKey) -> ColumnFlow | None:
    """What the query of a node gives: as its text shows it, or as rendering does where that shows more."""
    own = flow_of(view, key)
    if own is not None and own.closed:
        return own

    def compute() -> ColumnFlow | None:
        from tidegate_analyzers.graph.rendered_flow import rendered_flow

        return rendered_flow(view, key)

    made = view.memo(("rendered flow", key), compute)
    return made if made is not None and (made.closed or own is None) else own


def flow_of(view: View, key: NodeKey) -> ColumnFlow | None:
    """What the query of a node does with columns, as its own text shows it."""

    def compute() -> ColumnFlow | None:
        node = dbt.node_of(view, key)
        return flow(node.flow) if node is not None else None

    return view.memo(("flow", key), compute)


def node_columns(view: View, key: NodeKey) -> Columns:
    """The columns of a model, seed or snapshot: what its query gives, with what YAML says of them."""
    return view.follow(("columns", key), lambda: _node_columns(view, key), NOTHING)


def _node_columns(view: View, key: NodeKey) -> Columns:
    node = dbt.node_of(view, key)
    declared, declared_in = declared_columns(view, key)
    query = made_flow(view, key)
    if node is None and (relation := _snapshot_relation(view, key)) is not None:
        query = ColumnFlow((relation,), (Output(EVERY, origins=(Origin(0, EVERY),), kind="identity"),), closed=True)
    if query is None:
        enforced = dbt.contract_enforced(view, key) is not None
        items = [_from_yaml(column, declared_in[name]) for name, column in declared.items()]
        if not enforced:
            items = _with_catalog(view, key, node, items, declared, declared_in)
        return Columns.of(items, complete=enforced)
    items, complete, rendered, dated = _produced(view, key.path, query)
    rendered = rendered or query is not flow_of(view, key)
    complete = complete and not _gets_more(view, key)
    if key.kind == "snapshot":
        complete = complete and not _renames_snapshot_columns(view, key)
        site = node.site if node is not None else NOWHERE
        items += [KnownColumn(name, type_, key.path, site, "constant") for name, type_ in SNAPSHOT_COLUMNS]
    merged = [_merged(item, declared, declared_in) for item in items]
    if not complete:
        have = {item.name.casefold() for item in items}
        merged += [_from_yaml(c, declared_in[name]) for name, c in declared.items() if name not in have]
        merged = _with_catalog(view, key, node, merged, declared, declared_in)
    return Columns.of(merged, complete, rendered, dated if complete else "")


def _with_catalog(
    view: View,
    key: NodeKey,
    node: DbtNode | None,
    items: list[KnownColumn],
    declared: dict[str, Column],
    files: dict[str, str],
) -> list[KnownColumn]:
    """The columns of a node that is not understood whole, with those that its table had when dbt last looked."""
    have = {item.name.casefold() for item in items if item.kind != "declared"}
    found = _from_catalog(view, key, node.site if node is not None else NOWHERE, declared, files)
    found = [item for item in found if item.name.casefold() not in have]
    have |= {item.name.casefold() for item in found}
    return [item for item in items if item.is_made or item.name.casefold() not in have] + found


_MATERIALIZATIONS = frozenset(
    ("", "view", "table", "incremental", "ephemeral", "materialized_view", "dynamic_table", "snapshot", "seed")
)
_ADDS = re.compile(r"\badd\s+(?:column|\w+\s+\w+)", re.I)


def _gets_more(view: View, key: NodeKey) -> bool:
    """Whether a node may get columns that its query does not give: by a materialization or a hook of its own."""
    if dbt.materialization(view, key) not in _MATERIALIZATIONS:
        return True
    hooks = [dbt.config_value(view, key, name) for name in ("post_hook", "post-hook", "pre_hook", "pre-hook")]
    return any(hook is not None and _ADDS.search(hook.text or str(hook.value)) for hook in hooks)


def _snapshot_relation(view: View, key: NodeKey) -> Relation | None:
    """What a snapshot that lives in YAML alone is made of."""
    project = view.layout.project_of(key.path)
    for _, entry in dbt.properties_of(view, project, "snapshot", key.name) if key.kind == "snapshot" else ():
        if entry.relation is not None and entry.relation.names:
            return Relation(entry.relation.function, entry.relation.names, entry.relation.version)
    return None


def _renames_snapshot_columns(view: View, key: NodeKey) -> bool:
    return dbt.config_value(view, key, "snapshot_meta_column_names") is not None


def declared_columns(view: View, key: NodeKey) -> tuple[dict[str, Column], dict[str, str]]:
    """The columns that YAML lists for a node by folded name, and the file of each."""
    node = dbt.node_of(view, key)
    project = view.layout.project_of(key.path)
    found: dict[str, Column] = {}
    files: dict[str, str] = {}
    for path, entry in dbt.properties_of(view, project, key.kind, node.name if node is not None else key.name):
        for column in columns(entry.columns):
            found[column.name.casefold()] = column
            files[column.name.casefold()] = path
    return found, files


def _merged(item: KnownColumn, declared: dict[str, Column], files: dict[str, str]) -> KnownColumn:
    folded = item.name.casefold()
    column = declared.get(folded)
    if column is None:
        return item
    return KnownColumn(
        item.name,
        item.type,
        item.path,
        item.site,
        item.kind,
        item.origins,
        item.like,
        column,
        files[folded],
        item.starred,
        item.term,
    )


def _produced(view: View, path: str, query: ColumnFlow) -> tuple[list[KnownColumn], bool, bool, str]:
    """The columns a query gives, stars followed, whether these are all, and what of that stars only had rendered or dated."""
    rendered = False
    dated = ""
    datasets = [dataset_of(view, path, relation) for relation in query.inputs]
    complete = query.closed
    found: list[KnownColumn] = []
    for output in query.outputs:
        if output.name == EVERY:
            dataset = datasets[output.origins[0].input]
            every = dataset_columns(view, dataset) if dataset is not None else NOTHING
            complete, rendered = complete and every.complete, rendered or every.rendered
            dated = dated or every.dated
            found += _spread(path, output, dataset, every, datasets)
            continue
        origins: list[ColumnKey] = []
        like = -1
        for number, origin in enumerate(output.origins):
            above = datasets[origin.input]
            if above is not None:
                if number == output.like:
                    like = len(origins)
                origins.append(ColumnKey(above, origin.column.casefold()))
        term = output.term if len(origins) == len(output.origins) else ""
        found.append(
            KnownColumn(
                output.name, output.type, path, output.site, output.kind, tuple(dict.fromkeys(origins)), like, term=term
            )
        )
    return found, complete, rendered, dated


def may_have(view: View, dataset: Dataset, column: str, choices: int) -> bool:
    """Whether a dataset may have a column; asked only where another dataset may have it instead."""
    if choices == 1:
        return True
    known = dataset_columns(view, dataset)
    return not known.complete or known.get(column) is not None


def _spread(
    path: str, output: Output, dataset: Dataset | None, every: Columns, datasets: list[Dataset | None]
) -> Iterator[KnownColumn]:
    names = {old.casefold(): new for old, new in output.renamed}
    without = frozenset(output.without)
    others = [datasets[origin.input] for origin in output.origins[1:]]
    for column in every.items:
        folded = column.name.casefold()
        if dataset is None or folded in without:
            continue
        origins = [ColumnKey(dataset, folded), *(ColumnKey(other, folded) for other in others if other is not None)]
        yield KnownColumn(
            names.get(folded, column.name), "", path, output.site, "identity", tuple(origins), 0, starred=True
        )


def column_type(view: View, key: ColumnKey, *, sure: bool = False) -> str:
    """The SQL type of a column, followed to where it is told; empty where it is not.

    Args:
        view: the graph.
        key: the column.
        sure: whether to leave out what YAML says of models without holding them to it, and what a catalog had of them.
    """

    def compute() -> str:
        column = dataset_columns(view, key.dataset).get(key.name)
        if column is None:
            return ""
        told = column.declared.type if column.declared is not None and "{" not in column.declared.type else ""
        if not isinstance(key.dataset, NodeKey):
            # YAML claims what a source has; a catalog saw it.
            return column.type or told
        if told and dbt.contract_enforced(view, key.dataset) is not None:
            return told
        # What YAML says of a type without a contract is a wish; what the query makes is a fact.
        return made_type(view, key, sure=sure) or ("" if sure else _type_in_catalog(view, key) or told)

    return view.follow(("type", key, sure), compute, "")


def _type_in_catalog(view: View, key: ColumnKey) -> str:
    """The type that a column had when dbt last looked."""
    told = told_of(view, key.dataset)
    column = told.columns.get(key.name) if told is not None else None
    return column.type if column is not None else ""


def made_type(view: View, key: ColumnKey, *, sure: bool = False) -> str:
    """The SQL type of a column by what makes it, whatever is declared of it; `sure` as for `column_type`."""
    column = dataset_columns(view, key.dataset).get(key.name)
    if column is None or not column.is_made:
        return ""
    if isinstance(key.dataset, NodeKey) and key.dataset.kind == "seed":
        from tidegate_analyzers.graph.seed_types import seed_type

        return seed_type(view, key.dataset, key.name)
    origins = column.origins
    passed = column_type(view, origins[column.like], sure=sure) if 0 <= column.like < len(origins) else ""
    if not passed and column.term:
        passed = _worked_out(view, column, sure)
    return column.type or passed


def _worked_out(view: View, column: KnownColumn, sure: bool) -> str:
    """The type of a column that comes of the types of others."""
    from tidegate_analyzers.readers.sql.types import with_variables

    role = view.layout.role(column.path)

    def variable(name: str) -> str:
        number = int(name[1:].partition(".")[0])
        return column_type(view, column.origins[number], sure=sure) if number < len(column.origins) else ""

    return with_variables(column.term, role.dialect if role is not None else "", variable)


def column_description(view: View, key: ColumnKey) -> tuple[str, ColumnKey]:
    """What is said of a column, by itself or by what it passes on unchanged, and whose words these are."""
    seen = {key}
    current = key
    while True:
        column = dataset_columns(view, current.dataset).get(current.name)
        if column is not None and column.declared is not None and column.declared.description:
            return column.declared.description, current
        if column is None or column.kind != "identity" or len(column.origins) != 1 or column.origins[0] in seen:
            return "", key
        current = column.origins[0]
        seen.add(current)


def upstream(view: View, key: ColumnKey) -> tuple[ColumnKey, ...]:
    """The columns that a column is made of directly."""
    column = dataset_columns(view, key.dataset).get(key.name)
    origins = column.origins if column is not None else ()
    return tuple(origin for origin in origins if may_have(view, origin.dataset, origin.name, len(origins)))


def downstream(view: View, key: ColumnKey) -> list[ColumnKey]:
    """The columns of models and snapshots that are made of a column directly."""

    def compute() -> list[ColumnKey]:
        found = []
        for reader in readers(view, key.dataset):
            for column in node_columns(view, reader).items:
                if key in column.origins:
                    found.append(ColumnKey(reader, column.name.casefold()))
        return found

    return view.memo(("downstream", key), compute)


def readers(view: View, dataset: Dataset) -> list[NodeKey]:
    """The models and snapshots that read a dataset."""
    return dbt.consumers(view, dataset) if isinstance(dataset, NodeKey) else dbt.source_readers(view, dataset)


class Mentioned(NamedTuple):
    """A place that mentions a column of a dataset; `certain` where it can mean nothing else."""

    path: str
    site: Site
    certain: bool
    reader: NodeKey


def mentions(view: View, key: ColumnKey) -> Iterator[Mentioned]:
    """The places in models and snapshots that mention a column of a dataset by its name."""
    for reader in readers(view, key.dataset):
        yield from mentions_by(view, reader, key)


def mentions_by(view: View, reader: NodeKey, key: ColumnKey) -> Iterator[Mentioned]:
    """The places in one node that mention a column of a dataset, its own as `this` included."""
    query = flow_of(view, reader)
    if query is None:
        return
    inputs = {
        i
        for i, item in enumerate(query.inputs)
        if (reader == key.dataset if item.kind == "this" else dataset_of(view, reader.path, item) == key.dataset)
    }
    for use in query.uses:
        if use.name.casefold() != key.name or not inputs.intersection(use.inputs):
            continue
        others = [
            other
            for i in use.inputs
            if i not in inputs and (other := dataset_of(view, reader.path, query.inputs[i])) is not None
        ]
        others = [other for other in others if may_have(view, other, use.name, 2)]
        certain = use.state == "" and not others
        yield Mentioned(reader.path, use.site, certain, reader)
