"""What only rendering shows of models: what their queries do with columns, and which rows a second run adds."""

from __future__ import annotations

import msgspec

from tidegate_analyzers.facts import ColumnFlow, Relation, Site, Sites, Write
from tidegate_analyzers.facts import flow as unpacked
from tidegate_analyzers.graph.dbt import NodeKey, node_of
from tidegate_analyzers.graph.dbt.rendered import rendered
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.readers.dbt.columns import query_of
from tidegate_analyzers.readers.dbt.load import incremental_load, signature
from tidegate_analyzers.readers.sql.flow import column_flow
from tidegate_analyzers.readers.sql.source import BlockMeaning, SqlSource
from tidegate_analyzers.syntax.jinja import Scan
from tidegate_analyzers.syntax.render import UNKNOWN_WORD, Rendered
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
    source = _source(made, role.dialect, node.site)
    query = query_of(source.parsed)
    if query is None:
        return None
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


def rendered_load(view: View, key: NodeKey) -> Write | None:
    """The rows a second run of a model adds, by its rendered query; `None` where that is not known for certain.

    Rendering shows what macros do with the model's own table. A window that a variable gives is a literal there, so only
    a query that compares with what the table holds, in each of its arms, is told.
    """
    node = node_of(view, key)
    role = view.layout.role(key.path)
    made = rendered(view, key, incremental=True) if node is not None else None
    if node is None or role is None or made is None or (made.assumed and made.otherwise is None):
        return None
    first = _load(made, role.dialect, node.site)
    if first is None or made.otherwise is None:
        return first
    other = _load(made.otherwise, role.dialect, node.site)
    return first if other is not None and signature(other.arms) == signature(first.arms) else None


def _load(made: Rendered, dialect: str, site: Site) -> Write | None:
    if made.replaced or UNKNOWN_WORD in made.sql:
        return None
    load = incremental_load(_source(made, dialect, site), dialect)
    told = all(any(item.kind in _BY_TARGET for item in arm) for arm in load.arms)
    if not told or not load.arms or load.opaque:
        return None
    arms = tuple(
        tuple(msgspec.structs.replace(item, text=_as_written(item.text, made)) for item in arm) for arm in load.arms
    )
    return msgspec.structs.replace(load, arms=arms)


def _as_written(text: str, made: Rendered) -> str:
    """A piece of rendered SQL with the names of data instead of the words that stand for them."""
    for word, named in made.relations.items():
        text = text.replace(word, "{{ this }}" if named.kind == "this" else ".".join(named.parts))
    return text


_BY_TARGET = frozenset(("overlap", "high_water", "anti_join"))


def _source(made: Rendered, dialect: str, site: Site) -> SqlSource:
    """Rendered SQL, in which whatever is found stands at one place of the template."""
    parsed = ParsedTemplate(parse_sql(made.sql, dialect), Template(made.sql, ()))
    relations = {word: Relation(named.kind, named.parts, named.version) for word, named in made.relations.items()}
    return SqlSource(
        made.sql,
        _NO_BLOCKS,
        parsed,
        _One(site),
        lambda block: BlockMeaning("unknown"),
        named=relations,
        dialect=dialect,
    )
