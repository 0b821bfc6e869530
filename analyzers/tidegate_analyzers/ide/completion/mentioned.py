"""The columns of a relation that nothing declares, but that queries ask of it."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import NodeRef, Relation, flow
from tidegate_analyzers.graph.postings import ref_key
from tidegate_analyzers.ide.completion.asked import Asked
from tidegate_analyzers.readers.sql.scopes import Bound, QueryMap

CURSOR = "tidegate_cursor"
"""Stands for the word at the cursor, so that the text around it can be parsed."""

_READERS = 30
"""How many queries that read the same relation are looked into."""


def mentioned_columns(asked: Asked, query: QueryMap, bound: Bound) -> list[str]:
    """The columns that this query and others ask of a relation, as far as each is sure to be one of it."""
    inputs = _inputs(bound)
    relations = {query.inputs[number].relation for number in inputs}
    hidden = {name for star in bound.shape.stars() for name in star.without}
    found: dict[str, str] = {}
    for mention in query.mentions:
        if mention.found.bound is None and not mention.found.certain:
            continue
        for number, name in mention.found.edges:
            if query.inputs[number].relation in relations and name != CURSOR:
                found.setdefault(name.casefold(), mention.name)
    for relation in relations:
        for name in _elsewhere(asked, relation):
            found.setdefault(name.casefold(), name)
    return [name for folded, name in found.items() if folded not in hidden and folded != CURSOR]


def _inputs(bound: Bound) -> set[int]:
    """The inputs whose columns a relation has: itself, or those whose stars it passes on."""
    if bound.input is not None:
        return {bound.input.number}
    return {star.inputs[0] for star in bound.shape.stars()}


def _elsewhere(asked: Asked, relation: Relation) -> Iterator[str]:
    """The columns that other models ask of what a `ref` or `source` means."""
    if relation.kind not in ("ref", "source") or relation.dynamic or not relation.parts:
        return
    key = ref_key(NodeRef(relation.kind, relation.parts, 0))
    seen: set[tuple[str, int]] = set()
    for posting in asked.view.find(key):
        if posting.kind != "node" or (posting.path, posting.number) in seen or posting.path == asked.path:
            continue
        seen.add((posting.path, posting.number))
        facts = asked.view.facts(posting.path)
        used = flow(facts.nodes[posting.number].flow) if facts is not None else None
        for use in used.uses if used is not None else ():
            if not use.state and len(use.inputs) == 1 and used is not None and used.inputs[use.inputs[0]] == relation:
                yield use.name
        if len(seen) >= _READERS:
            return
