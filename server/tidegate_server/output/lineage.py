"""Lineage as a tree for people, and as JSON, DOT and Mermaid for tools."""

from __future__ import annotations

import json as encoder
from collections.abc import Callable, Iterable, Iterator

from tidegate_analyzers.graph import columns
from tidegate_analyzers.graph.index import View
from tidegate_analyzers.ide.lineage.walk import Item, Lineage, Link, column_key

LAYERS = ("topic", "job", "source", "seed", "task", "sql", "table", "snapshot", "model", "exposure")
_SHAPES = {
    "source": "cylinder",
    "seed": "cylinder",
    "exposure": "oval",
    "task": "component",
    "job": "component",
    "topic": "cds",
    "table": "cylinder",
    "sql": "note",
}
_MERMAID = {
    "source": ("[(", ")]"),
    "seed": ("[(", ")]"),
    "exposure": ("([", "])"),
    "task": ("[[", "]]"),
    "job": ("[[", "]]"),
    "topic": ("[/", "/]"),
    "table": ("[(", ")]"),
}


def text(view: View, found: Lineage) -> list[str]:
    """A tree each way from what was asked for; without that, each thing with what it reads."""
    titles = _titles(view, found)
    if not found.starts:
        return list(_list(found, titles)) or ["nothing here is known to read what something else gives"]
    (start,) = found.starts
    lines = [f"{titles[start]}  {_about(view, start)}"]
    for heading, links, near, far in (("upstream", found.above, 1, 0), ("downstream", found.below, 0, 1)):
        branches = _branches(links, near)
        if start in branches:
            lines += ["", heading, *_tree(view, start, branches, far, titles)]
    if len(lines) == 1:
        lines.append("nothing is known of what it comes of, or what comes of it")
    return lines


def _branches(links: Iterable[Link], near: int) -> dict[Item, list[Link]]:
    branches: dict[Item, list[Link]] = {}
    for link in links:
        branches.setdefault(link.end(near), []).append(link)
    return branches


def _tree(
    view: View, start: Item, branches: dict[Item, list[Link]], far: int, titles: dict[Item, str]
) -> Iterator[str]:
    """The lines below an item. What has been shown with all that follows is not shown again."""
    seen = {start}
    stack: list[tuple[Link, str, bool]] = []

    def push(item: Item, indent: str) -> None:
        below = sorted(branches.get(item, ()), key=lambda link: (titles[link.end(far)], link))
        stack.extend((link, indent, number == 0) for number, link in enumerate(reversed(below)))

    push(start, "")
    while stack:
        link, indent, last = stack.pop()
        item = link.end(far)
        again = item in seen and item in branches
        notes = [link.kind] if link.kind else []
        notes += ["by its name alone"] if link.inferred else []
        told = f"  ({', '.join(notes)})" if notes else ""
        yield (
            f"{indent}{'└── ' if last else '├── '}{titles[item]}  {_about(view, item)}{told}{'  …' if again else ''}"
        )
        if not again:
            seen.add(item)
            push(item, indent + ("    " if last else "│   "))


def _about(view: View, item: Item) -> str:
    if item.column:
        key = column_key(view, item)
        type_ = columns.column_type(view, key) if key is not None else ""
        return f"{type_ + ' ' if type_ else ''}of {item.kind} {item.path}"
    return f"{item.kind} {item.path}"


def _list(found: Lineage, titles: dict[Item, str]) -> Iterator[str]:
    reads = _branches(found.links, 1)
    for item in found.items:
        yield f"{titles[item]}  {item.kind} {item.path}"
        for link in reads.get(item, ()):
            yield f"  <- {titles[link.source]}{'  (by its name alone)' if link.inferred else ''}"


def _titles(view: View, found: Lineage) -> dict[Item, str]:
    """A title for each item; where several have one, with their projects or files."""
    groups: dict[tuple[str, str], list[Item]] = {}
    for item in found.items:
        groups.setdefault((item.kind, item.title), []).append(item)
    titles: dict[Item, str] = {}
    for (_, title), items in groups.items():
        for item in items:
            project = view.layout.project_of(item.path)
            owner = project.name if project is not None and project.name else item.path
            titles[item] = title if len(items) == 1 else f"{title} [{owner}]"
    return titles


