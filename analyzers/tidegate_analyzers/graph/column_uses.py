"""The mentions of columns in a query, held against what the datasets it reads have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tidegate_analyzers.facts import ColumnFlow, Use
from tidegate_analyzers.graph.columns import NOTHING, Columns, Dataset, dataset_columns, dataset_of
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.index import View

PSEUDO = frozenset(
    (
        *("_partitiontime", "_partitiondate", "_table_suffix", "_file_name", "_metadata", "rowid", "ctid", "filename"),
        *("xmin", "xmax", "cmin", "cmax", "tableoid", "rownum", "file_row_number"),
        *("_part", "_part_index", "_partition_id", "_sample_factor", "_path", "_file", "_table"),
    )
)
"""Columns that a warehouse gives to tables by itself."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A mention with what may be meant by it.

    Attributes:
        use: the mention.
        state: `missing` where nothing has such a column, `ambiguous` where several do, `found`, or `unknown`.
        datasets: where it was looked for, or those that have it.
        names: the relations of these as the query names them.
        columns: what each of them has.
    """

    use: Use
    state: str
    datasets: tuple[Dataset, ...] = ()
    names: tuple[str, ...] = ()
    columns: tuple[Columns, ...] = ()


def judged_uses(view: View, path: str, flow: ColumnFlow) -> Iterator[Judged]:
    """Every mention of a query with what is known of it.

    A mention that may be something else than a column of an input is `unknown`, and so is one of a dataset whose
    columns are not all known.
    """
    datasets = [dataset_of(view, path, relation) for relation in flow.inputs]
    for use in flow.uses:
        if use.state in ("missing", "ambiguous"):
            yield Judged(use, use.state)
            continue
        known = [(number, dataset, _columns(view, dataset)) for number in use.inputs for dataset in (datasets[number],)]
        holders = [(number, dataset, columns) for number, dataset, columns in known if columns.get(use.name)]
        complete = all(columns.complete for _, _, columns in known)
        if holders:
            sure = use.state == "either" and sum(_has_now(*holder[1:], use.name) for holder in holders) > 1
            state = "ambiguous" if sure else "found"
        elif use.state == "maybe" or not complete or use.name.casefold() in PSEUDO or "$" in use.name:
            state = "unknown"
        else:
            state = "missing"
        shown = holders or known
        yield Judged(
            use,
            state,
            tuple(dataset for _, dataset, _ in shown if dataset is not None),
            tuple(str(flow.inputs[number]) for number, _, _ in shown),
            tuple(columns for _, _, columns in shown),
        )


def _has_now(dataset: Dataset | None, columns: Columns, name: str) -> bool:
    """Whether a dataset has a column for certain, which a model needn't that had it when dbt last looked."""
    column = columns.get(name)
    return column is not None and (column.kind != "catalog" or not isinstance(dataset, NodeKey))


def _columns(view: View, dataset: Dataset | None) -> Columns:
    return dataset_columns(view, dataset) if dataset is not None else NOTHING
