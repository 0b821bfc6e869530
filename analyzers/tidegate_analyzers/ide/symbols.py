"""The outline of a document."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tidegate_analyzers.facts import FileRead, columns
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
        found.append(_flat(macro.name, macro.kind, "function", read.span(macro.site)))
    for node in facts.nodes:
        if node.language == "sql" and node.kind != "snapshot":
            found.append(_model(document, node.name, node.kind))
        elif node.site:
            found.append(_flat(node.name, node.kind, "class", read.span(node.site)))
    for entry in facts.properties:
        inner = [_flat(c.name, c.type, "field", read.span(c.site)) for c in columns(entry.columns)]
        found.append(_nested(entry.name, entry.kind, "class", read.span(entry.site), inner))
    by_source: dict[str, list[Symbol]] = {}
    for table in facts.sources:
        inner = [_flat(c.name, c.type, "field", read.span(c.site)) for c in columns(table.columns)]
        by_source.setdefault(table.source, []).append(
            _nested(table.name, "table", "object", read.span(table.site), inner)
        )
    for source, tables in by_source.items():
        site = next(read.span(table.source_site) for table in facts.sources if table.source == source)
        found.append(_nested(source, "source", "namespace", site, tables))
    found += [_flat(exposure.name, "exposure", "event", read.span(exposure.site)) for exposure in facts.exposures]
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