def json(view: View, found: Lineage) -> list[str]:
    """One object: what was asked for, sources, transformations, targets, links and how much there is."""
    titles = _titles(view, found)
    ids = {item: identity(item) for item in found.items}
    read = {link.source for link in found.links}
    made = {link.target for link in found.links}

    def entry(item: Item) -> dict[str, object]:
        project = view.layout.project_of(item.path)
        told: dict[str, object] = {"id": ids[item], "name": titles[item], "kind": item.kind, "path": item.path}
        if project is not None and project.name:
            told["project"] = project.name
        if item.column:
            key = column_key(view, item)
            told["column"] = item.column
            told["type"] = columns.column_type(view, key) if key is not None else ""
        return told

    def all_of(wanted: Callable[[Item], bool]) -> list[dict[str, object]]:
        return [entry(item) for item in found.items if wanted(item)]

    links = [
        {
            "source": ids[link.source],
            "target": ids[link.target],
            **({"kind": link.kind} if link.kind else {}),
            **({"inferred": True} if link.inferred else {}),
        }
        for link in found.links
    ]
    document = {
        "start": [ids[item] for item in found.starts],
        "sources": all_of(lambda item: item not in made),
        "transformations": all_of(lambda item: item in made and item in read),
        "targets": all_of(lambda item: item in made and item not in read),
        "links": links,
        "metadata": {"items": len(found.items), "links": len(links)},
    }
    return [encoder.dumps(document, indent=2, ensure_ascii=False)]


def identity(item: Item) -> str:
    """What an item is known by in output for tools."""
    name = f"{item.kind}:{item.path}:{item.name}"
    return f"{name}.{item.column}" if item.column else name


def dot(view: View, found: Lineage) -> list[str]:
    """A digraph for Graphviz, from left to right."""
    titles = _titles(view, found)
    lines = ["digraph lineage {", "  rankdir=LR;", '  node [shape=box, fontname="sans-serif"];']
    for item in found.items:
        more = ", style=bold" if item in found.starts else ""
        shape = _SHAPES.get(item.kind, "box")
        lines.append(f"  {_quoted(identity(item))} [label={_quoted(titles[item])}, shape={shape}{more}];")
    for kind in LAYERS if not any(item.column for item in found.items) else ():
        ends = [item for item in found.items if item.kind == kind and kind in ("source", "seed", "exposure")]
        if len(ends) > 1:
            lines.append(f"  {{ rank=same; {' '.join(_quoted(identity(item)) + ';' for item in ends)} }}")
    for link in found.links:
        notes = ", ".join([f"label={_quoted(link.kind)}"] * bool(link.kind) + ["style=dashed"] * link.inferred)
        lines.append(
            f"  {_quoted(identity(link.source))} -> {_quoted(identity(link.target))}{f' [{notes}]' if notes else ''};"
        )
    return [*lines, "}"]


def _quoted(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def mermaid(view: View, found: Lineage) -> list[str]:
    """A flowchart, as Markdown on many sites shows it."""
    titles = _titles(view, found)
    numbers = {item: f"n{number}" for number, item in enumerate(found.items)}
    lines = ["flowchart LR"]
    for item in found.items:
        opening, closing = _MERMAID.get(item.kind, ("[", "]"))
        lines.append(f'  {numbers[item]}{opening}"{_entities(titles[item])}"{closing}')
    for link in found.links:
        arrow = "-.->" if link.inferred else "-->"
        label = f"|{link.kind}|" if link.kind else ""
        lines.append(f"  {numbers[link.source]} {arrow}{label} {numbers[link.target]}")
    lines += [f"  style {numbers[item]} stroke-width:3px" for item in found.starts]
    return lines


def _entities(name: str) -> str:
    return name.replace("#", "#35;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;")
