"""A merge whose source may hold two rows of one key.

A merge matches rows by `unique_key`. When a run brings two rows of one key, most engines refuse the whole merge, others
insert both, and delete+insert keeps both. Only the query itself can see to it that there is one: by `qualify
row_number() … = 1`, by grouping, by DISTINCT; or a test can show that its input has one row for each key.

The rule is silent where the query holds any of these or a macro, where a test or constraint says that the key is unique
in the model or in one of its inputs, and where an input makes its rows unique itself.

## Bad

`dbt_project.yml`:
```yaml
name: shop
profile: shop
```

`profiles.yml`:
```yaml
shop:
  outputs:
    dev: {type: snowflake}
```

`models/orders.sql`:
```sql
{{ config(materialized='incremental', unique_key='order_id', on_schema_change='fail') }}
select order_id, updated_at from {{ ref('stg_orders') }}
{% if is_incremental() %}
where updated_at >= (select max(updated_at) from {{ this }})
{% endif %}
```

`seeds/stg_orders.csv`:
```csv
order_id,order_date,amount,updated_at
```

## Good

`dbt_project.yml`:
```yaml
name: shop
profile: shop
```

`profiles.yml`:
```yaml
shop:
  outputs:
    dev: {type: snowflake}
```

`models/orders.sql`:
```sql
{{ config(materialized='incremental', unique_key='order_id', on_schema_change='fail') }}
select order_id, updated_at from {{ ref('stg_orders') }}
{% if is_incremental() %}
where updated_at >= (select max(updated_at) from {{ this }})
{% endif %}
qualify row_number() over (partition by order_id order by updated_at desc) = 1
```

`seeds/stg_orders.csv`:
```csv
order_id,order_date,amount,updated_at
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Column, DbtNode, columns
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.rules.base import Context, Finding, Offer, rule
from tidegate_analyzers.rules.incrementals import calls_macro, incremental_models
from tidegate_analyzers.safety.models import is_keyed, strategy_of
from tidegate_analyzers.safety.verdict import Step

_MAX_INPUTS = 50
_QUALIFY = frozenset(("bigquery", "databricks", "duckdb", "snowflake"))


@rule(
    "TG210",
    "merge-source-not-unique",
    category="reliability",
    severity="warning",
    profiles=("strict",),
    looks_at=("dbt_sql",),
    wants=("nodes",),
)
def merge_source_not_unique(ctx: Context) -> Iterator[Finding]:
    """Each incremental model that merges by key."""
    for key, node in incremental_models(ctx):
        names = dbt.unique_key(ctx.view, key)
        if not names or node.traits is None or node.load is None or node.load.opaque:
            continue
        if not is_keyed(strategy_of(ctx.view, key)) or calls_macro(ctx, key.path, node):
            continue
        wanted = {name.casefold() for name in names}
        shown = _shown_unique(ctx, key, node, wanted)
        if shown is None:
            continue
        if shown:
            ctx.passed(node.site, node.name, [Step("held", shown, "", key.path, node.site)])
            continue
        given = dbt.config(ctx.view, key, "unique_key")
        yield ctx.finding(
            given[1].site if given is not None and given[0] == ctx.path else node.site,
            f"nothing shows that a run of '{node.name}' brings one row for each {', '.join(names)}: "
            "the query does not make rows unique, and no test says they are",
            proved=False,
            subject=node.name,
            evidence=[
                Step("failed", "no grouping, DISTINCT or row number in the query", "", key.path, node.site),
                Step("failed", "no unique test on the key, here or in an input"),
            ],
            offers=_offers(ctx, key, node, names),
        )


def _shown_unique(ctx: Context, key: NodeKey, node: DbtNode, wanted: set[str]) -> str | None:
    """Why one row comes for each key; empty where nothing says so, `None` where that can't be told."""
    if node.traits is None or node.traits.single or node.traits.unique:
        return "the query makes its rows unique"
    if _tested(ctx, key, wanted):
        return "a test or constraint says that the key is unique"
    seen = {key}
    queue: list[tuple[NodeKey, DbtNode]] = [(key, node)]
    while queue:
        at, reader = queue.pop()
        for ref in reader.refs:
            found = dbt.resolve_ref(ctx.view, at.path, ref)
            if found.source is not None:
                table = dbt.source_of(ctx.view, found.source)
                if table is not None and _says(columns(table.columns), (), wanted):
                    return f"a test says that the key is unique in '{ref.names[-1]}'"
                continue
            upper = dbt.node_of(ctx.view, found.node) if found.node is not None else None
            if found.node is None or upper is None or upper.language == "python":
                return None
            if found.node in seen:
                continue
            seen.add(found.node)
            if len(seen) > _MAX_INPUTS:
                return None
            if _tested(ctx, found.node, wanted):
                return f"a test says that the key is unique in '{found.node.name}'"
            if found.node.kind == "seed":
                continue
            if upper.traits is None or calls_macro(ctx, found.node.path, upper):
                return None
            if upper.traits.unique or dbt.unique_key(ctx.view, found.node) is not None:
                return f"'{found.node.name}' makes its rows unique"
            queue.append((found.node, upper))
    return ""


def _tested(ctx: Context, key: NodeKey, wanted: set[str]) -> bool:
    project = ctx.view.layout.project_of(key.path)
    return any(
        _says(columns(entry.columns), entry.key, wanted)
        for _, entry in dbt.properties_of(ctx.view, project, key.kind, key.name)
    )


def _says(listed: tuple[Column, ...], key: tuple[str, ...], wanted: set[str]) -> bool:
    """Whether some of the wanted columns are unique by themselves, or all of a key are wanted."""
    return any(column.unique and column.name.casefold() in wanted for column in listed) or (
        bool(key) and {name.casefold() for name in key} <= wanted
    )


def _offers(ctx: Context, key: NodeKey, node: DbtNode, names: tuple[str, ...]) -> Iterator[Offer]:
    """The newest row of each key, where the engine knows QUALIFY and the filter says what is newest."""
    project = ctx.view.layout.project_of(ctx.path)
    if project is None or project.adapter not in _QUALIFY or node.load is None or len(node.load.arms) != 1:
        return
    orders = {r.columns[0] for r in node.load.arms[0] if r.kind in ("overlap", "high_water") and len(r.columns) == 1}
    if len(orders) == 1:
        order = orders.pop()
        yield Offer(
            "dbt.newest-of-key",
            f"Keep the newest row of each {', '.join(names)}",
            False,
            (key.path, str(key.index), order, *names),
        )
