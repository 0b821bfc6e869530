"""The columns of a dataset, as far as SQL and YAML tell them."""

from __future__ import annotations

from tidegate_analyzers.facts import Column, Output, Relation, columns, outputs
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.index import View


def model_columns(view: View, key: NodeKey, depth: int = 0) -> list[Column]:
    """The columns of a model: those its SQL gives, with the types that YAML or casts tell; else those of YAML."""
    node = dbt.node_of(view, key)
    project = view.layout.project_of(key.path)
    declared: dict[str, Column] = {}
    for _, entry in dbt.properties_of(view, project, key.kind, node.name if node is not None else key.name):
        declared.update({column.name.casefold(): column for column in columns(entry.columns)})
    produced = produced_columns(view, key, depth)
    if produced is None:
        return list(declared.values())
    merged = []
    for output in produced:
        column = declared.get(output.name.casefold())
        merged.append(column if column is not None and column.type else _typed(column, output))
    return merged


def _typed(column: Column | None, output: Output) -> Column:
    if column is None:
        return Column(output.name, 0, output.type)
    return Column(
        column.name,
        column.site,
        column.type or output.type,
        column.description,
        column.not_null,
        column.unique,
        column.primary_key,
        column.tests,
    )


def produced_columns(view: View, key: NodeKey, depth: int = 0) -> list[Output] | None:
    """The output columns of a model's SQL, stars followed into models, seeds and sources; `None` if not all are known."""
    node = dbt.node_of(view, key)
    if node is None or depth > 20:
        return None
    own = list(outputs(node.outputs))
    if not node.open:
        return own or None
    found: list[Output] = []
    for relation in node.open:
        above = _relation_columns(view, key.path, relation, depth)
        if above is None:
            return None
        found += above
    names = {output.name.casefold() for output in own}
    return [output for output in found if output.name.casefold() not in names] + own


def _relation_columns(view: View, path: str, relation: Relation, depth: int) -> list[Output] | None:
    from tidegate_analyzers.facts import NodeRef

    if relation.kind not in ("ref", "source"):
        return None
    resolution = dbt.resolve_ref(view, path, NodeRef(relation.kind, relation.parts, 0, (), relation.version))
    if resolution.node is not None and resolution.state == "found":
        typed = {c.name.casefold(): c.type for c in model_columns(view, resolution.node, depth + 1)}
        produced = produced_columns(view, resolution.node, depth + 1)
        return (
            [Output(o.name, o.type or typed.get(o.name.casefold(), "")) for o in produced]
            if produced is not None
            else None
        )
    if resolution.source is not None and (table := dbt.source_of(view, resolution.source)) is not None:
        # A source's YAML may list only some of its columns: they can't stand for all.
        return (
            None
            if not table.typed_columns or table.typed_columns < table.column_count
            else [Output(c.name, c.type) for c in columns(table.columns)]
        )
    return None
