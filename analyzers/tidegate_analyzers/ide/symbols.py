"""The outline of a document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from tidegate_analyzers.facts import DbtProperties, FileRead, columns
from tidegate_analyzers.facts.data_tests import data_tests
from tidegate_analyzers.text import Document, Span


@dataclass(frozen=True, slots=True)
class Symbol:
    """A named thing in a document.

    Attributes:
        name, detail: what the outline shows.
        kind: `module`, `class`, `function`, `field`, `object`, `event`, `namespace` or `variable`.
        span: all of it.
        name_span: its name.
        children: what it holds.
    """

    name: str
    detail: str
    kind: str
    span: Span
    name_span: Span
    children: tuple[Symbol, ...] = ()


_CTE = re.compile(
    r"(?:\bwith\s+(?:recursive\s+)?|,\s*)([A-Za-z_]\w*)\s+as\s*(?:not\s+materialized\s*|materialized\s*)?\(", re.I
)


def symbols(document: Document, read: FileRead) -> list[Symbol]:
    """The symbols of a document, outermost first."""
    facts = read.facts
    found: list[Symbol] = []
    for macro in facts.macros:
        given = ", ".join(parameter.name for parameter in macro.parameters)
        detail = f"{macro.kind} of {given}" if given else macro.kind
        found.append(_flat(macro.name, detail, "function", read.span(macro.site)))
    for node in facts.nodes:
        if node.language == "sql" and node.kind != "snapshot":
            found.append(_model(document, node.name, node.kind))
        elif node.site:
            found.append(_flat(node.name, node.kind, "class", read.span(node.site)))
    for entry in facts.properties:
        kind = "function" if entry.kind == "macro" else "class"
        inner = [*_columns(read, entry.columns, entry.data_tests), *_arguments(read, entry)]
        found.append(_nested(entry.name, entry.kind, kind, read.span(entry.site), inner))
    by_source: dict[str, list[Symbol]] = {}
    for table in facts.sources:
        inner = _columns(read, table.columns, table.data_tests)
        by_source.setdefault(table.source, []).append(
            _nested(table.name, "table", "object", read.span(table.site), inner)
        )
    for source, tables in by_source.items():
        site = next(read.span(table.source_site) for table in facts.sources if table.source == source)
        found.append(_nested(source, "source", "namespace", site, tables))
    found += [_flat(exposure.name, "exposure", "event", read.span(exposure.site)) for exposure in facts.exposures]
    found += [_flat(group.name, "group", "namespace", read.span(group.site)) for group in facts.groups]
    found += _made(read)
    for dag in facts.dags:
        inner = [_flat(task.id or task.operator, task.operator, "function", read.span(task.site)) for task in dag.tasks]
        found.append(_nested(dag.id or "DAG", "DAG", "module", read.span(dag.site), inner))
    for contract in facts.contracts:
        objects = [
            _nested(
                obj.name,
                "schema",
                "object",
                read.span(obj.site),
                [_flat(c.name, c.type, "field", read.span(c.site)) for c in columns(obj.columns)],
            )
            for obj in contract.objects
        ]
        found.append(_nested(contract.name or contract.id, "contract", "module", read.span(contract.site), objects))
    for pipeline in facts.pipelines:
        stages = [_flat(stage.id, stage.kind, "function", read.span(stage.site)) for stage in pipeline.stages]
        found.append(_nested(pipeline.id, "pipeline", "module", read.span(pipeline.site), stages))
    if facts.role == "sql":
        for text in facts.sql:
            found += [
                _flat(f"{write.mode} {write.target}", "", "object", read.span(write.site)) for write in text.writes
            ]
    return sorted(found, key=lambda symbol: symbol.span)


def _columns(read: FileRead, packed: msgspec.Raw, tests: msgspec.Raw) -> list[Symbol]:
    """The columns that YAML describes, each with its tests; the tests of the whole come first or last, as they stand."""
    by_column: dict[str, list[Symbol]] = {}
    for test in data_tests(tests):
        by_column.setdefault(test.column, []).append(_flat(test.name, "test", "function", read.span(test.site)))
    found = [
        _nested(column.name, column.type, "field", read.span(column.site), by_column.pop(column.name, []))
        for column in columns(packed)
    ]
    return sorted([*found, *(test for left in by_column.values() for test in left)], key=lambda symbol: symbol.span)


def _arguments(read: FileRead, entry: DbtProperties) -> list[Symbol]:
    return [_flat(argument.name, argument.type, "variable", read.span(argument.site)) for argument in entry.arguments]


_MADE = {
    "docs": "object",
    "metric": "field",
    "saved_query": "object",
    "selector": "object",
    "semantic_model": "class",
    "unit_test": "function",
    "var": "variable",
}


def _made(read: FileRead) -> Iterator[Symbol]:
    """What names make: variables, docs blocks, unit tests, metrics, semantic models with their measures."""
    names = [name for name in read.facts.names if name.made]
    for name in names:
        if name.kind not in _MADE:
            continue
        inner = [
            _flat(other.name, "measure", "field", read.span(other.site))
            for other in names
            if name.kind == "semantic_model" and other.kind == "measure" and other.of == name.name
        ]
        detail = name.kind.replace("_", " ") + (f" of {name.of}" if name.of else "")
        yield _nested(name.name, detail, _MADE[name.kind], read.span(name.site), inner)


def _flat(name: str, detail: str, kind: str, span: Span) -> Symbol:
    return Symbol(name or "?", detail, kind, span, span)


def _nested(name: str, detail: str, kind: str, span: Span, inner: list[Symbol]) -> Symbol:
    end = max([span.end, *(symbol.span.end for symbol in inner)])
    start = min([span.start, *(symbol.span.start for symbol in inner)])
    return Symbol(name or "?", detail, kind, Span(start, end), span, tuple(inner))


def _model(document: Document, name: str, kind: str) -> Symbol:
    """A model with its CTEs."""
    whole = Span(0, len(document.text))
    inner = [_flat(m.group(1), "CTE", "variable", Span(m.start(1), m.end(1))) for m in _CTE.finditer(document.text)]
    return Symbol(name, kind, "class", whole, Span(0, 0), tuple(inner))
