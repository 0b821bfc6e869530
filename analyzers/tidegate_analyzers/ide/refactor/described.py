"""Keep YAML level with the SQL: add a model, add the columns it gives, take away those it does not."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.fixes.dbt_described import (
    KINDS,
    add_columns,
    add_entry,
    add_source_columns,
    entries_of,
    mapping_of,
    node_of_entry,
    undescribed,
)
from tidegate_analyzers.fixes.dbt_sources import table_entry
from tidegate_analyzers.fixes.yaml_edit import remove_items
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.postings import Posting
from tidegate_analyzers.ide.refactor.asked import FIX, REWRITE, SOURCE, Asked, Refactoring
from tidegate_analyzers.syntax.yaml import Mapping, Sequence, node_at, parse_yaml
from tidegate_analyzers.text import Change


def describe(asked: Asked) -> Iterator[Refactoring]:
    """In the SQL of a model or snapshot, and on its entry."""
    if asked.role.kind == "dbt_sql":
        facts = asked.view.facts(asked.path)
        nodes = [(i, node) for i, node in enumerate(facts.nodes if facts is not None else ()) if node.kind in KINDS]
        for number, node in nodes if len(nodes) == 1 else ():
            yield from _describe(asked, NodeKey(asked.path, number, node.name, node.kind))
    elif asked.role.kind == "dbt_yaml":
        key = _node_at(asked)
        if key is not None:
            yield from _columns(asked, asked.path, key, REWRITE)
        yield from _source_columns(asked)


def _describe(asked: Asked, key: NodeKey) -> Iterator[Refactoring]:
    entries = entries_of(asked.workspace, key)
    if len(entries) == 1 and not entries[0][1].versions:
        yield from _columns(asked, entries[0][0], key, SOURCE)
    elif not entries:
        made = add_entry(asked.workspace, key)
        if made is not None:
            yield Refactoring(f"Describe '{key.name}' in {_name(made[0])}", SOURCE, made[1])


def _columns(asked: Asked, path: str, key: NodeKey, kind: str) -> Iterator[Refactoring]:
    number = len(undescribed(asked.workspace, key))
    change = add_columns(asked.workspace, path, key) if number else None
    if change is not None:
        yield Refactoring(f"Add {_columns_of(number)} of '{key.name}' to {_name(path)}", kind, change)


def _source_columns(asked: Asked) -> Iterator[Refactoring]:
    """On the entry of a source's table, of which a catalog tells more than YAML."""
    facts = asked.view.facts(asked.path)
    for number, table in enumerate(facts.sources if facts is not None and not facts.torn else ()):
        source = Posting(asked.path, "source", number)
        missing = len(undescribed(asked.workspace, source))
        found = table_entry(asked.workspace, asked.path, str(number)) if missing else None
        change = (
            add_source_columns(asked.workspace, source) if found is not None and _touches(asked, found[2]) else None
        )
        if change is not None:
            title = f"Add {_columns_of(missing)} of '{table.source}.{table.name}' to {_name(asked.path)}"
            yield Refactoring(title, REWRITE, change)


def _columns_of(number: int) -> str:
    return f"{number} column{'' if number == 1 else 's'}"


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _node_at(asked: Asked) -> NodeKey | None:
    """The node whose entry the cursor is in."""
    facts = asked.view.facts(asked.path)
    if facts is None or facts.torn:
        return None
    for entry in facts.properties:
        found = mapping_of(asked.workspace, asked.path, entry.kind, entry.name) if entry.kind in KINDS else None
        if found is not None and _touches(asked, found[1]):
            return node_of_entry(asked.workspace, asked.path, entry)
    return None


def _touches(asked: Asked, entry: Mapping) -> bool:
    lines = asked.document.lines
    end = len(asked.document.text[: entry.end].rstrip())
    return lines.line_span(lines.position(entry.start).line).start <= asked.at <= end


def remove_columns(asked: Asked) -> Iterator[Refactoring]:
    """On columns that YAML lists and the SQL does not give."""
    if asked.role.kind != "dbt_yaml":
        return
    for item in asked.found("TG709"):
        places = [asked.place(item).start]
        places += [asked.workspace.span(other.path, str(other.site)).start for other in item.finding.related]
        change = _without(asked, places)
        if change is not None:
            # Without the column its tests are gone, too.
            safe = item.finding.severity == "info"
            yield Refactoring(f"Remove {_columns_of(len(places))} from the list", FIX, change, "TG709", safe)


def _without(asked: Asked, places: list[int]) -> Change | None:
    holder: Mapping | None = None
    numbers: set[int] = set()
    for root in parse_yaml(asked.document.text).documents:
        for place in places:
            way = [("", root), *node_at(root, place)]
            # entry, `columns`, its number, `name`
            if len(way) < 5 or way[-1][0] != "name" or way[-3][0] != "columns":
                return None
            entry, number = way[-4][1], way[-2][0]
            if not isinstance(entry, Mapping) or not isinstance(way[-3][1], Sequence) or not isinstance(number, int):
                return None
            if holder is not None and entry is not holder:
                return None
            holder = entry
            numbers.add(number)
    edits = remove_items(asked.document, holder, "columns", numbers) if holder is not None else None
    return Change(tuple(edits)) if edits else None
