"""The column flow of models whose columns only rendering shows."""

from __future__ import annotations

import msgspec

from tidegate_analyzers.facts import ColumnFlow, Relation, Site, Sites
from tidegate_analyzers.facts import flow as unpacked
from tidegate_analyzers.graph.dbt import NodeKey, node_of
from tidegate_analyzers.graph.dbt.rendered import rendered
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.readers.dbt.columns import query_of
from tidegate_analyzers.readers.sql.flow import column_flow
from tidegate_analyzers.readers.sql.source import BlockMeaning, SqlSource
from tidegate_analyzers.syntax.jinja import Scan
from tidegate_analyzers.syntax.sql import ParsedTemplate, parse_sql
from tidegate_analyzers.syntax.template import Template

_NO_BLOCKS = Scan((), ())


class _One(Sites):
    """Gives every span the same site: what a macro made has no place of its own in the file."""

    def __init__(self, site: Site) -> None:
        super().__init__()
        self.site = site

    def add(self, span: tuple[int, int]) -> Site:
        return self.site


def rendered_flow(view: View, key: NodeKey) -> ColumnFlow | None:
    """What the rendered query of a model does with columns; `None` where it can't be rendered or read."""
    node = node_of(view, key)
    if node is None or not node.template:
        return None
    made = rendered(view, key)
    role = view.layout.role(key.path)
    if made is None or role is None:
        return None
    parsed = ParsedTemplate(parse_sql(made.sql, role.dialect), Template(made.sql, ()))
    query = query_of(parsed)
    if query is None:
        return None
    source = SqlSource(
        made.sql,
        _NO_BLOCKS,
        parsed,
        _One(node.site),
        lambda block: BlockMeaning("unknown"),
        named={word: Relation(named.kind, named.parts, named.version) for word, named in made.relations.items()},
    )
    flow = column_flow(source, query, role.dialect)
    # Where it mentions columns is a place in a macro, if any. What rests on a guess is not all there is.
    as_written = unpacked(node.flow)
    sites = {output.name: output.site for output in as_written.outputs} if as_written is not None else {}
    outputs = tuple(
        msgspec.structs.replace(output, site=sites.get(output.name, output.site)) for output in flow.outputs
    )
    if made.varies:
        # What a macro of a package is replaced by gives the same columns, not always of the same types.
        outputs = tuple(msgspec.structs.replace(output, type="", like=-1, term="") for output in outputs)
    return msgspec.structs.replace(flow, outputs=outputs, uses=(), closed=flow.closed and not made.assumed)
