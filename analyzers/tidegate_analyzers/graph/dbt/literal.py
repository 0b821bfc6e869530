"""What a relation that SQL names literally is in dbt's own words."""

from __future__ import annotations

from tidegate_analyzers.facts import Relation
from tidegate_analyzers.graph.dbt.configuration import config_value
from tidegate_analyzers.graph.dbt.nodes import NodeKey, node_of
from tidegate_analyzers.graph.dbt.references import resolve_ref
from tidegate_analyzers.graph.index import View


def call_for(view: View, path: str, relation: Relation) -> str:
    """The `source` or `ref` that gives the same relation, where that is certain; else empty.

    A source is certain when all parts are written alike on both sides. A model's schema is one that the target
    decides, so that one is certain only by the schema that it sets for itself; and a `ref` that would go round in a circle is none.
    """
    project = view.layout.project_of(path)
    wanted = tuple(part.casefold() for part in relation.parts)
    sources: set[str] = set()
    nodes: set[str] = set()
    for posting in view.find(f"name:{relation.name}"):
        facts = view.facts(posting.path)
        if facts is None or view.layout.project_of(posting.path) is not project:
            continue
        if posting.kind == "source":
            table = facts.sources[posting.number]
            if tuple(part.casefold() for part in table.relation.parts) == wanted:
                sources.add(f"source('{table.source}', '{table.name}')")
        elif posting.kind == "node":
            node = facts.nodes[posting.number]
            key = NodeKey(posting.path, posting.number, node.name, node.kind)
            if node.kind in ("model", "seed") and _in_schema(view, key, wanted) and not _comes_from(view, key, path):
                nodes.add(f"ref('{node.name}')")
    found = sources or nodes
    return found.pop() if len(found) == 1 else ""


def _comes_from(view: View, key: NodeKey, path: str, limit: int = 500) -> bool:
    """Whether a node is made of what a file makes: a `ref` to it would go round in a circle. Unknown counts as so."""
    seen = {key.path}
    queue = [key]
    while queue:
        at = queue.pop()
        if at.path == path or len(seen) > limit:
            return True
        node = node_of(view, at)
        for ref in node.refs if node is not None else ():
            above = resolve_ref(view, at.path, ref).node
            if above is not None and above.path not in seen:
                seen.add(above.path)
                queue.append(above)
    return False


def _in_schema(view: View, key: NodeKey, wanted: tuple[str, ...]) -> bool:
    value = config_value(view, key, "schema")
    if value is None or not value.known or not isinstance(value.value, str) or len(wanted) < 2:
        return False
    own = value.value.casefold()
    return wanted[-2] == own or wanted[-2].endswith(f"_{own}")
