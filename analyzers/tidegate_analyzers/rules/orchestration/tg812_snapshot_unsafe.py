"""A snapshot that does not say how it tells a changed row.

dbt compares the rows of a query with those it kept. For that it needs a `unique_key`, which says which rows belong
together, and a `strategy`: `timestamp` goes by a column that changes with the row (`updated_at`), `check` compares
columns (`check_cols`). Where one of them is missing, dbt refuses to run the snapshot, and each day that passes until
somebody sees it is a day of history that cannot be had again.

Settings are merged from the snapshot, its YAML and the folders of `dbt_project.yml`; where they cannot be read whole
the rule is silent. A strategy of the project's own has its own settings.

## Bad

`dbt_project.yml`:
```yaml
name: shop
```

`snapshots/orders.sql`:
```sql
{% snapshot orders %}
{{ config(target_schema='history', unique_key='order_id', strategy='timestamp') }}
select order_id, status, updated_at from {{ ref('stg_orders') }}
{% endsnapshot %}
```

`seeds/stg_orders.csv`:
```csv
order_id,status,updated_at
```

## Bad in YAML

`dbt_project.yml`:
```yaml
name: shop
```

`snapshots/orders.yml`:
```yaml
snapshots:
  - name: orders_history
    relation: ref('stg_orders')
    config:
      strategy: check
      check_cols: [status]
```

`seeds/stg_orders.csv`:
```csv
order_id,status,updated_at
```

## Good

`dbt_project.yml`:
```yaml
name: shop
```

`snapshots/orders.sql`:
```sql
{% snapshot orders %}
{{ config(target_schema='history', unique_key='order_id', strategy='timestamp', updated_at='updated_at') }}
select order_id, status, updated_at from {{ ref('stg_orders') }}
{% endsnapshot %}
```

`seeds/stg_orders.csv`:
```csv
order_id,status,updated_at
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Site
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.columns import node_columns, source_columns
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.rules.base import Context, Finding, Offer, rule
from tidegate_analyzers.rules.incrementals import is_set
from tidegate_analyzers.safety.verdict import Step

_NEEDS = {"timestamp": "updated_at", "check": "check_cols"}
_CHANGED = frozenset(("updated_at", "modified_at", "_updated_at", "last_modified", "last_updated_at", "changed_at"))
_OWN = frozenset(("strategy", "unique_key", "updated_at", "check_cols"))


@rule(
    "TG812",
    "snapshot-unsafe",
    category="reliability",
    severity="warning",
    looks_at=("dbt_sql", "dbt_yaml"),
    wants=("nodes", "properties"),
    of_whole=True,
)
def snapshot_unsafe(ctx: Context) -> Iterator[Finding]:
    """Each snapshot, in SQL or in YAML alone."""
    for key, site in _snapshots(ctx):
        if dbt.is_on(ctx.view, key) is False:
            continue
        missing = _missing(ctx, key)
        if not missing:
            ctx.passed(site, key.name, [Step("held", "its key and its strategy are set", "", key.path, site)])
            continue
        named = " and ".join(f"'{name}'" for name in missing)
        yield ctx.finding(
            site,
            f"the snapshot '{key.name}' can't tell which rows have changed: {named} {'is' if len(missing) == 1 else 'are'} not set",
            subject=key.name,
            evidence=[Step("failed", f"neither the snapshot nor a folder sets {named}")],
            offers=_offers(ctx, key, missing),
        )


def _snapshots(ctx: Context) -> Iterator[tuple[NodeKey, Site]]:
    project = ctx.view.layout.project_of(ctx.path)
    if ctx.shielded or project is None or project.installed:
        return
    for i, node in enumerate(ctx.facts.nodes):
        if node.kind == "snapshot" and node.config_complete and not ctx.view.torn("dbt_yaml", ctx.path):
            yield NodeKey(ctx.path, i, node.name, node.kind), node.site
    for entry in ctx.facts.properties:
        if entry.kind != "snapshot" or not _OWN.intersection(setting.name for setting in entry.config):
            continue
        if not any(ctx.view.layout.project_of(p.path) is project for p in ctx.view.find(f"node:{entry.name}")):
            yield NodeKey(ctx.path, -1, entry.name, "snapshot"), entry.site


def _missing(ctx: Context, key: NodeKey) -> list[str]:
    """The settings that the snapshot lacks for certain."""
    strategy = dbt.config_value(ctx.view, key, "strategy")
    missing = [name for name in ("unique_key", "strategy") if not is_set(ctx, key, name)]
    needed = _NEEDS.get(str(strategy.value)) if strategy is not None and strategy.known else None
    if needed and not is_set(ctx, key, needed):
        missing.append(needed)
    custom = strategy is not None and bool(strategy.value or not strategy.known) and needed is None
    return [] if custom else missing


def _offers(ctx: Context, key: NodeKey, missing: list[str]) -> Iterator[Offer]:
    """The column that says when a row changed, where the only input has one of the usual names."""
    node = dbt.node_of(ctx.view, key)
    if missing != ["updated_at"] or node is None or len(node.refs) != 1:
        return
    found = dbt.resolve_ref(ctx.view, key.path, node.refs[0])
    known = node_columns(ctx.view, found.node) if found.node is not None else None
    if found.source is not None:
        known = source_columns(ctx.view, found.source)
    name = next((c.name for c in known.items if c.name.casefold() in _CHANGED), "") if known is not None else ""
    if name:
        yield Offer("dbt.set-config", f"Go by {name}", False, (key.path, str(key.index), "updated_at", f"'{name}'"))
