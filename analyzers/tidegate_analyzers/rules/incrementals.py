"""The incremental models of a file, for the rules that speak of how they are loaded."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.facts import DbtNode
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.rules.base import Context
from tidegate_analyzers.rules.contracts.groups import project_group

_GIVES_EXPRESSION = re.compile(
    r"dbt\.|dbt_date\.|dbt_utils\.(?:star|generate_surrogate_key|surrogate_key|pivot|safe_\w+|get_url_\w+|width_bucket|nullcheck\w*)\Z"
)
"""Macros of packages that give an expression or columns, never a condition or a grouping."""


def incremental_models(ctx: Context) -> Iterator[tuple[NodeKey, DbtNode]]:
    """Models that are incremental for certain, switched on, and configured in a way that can be read whole."""
    project = ctx.view.layout.project_of(ctx.path)
    if ctx.shielded or project is None or project.installed:
        return
    for i, node in enumerate(ctx.facts.nodes):
        key = NodeKey(ctx.path, i, node.name, node.kind)
        if (
            node.kind == "model"
            and node.config_complete
            and dbt.materialization(ctx.view, key) == "incremental"
            and dbt.is_enabled(ctx.view, key)
            and dbt.is_on(ctx.view, key) is not False
            and not always_rebuilt(ctx, key)
        ):
            yield key, node


def always_rebuilt(ctx: Context, key: NodeKey) -> bool:
    """Whether every run builds a model anew, incremental or not; also where that is not known."""
    full = dbt.config_value(ctx.view, key, "full_refresh")
    return full is not None and not (full.known and full.value in (False, None))


def is_set(ctx: Context, key: NodeKey, name: str) -> bool:
    """Whether a setting has a value, known or not."""
    value = dbt.config_value(ctx.view, key, name)
    return value is not None and not (value.known and not value.value)


def calls_macro(ctx: Context, path: str, node: DbtNode) -> bool:
    """Whether a query calls a macro that may hold a clause; macros in `config()` are no part of it."""
    read = ctx.view.graph.files.get(path)
    if read is None:
        return bool(node.macros)
    config = read.span(node.config_site) if node.config_site else None
    for macro in node.macros:
        at = read.span(macro.site).start
        if not _GIVES_EXPRESSION.match(macro.name) and not (config is not None and config.start <= at < config.end):
            return True
    return False


def group_of(ctx: Context) -> str:
    """Within what findings about incremental models roll up."""
    return project_group(ctx.view, ctx.path, "incrementals")
