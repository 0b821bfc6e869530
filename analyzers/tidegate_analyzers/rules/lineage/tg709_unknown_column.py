"""A column that nothing in reach has.

The query fails when it runs, and with it everything behind it; a test or a description of a column that its model
does not give is worth nothing. What a model gives is read from its SQL, through CTEs, stars, macros and other
models. A dataset whose columns are not all known (a source, whose YAML may list some only; a model with macros that
can't be followed) may have any column, and nothing is said. Where the `catalog.json` that dbt leaves in its target
folder tells what a source has, a column that is not in it is a warning: the warehouse may have got it since.

## Bad

`dbt_project.yml`:
```yaml
name: shop
profile: shop
```

`models/stg_orders.sql`:
```sql
select 1 as order_id, 2 as amount
```

`models/orders.sql`:
```sql
select order_id, amuont from {{ ref('stg_orders') }}
```

## Good

`dbt_project.yml`:
```yaml
name: shop
profile: shop
```

`models/stg_orders.sql`:
```sql
select 1 as order_id, 2 as amount
```

`models/orders.sql`:
```sql
select order_id, amount from {{ ref('stg_orders') }}
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.facts import Column, ColumnName, DbtNode, DbtProperties, columns, flow
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.column_uses import Judged, judged_uses
from tidegate_analyzers.graph.columns import Columns, Dataset, flow_of, node_columns
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.names import close_name
from tidegate_analyzers.rules.base import EVERYWHERE, Context, Finding, Offer, Related, Severity, rule

_LISTED = 5


@rule(
    "TG709",
    "unknown-column",
    category="reliability",
    severity="error",
    profiles=EVERYWHERE[:3],
    looks_at=("dbt_sql", "dbt_yaml"),
    wants=("nodes", "properties", "column_names"),
)
def unknown_column(ctx: Context) -> Iterator[Finding]:
    """Columns that SQL mentions and YAML lists."""
    for i, node in enumerate(ctx.facts.nodes):
        if node.kind in ("model", "snapshot", "test", "analysis"):
            yield from _in_sql(ctx, NodeKey(ctx.path, i, node.name, node.kind), node)
    for entry in ctx.facts.properties:
        if entry.kind in ("model", "seed", "snapshot") and entry.column_count:
            yield from _in_yaml(ctx, entry)
    for named in ctx.facts.column_names:
        if not named.loose:
            yield from _in_arguments(ctx, named)


def _in_arguments(ctx: Context, named: ColumnName) -> Iterator[Finding]:
    """Columns in the arguments of tests, in unit tests and semantic models."""
    node = dbt.resolve_ref(ctx.view, ctx.path, named.of).node
    if node is None or dbt.is_on(ctx.view, node) is False:
        return
    shown = flow_of(ctx.view, node)
    known = node_columns(ctx.view, node) if shown is not None and shown.closed else Columns()
    if known.complete and not known.dated and not re.search(r"\W", named.name) and known.get(named.name) is None:
        near = close_name(ctx.view, "", named.name, [item.name for item in known.items])
        message = f"the {node.kind} '{node.name}' gives no column '{named.name}'"
        yield _finding(ctx, named.site, message, near, node.name, severity="warning")


def _in_sql(ctx: Context, key: NodeKey, node: DbtNode) -> Iterator[Finding]:
    query = flow(node.flow)
    if query is None or not query.uses or (node.kind == "model" and dbt.is_on(ctx.view, key) is False):
        return
    for judged in judged_uses(ctx.view, ctx.path, query):
        if judged.state == "missing":
            yield _missing(ctx, judged)


def _missing(ctx: Context, judged: Judged) -> Finding:
    use = judged.use
    if not judged.datasets:
        where = f" in {use.where}" if use.where else ""
        return _finding(ctx, use.site, f"there is no column '{use.name}'{where}", use.near, use.name)
    names = [column.name for known in judged.columns for column in known.items]
    near = close_name(ctx.view, "", use.name, names)
    have = " nor ".join(f"'{name}'" for name in dict.fromkeys(judged.names))
    message = f"{'neither ' if len(set(judged.names)) > 1 else ''}{have} has a column '{use.name}'"
    if len(set(judged.names)) == 1:
        message = f"{have} has no column '{use.name}'"
    related = [_made(ctx, dataset) for dataset in dict.fromkeys(judged.datasets)]
    dated = next((known.dated for known in judged.columns if known.dated), "")
    message += f", by {dated}" if dated else ""
    proved = not dated and not any(known.rendered for known in judged.columns)
    return _finding(
        ctx, use.site, message, near, use.name, [item for item in related if item is not None], proved=proved
    )


def _made(ctx: Context, dataset: Dataset) -> Related | None:
    if not isinstance(dataset, NodeKey):
        return None
    node = dbt.node_of(ctx.view, dataset)
    return Related(dataset.path, node.site if node is not None else 0, f"'{dataset.name}' is made here")


def _finding(
    ctx: Context,
    site: int,
    message: str,
    near: str,
    subject: str,
    related: list[Related] | None = None,
    severity: Severity | None = None,
    proved: bool = True,
) -> Finding:
    offers = [Offer("text.replace", f"Change to '{near}'", False, (ctx.path, str(site), near))] if near else []
    message += f"; did you mean '{near}'?" if near else ""
    return ctx.finding(
        site, message, severity=severity, proved=proved, subject=subject, related=related or (), offers=offers
    )


def _in_yaml(ctx: Context, entry: DbtProperties) -> Iterator[Finding]:
    key = _entry_node(ctx, entry)
    # What macros make is rendered for whoever reads it, not to hold descriptions against it.
    shown = flow_of(ctx.view, key) if key is not None else None
    if key is None or shown is None or not shown.closed:
        return
    known = node_columns(ctx.view, key)
    if not known.complete or known.dated or dbt.is_on(ctx.view, key) is False:
        return
    described: list[Column] = []
    for column in columns(entry.columns):
        # Fields of structs are described by their path. In single quotes a name is a text to SQL, and its tests pass.
        name = column.name.strip('"`').partition(".")[0]
        if not name or "{" in name or "'" in name or known.get(name) is not None:
            continue
        if column.tests or column.not_null or column.unique:
            yield _undelivered(ctx, entry, [column], known, ", so its tests fail", "warning")
        else:
            described.append(column)
    if described:
        yield _undelivered(ctx, entry, described, known, "", "info")


def _entry_node(ctx: Context, entry: DbtProperties) -> NodeKey | None:
    """The node an entry speaks of; one with versions speaks of several, which may differ."""
    if entry.versions:
        return None
    project = ctx.view.layout.project_of(ctx.path)
    found = [
        NodeKey(posting.path, posting.number, entry.name, entry.kind)
        for posting in ctx.view.find(f"node:{entry.name}")
        if ctx.view.layout.project_of(posting.path) is project
    ]
    node = dbt.node_of(ctx.view, found[0]) if len(found) == 1 else None
    return found[0] if node is not None and node.kind == entry.kind and node.language != "python" else None


def _undelivered(
    ctx: Context, entry: DbtProperties, missing: list[Column], known: Columns, behind: str, severity: Severity
) -> Finding:
    """Columns that a model does not give: one that is tested, or all that are only described."""
    column = missing[0]
    names = ", ".join(f"'{item.name}'" for item in missing[:_LISTED])
    more = f" and {len(missing) - _LISTED} more" if len(missing) > _LISTED else ""
    message = f"the {entry.kind} '{entry.name}' gives no column{'s' if len(missing) > 1 else ''} {names}{more}{behind}"
    near = close_name(ctx.view, "", column.name, [item.name for item in known.items]) if len(missing) == 1 else ""
    message += f"; did you mean '{near}'?" if near else ""
    offers = [Offer("text.replace", f"Change to '{near}'", True, (ctx.path, str(column.site), near))] if near else []
    related = [Related(ctx.path, item.site, f"'{item.name}'") for item in missing[1:]]
    return ctx.finding(column.site, message, severity=severity, subject=entry.name, offers=offers, related=related)
