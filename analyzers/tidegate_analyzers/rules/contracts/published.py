"""The published models that a file speaks for, each at the one place where findings about it belong."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Site
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.boundaries import Boundary, boundary_of
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.rules.base import Context


def published_models(ctx: Context) -> tuple[tuple[Site, NodeKey, Boundary], ...]:
    """Boundary models: at their properties entry where they have one, else in their own file."""
    if ctx.shielded or ctx.facts.role not in ("dbt_yaml", "dbt_sql", "dbt_python"):
        return ()
    return ctx.view.memo(
        ("published", ctx.path), lambda: tuple(_by_properties(ctx) if ctx.facts.role == "dbt_yaml" else _by_file(ctx))
    )


def _by_file(ctx: Context) -> Iterator[tuple[Site, NodeKey, Boundary]]:
    for i, node in enumerate(ctx.facts.nodes):
        if node.kind != "model":
            continue
        key = NodeKey(ctx.path, i, node.name, node.kind)
        if dbt.properties_of(ctx.view, ctx.view.layout.project_of(ctx.path), "model", node.name):
            continue
        boundary = boundary_of(ctx.view, key)
        if boundary is not None:
            yield node.site, key, boundary


def _by_properties(ctx: Context) -> Iterator[tuple[Site, NodeKey, Boundary]]:
    project = ctx.view.layout.project_of(ctx.path)
    if project is None or project.installed:
        return
    for entry in ctx.facts.properties:
        if entry.kind != "model":
            continue
        stems = (entry.name, *entry.versions)
        for stem in stems:
            postings = [p for p in ctx.view.find(f"node:{stem}") if ctx.view.layout.project_of(p.path) is project]
            if not postings:
                continue
            first = dbt.properties_of(ctx.view, project, "model", stem)
            if first and (first[0][0] != ctx.path or first[0][1].site != entry.site):
                continue
            key = NodeKey(postings[0].path, postings[0].number, entry.name if stem != entry.name else stem, "model")
            boundary = boundary_of(ctx.view, key)
            if boundary is not None:
                yield entry.site, key, boundary
                break
