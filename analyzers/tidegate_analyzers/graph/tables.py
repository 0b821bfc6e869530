"""Which models a table of SQL outside of dbt may be: nothing but its name tells."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Relation, same_name
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.index import View


def nodes_of_table(view: View, relation: Relation) -> list[NodeKey]:
    """The models, seeds and snapshots whose table a relation may be; none where it is the table of a source."""
    if relation.kind != "table" or relation.dynamic:
        return []
    found: list[NodeKey] = []
    for posting in view.find(f"name:{relation.name}"):
        if posting.kind == "source":
            table = dbt.source_of(view, posting)
            if table is not None and same_name(relation, table.relation):
                return []
        facts = view.facts(posting.path) if posting.kind == "node" else None
        if facts is None:
            continue
        node = facts.nodes[posting.number]
        key = NodeKey(posting.path, posting.number, node.name, node.kind)
        if node.kind in ("model", "seed", "snapshot") and may_be(view, key, relation):
            found.append(key)
    return found


def may_be(view: View, key: NodeKey, relation: Relation) -> bool:
    """Whether a table may be that of a model: in a schema that dbt may make of the model's."""
    schema = dbt.config_value(view, key, "schema")
    if len(relation.parts) < 2 or schema is None or not schema.known or not schema.value:
        return True
    return f"_{relation.parts[-2]}".casefold().endswith(f"_{schema.value}".casefold())


def readers_of_table(view: View, name: str) -> Iterator[tuple[str, int]]:
    """The SQL texts that read a table of a name: path and number."""
    yield from dict.fromkeys(
        (posting.path, posting.number) for posting in view.find(f"read:{name.casefold()}") if posting.kind == "sql"
    )
