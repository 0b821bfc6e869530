"""Lineage as OpenLineage events of what is designed, not of runs (https://openlineage.io/docs/spec/object-model).

A `JobEvent` for everything that makes or reads data, a `DatasetEvent` for what is only read; one event a line. The
datasets carry the facets `schema` and `columnLineage`.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

from tidegate_analyzers.graph import columns
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.ide.lineage.walk import Item, Lineage, dataset_of, item_of
from tidegate_server import __version__
from tidegate_server.present import HOMEPAGE

PRODUCER = f"{HOMEPAGE}/tree/v{__version__}"
SPEC = "https://openlineage.io/spec/2-0-2/OpenLineage.json"
FACETS = "https://openlineage.io/spec/facets/1-2-0"
DATA = frozenset(("source", "topic", "table", "seed", "snapshot", "model"))
MAKERS = frozenset(("snapshot", "model", "exposure", "task", "job", "sql"))


def render(view: View, found: Lineage, namespace: str, time: float) -> list[str]:
    """The events of a lineage.

    Args:
        view: the graph.
        found: the lineage; one of columns is told of these columns alone.
        namespace: of datasets and jobs; empty for that of their project.
        time: seconds since the epoch.
    """
    at = datetime.fromtimestamp(time, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    events = _Events(view, found, namespace, at)
    return [json.dumps(event, ensure_ascii=False) for item in events.things for event in events.of(item)]


class _Events:
    def __init__(self, view: View, found: Lineage, namespace: str, at: str) -> None:
        self.view = view
        self.namespace = namespace
        self.at = at
        self.wanted: dict[Item, set[str]] = {}
        """The columns that a lineage of columns is about, by their dataset."""
        for item in found.items:
            if item.column:
                self.wanted.setdefault(item._replace(column=""), set()).add(item.column.casefold())
        self.things = sorted({item._replace(column="") for item in found.items})
        self.above: dict[Item, list[Item]] = {}
        self.below: dict[Item, list[Item]] = {}
        for link in found.links:
            source, target = link.source._replace(column=""), link.target._replace(column="")
            self.above.setdefault(target, []).append(source)
            self.below.setdefault(source, []).append(target)

    def of(self, item: Item) -> list[dict[str, object]]:
        if item.kind not in MAKERS:
            return [{**self._head("DatasetEvent"), "dataset": self._dataset(item)}]
        inputs = sorted({above for above in self.above.get(item, ()) if above.kind in DATA})
        outputs = [item] if item.kind in DATA else [below for below in self.below.get(item, ()) if below.kind in DATA]
        job = {"namespace": self._namespace(item), "name": self._job_name(item), "facets": {}}
        return [
            {
                **self._head("JobEvent"),
                "job": job,
                "inputs": [self._named(above) for above in inputs],
                "outputs": [self._dataset(output) for output in sorted(set(outputs))],
            }
        ]

    def _head(self, kind: str) -> dict[str, object]:
        return {"eventTime": self.at, "producer": PRODUCER, "schemaURL": f"{SPEC}#/$defs/{kind}"}

    def _namespace(self, item: Item) -> str:
        project = self.view.layout.project_of(item.path)
        return self.namespace or (project.name if project is not None else "") or "tidegate"

    def _job_name(self, item: Item) -> str:
        return item.path if item.kind == "sql" else f"{item.kind}.{item.name}" if item.kind == "exposure" else item.name

    def _named(self, item: Item) -> dict[str, object]:
        return {"namespace": self._namespace(item), "name": item.name}

    def _dataset(self, item: Item) -> dict[str, object]:
        dataset = dataset_of(self.view, item)
        known = columns.dataset_columns(self.view, dataset) if dataset is not None else columns.NOTHING
        wanted = self.wanted.get(item)
        items = [column for column in known.items if wanted is None or column.name.casefold() in wanted]
        facets: dict[str, object] = {}
        if dataset is not None and items:
            fields = [self._field(columns.ColumnKey(dataset, column.name.casefold()), column) for column in items]
            facets["schema"] = {**_facet("SchemaDatasetFacet"), "fields": fields}
        lineage = {
            column.name: {"inputFields": found}
            for column in items
            if dataset is not None and (found := self._inputs(dataset, column))
        }
        if lineage:
            facets["columnLineage"] = {**_facet("ColumnLineageDatasetFacet"), "fields": lineage}
        return {**self._named(item), "facets": facets}

    def _field(self, key: columns.ColumnKey, column: columns.KnownColumn) -> dict[str, object]:
        field: dict[str, object] = {"name": column.name}
        if type_ := columns.column_type(self.view, key):
            field["type"] = type_
        if description := columns.column_description(self.view, key)[0]:
            field["description"] = description
        return field

    def _inputs(self, dataset: columns.Dataset, column: columns.KnownColumn) -> list[dict[str, object]]:
        above = columns.upstream(self.view, columns.ColumnKey(dataset, column.name.casefold()))
        origins = [item for origin in above if (item := item_of(self.view, origin)) is not None]
        how = {"type": "DIRECT", "subtype": column.kind.upper()}
        return [{**self._named(item), "field": item.column, "transformations": [how]} for item in sorted(set(origins))]


def _facet(name: str) -> dict[str, object]:
    return {"_producer": PRODUCER, "_schemaURL": f"{FACETS}/{name}.json#/$defs/{name}"}
