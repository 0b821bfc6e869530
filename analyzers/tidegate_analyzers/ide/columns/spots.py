"""What the name at an offset is: a column, a common table expression, or a relation's alias."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tidegate_analyzers.facts import NodeRef, columns
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.columns import ColumnKey, Dataset, dataset_of
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.graph.postings import Posting
from tidegate_analyzers.ide.columns.query import query_of
from tidegate_analyzers.readers.sql.scopes import Bound, Col, Cte, Mention, QueryMap
from tidegate_analyzers.text import Document, Span


@dataclass(slots=True)
class Spot:
    """A name in a query or in YAML.

    Attributes:
        kind: `column`, `cte` or `alias`.
        span: its characters.
        name: as written, without quotes.
        query: the query it stands in; `None` in YAML.
        made: the columns of this file that it stands for.
        keys: the columns of datasets that it stands for, the model's own included.
        cte, bound: the expression or relation that it names.
        mention: the mention, where it is one.
        upstream: the columns of sources that it takes over under their name.
    """

    kind: str
    span: Span
    name: str
    query: QueryMap | None = None
    made: tuple[Col, ...] = ()
    keys: tuple[ColumnKey, ...] = ()
    cte: Cte | None = None
    bound: Bound | None = None
    mention: Mention | None = None
    upstream: tuple[ColumnKey, ...] = ()


def spot_at(view: View, document: Document, offset: int) -> Spot | None:
    """What stands at an offset of a SQL file, a properties file or a seed."""
    facts = view.facts(document.path)
    if facts is None:
        return None
    if facts.role in ("dbt_yaml", "dbt_seed"):
        return _in_yaml(view, document, offset) if facts.role == "dbt_yaml" else _in_seed(view, document, offset)
    query = query_of(view, document)
    return _in_query(view, document, query, offset) if query is not None else None


def _in_query(view: View, document: Document, query: QueryMap, offset: int) -> Spot | None:
    for mention in query.mentions:
        if mention.span is not None and mention.span.start <= offset <= mention.span.end:
            return _mentioned(view, document, query, mention)
        if mention.qualifier is not None and mention.qualifier.start <= offset <= mention.qualifier.end:
            bound = mention.found.bound
            return _relation(query, bound, mention.qualifier) if bound is not None else None
    for cte in query.ctes:
        for span in (cte.span, *cte.uses):
            if span is not None and span.start <= offset <= span.end:
                return Spot("cte", span, cte.name, query, cte=cte)
    for scope in query.scopes:
        for bound in scope.relations:
            if bound.alias_span is not None and bound.alias_span.start <= offset <= bound.alias_span.end:
                return Spot("alias", bound.alias_span, bound.label, query, bound=bound)
        for column in scope.shape.columns():
            if column.span is not None and column.tree is not None and column.span.start <= offset <= column.span.end:
                own = _own_keys(view, document.path, query, column)
                return Spot("column", column.span, column.name, query, (column,), own)
    return None


def _relation(query: QueryMap, bound: Bound, span: Span) -> Spot:
    if bound.alias_span is None and bound.cte is not None:
        return Spot("cte", span, bound.cte.name, query, cte=bound.cte, bound=bound)
    return Spot("alias", span, bound.label, query, bound=bound)


def _mentioned(view: View, document: Document, query: QueryMap, mention: Mention) -> Spot | None:
    assert mention.span is not None
    found = mention.found
    keys = tuple(dict.fromkeys(edge_keys(view, document.path, query, found.edges)))
    if not found.columns and all(not isinstance(key.dataset, NodeKey) for key in keys):
        # What a model takes over from a source under its name is the model's own column from here on.
        bare = next((item for item in query.shape.columns() if root_of(item).span == mention.span), None)
        own = _own_keys(view, document.path, query, root_of(bare)) if bare is not None else ()
        if bare is not None and (own or not keys):
            return Spot("column", mention.span, mention.name, query, (root_of(bare),), own, upstream=keys)
    if not keys and not found.columns:
        return None
    return Spot("column", mention.span, mention.name, query, found.columns, keys, bound=found.bound, mention=mention)


def edge_keys(view: View, path: str, query: QueryMap, edges: tuple[tuple[int, str], ...]) -> Iterator[ColumnKey]:
    """The columns of datasets behind the columns of a query's inputs, as far as they may have them."""
    from tidegate_analyzers.graph.columns import may_have

    numbers = {number for number, _ in edges}
    for number, name in edges:
        dataset = dataset_of(view, path, query.inputs[number].relation)
        if dataset is not None and may_have(view, dataset, name, len(numbers)):
            yield ColumnKey(dataset, name.casefold())


def _own_keys(view: View, path: str, query: QueryMap, column: Col) -> tuple[ColumnKey, ...]:
    """The column as one that the file's own model gives."""
    facts = view.facts(path)
    if column not in query.shape.items and not any(
        isinstance(item, Col) and root_of(item) is column for item in query.shape.items
    ):
        return ()
    return tuple(
        ColumnKey(NodeKey(path, number, node.name, node.kind), column.name.casefold())
        for number, node in enumerate(facts.nodes if facts is not None else ())
        if node.kind in ("model", "snapshot")
    )


def root_of(column: Col) -> Col:
    """The column that another passes on under the same name by a star."""
    while column.tree is None and len(column.parents) == 1 and column.parents[0].span == column.span:
        column = column.parents[0]
    return column


# -- YAML and seeds ---------------------------------------------------------------------------------------------------


def _in_yaml(view: View, document: Document, offset: int) -> Spot | None:
    path = document.path
    read = view.graph.files.get(path)
    if read is None:
        return None
    for number, table in enumerate(read.facts.sources):
        for column in columns(table.columns):
            span = read.span(column.site)
            if span.contains(offset):
                return Spot("column", span, column.name, keys=(_key(Posting(path, "source", number), column.name),))
    for entry in read.facts.properties:
        for column in columns(entry.columns):
            span = read.span(column.site)
            if span.contains(offset):
                ref = NodeRef("ref", (entry.name,), 0)
                node = dbt.resolve_ref(view, path, ref).node
                return Spot("column", span, column.name, keys=(_key(node, column.name),)) if node is not None else None
    for named in read.facts.column_names:
        span = read.span(named.site)
        if span.contains(offset):
            resolution = dbt.resolve_ref(view, path, named.of)
            dataset = resolution.node or resolution.source
            return Spot("column", span, named.name, keys=(_key(dataset, named.name),)) if dataset is not None else None
    return None


def _key(dataset: Dataset, name: str) -> ColumnKey:
    return ColumnKey(dataset, name.strip('"`').casefold())


def _in_seed(view: View, document: Document, offset: int) -> Spot | None:
    from tidegate_analyzers.facts import flow

    read = view.graph.files.get(document.path)
    for number, node in enumerate(read.facts.nodes if read is not None else ()):
        header = flow(node.flow)
        seen: set[str] = set()
        for output in header.outputs if header is not None else ():
            span = read.span(output.site) if read is not None else Span(0, 0)
            again = output.name.casefold() in seen  # dbt gives a name that stands twice another one
            seen.add(output.name.casefold())
            if span.contains(offset) and not again:
                return Spot(
                    "column",
                    span,
                    output.name,
                    keys=(_key(NodeKey(document.path, number, node.name, node.kind), output.name),),
                )
    return None
