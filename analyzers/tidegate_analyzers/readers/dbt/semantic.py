"""Semantic models, metrics, saved queries and unit tests: what they name.

https://docs.getdbt.com/docs/build/semantic-models , https://docs.getdbt.com/docs/build/metrics-overview ,
https://docs.getdbt.com/reference/resource-properties/unit-tests
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.facts import ColumnName, Name, NodeRef, Sites
from tidegate_analyzers.readers.dbt.expressions import columns_in
from tidegate_analyzers.readers.values import refs_in_scalar
from tidegate_analyzers.syntax.yaml import Mapping, Node, Scalar, Sequence, text_of
from tidegate_analyzers.text import Span

_PLAIN = re.compile(r"[A-Za-z_]\w*\Z")
_METRICS = ("numerator", "denominator", "metrics", "metric", "input_metrics")
_MEASURES = ("measure", "base_measure", "conversion_measure", "input_measures")
_ROW_HEAD = re.compile(r"[^\r\n]*")


class SemanticReader:
    """Adds the names of these entries to `names` and `columns`."""

    def __init__(self, text: str, sites: Sites, names: list[Name], columns: list[ColumnName]) -> None:
        self.text = text
        self.sites = sites
        self.names = names
        self.columns = columns

    def name(self, kind: str, node: Node | None, *, made: bool = False, of: str = "") -> None:
        """A name that a scalar holds."""
        if isinstance(node, Scalar) and text_of(node):
            self.names.append(Name(kind, node.value, self.sites.add(node.inner), made, of))

    def column(self, node: Node | None, of: NodeRef | None) -> None:
        """A column that a scalar names; what is no plain name is an expression."""
        if of is None or not of.names or not isinstance(node, Scalar):
            return
        if _PLAIN.match(node.value):
            self.columns.append(ColumnName(node.value, self.sites.add(node.inner), of))
        else:
            self.columns += columns_in(node, of, self.text, self.sites)

    # -- unit tests --------------------------------------------------------------------------------------------------

    def unit_test(self, entry: Mapping, name: Scalar) -> None:
        """A unit test: the model, and the columns of the rows it is given and is to make."""
        model = entry.get("model")
        of = text_of(model) or ""
        self.name("unit_test", name, made=True, of=of)
        self.name("model", model)
        tested = self._model(model)
        for given in _mappings(entry.get("given")):
            source = given.get("input")
            if text_of(source) == "this":
                self._rows(given, tested)
            else:
                self._rows(given, next(iter(refs_in_scalar(source, self.text, self.sites)), None))
        expected = entry.get("expect")
        if isinstance(expected, Mapping):
            self._rows(expected, tested)

    def _model(self, node: Node | None) -> NodeRef | None:
        if not isinstance(node, Scalar) or not text_of(node):
            return None
        site = self.sites.add(node.inner)
        return NodeRef("ref", (node.value,), site, (site,))

    def _rows(self, entry: Mapping, of: NodeRef | None) -> None:
        rows = entry.get("rows")
        if of is None:
            return
        if isinstance(rows, Sequence):
            for row in _mappings(rows):
                for key, _ in row.keyed().values():
                    self.column(key, of)
        elif isinstance(rows, Scalar) and text_of(entry.get("format")) == "csv":
            self._header(rows, of)

    def _header(self, rows: Scalar, of: NodeRef) -> None:
        """The first line of rows that are written as CSV."""
        start = rows.start
        if rows.style in ("|", ">"):
            start = max(self.text.find("\n", rows.start, rows.end) + 1, rows.start)
        line = _ROW_HEAD.match(self.text, start, rows.end)
        for cell in re.finditer(r"[^,\s\"']+", line.group() if line else ""):
            if _PLAIN.match(cell.group()):
                site = self.sites.add(Span(start + cell.start(), start + cell.end()))
                self.columns.append(ColumnName(cell.group(), site, of))

    # -- semantic models and metrics ---------------------------------------------------------------------------------

    def semantic_model(self, entry: Mapping, name: Scalar) -> None:
        """A semantic model: its measures, and the columns of its model."""
        self.name("semantic_model", name, made=True)
        model = next(iter(refs_in_scalar(entry.get("model"), self.text, self.sites)), None)
        for kind in ("entities", "dimensions", "measures"):
            for item in _mappings(entry.get(kind)):
                if kind == "measures":
                    self.name("measure", item.get("name"), made=True, of=name.value)
                self.column(item.get("expr") or item.get("name"), model)

    def metric(self, entry: Mapping, name: Scalar) -> None:
        """A metric, with the metrics and measures it is made of."""
        self.name("metric", name, made=True)
        given = entry.get("type_params")
        todo = [given] if isinstance(given, Mapping) else [entry]
        for mapping in todo:
            for key, value in mapping.items():
                if key.value in _METRICS:
                    self._each("metric", value)
                elif key.value in _MEASURES:
                    self._each("measure", value)
                elif key.value == "conversion_type_params" and isinstance(value, Mapping):
                    todo.append(value)

    def saved_query(self, entry: Mapping, name: Scalar) -> None:
        """A saved query, with its metrics."""
        self.name("saved_query", name, made=True)
        given = entry.get("query_params")
        if isinstance(given, Mapping):
            self._each("metric", given.get("metrics"))

    def _each(self, kind: str, node: Node | None) -> None:
        """A name, a mapping with a name, or a list of these."""
        for item in node.items() if isinstance(node, Sequence) else (node,):
            self.name(kind, item.get("name") if isinstance(item, Mapping) else item)


def _mappings(node: Node | None) -> Iterator[Mapping]:
    if isinstance(node, Sequence):
        for item in node.items():
            if isinstance(item, Mapping):
                yield item
