"""An incremental model that reads everything again in every run.

A model with a `unique_key` and no filter gives the right rows: each run merges all of its input by key. But it reads,
and compares, all of it each time; what was made incremental to be cheap costs more than a table that is built anew.

The rule is silent where the text asks `is_incremental()` or reads `{{ this }}`, where `incremental_predicates` are set,
where a condition goes by the run's window or the clock, where a macro may hold the filter, and where the inputs are
seeds, or views that filter.

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
select order_id, amount, updated_at from {{ ref('stg_orders') }}
```

`models/stg_orders.sql`:
```sql
{{ config(materialized='table') }}
select 1 as order_id, 2 as amount, current_timestamp as updated_at
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
select order_id, amount, updated_at from {{ ref('stg_orders') }}
{% if is_incremental() %}
where updated_at >= (select max(updated_at) from {{ this }})
{% endif %}
```

`models/stg_orders.sql`:
```sql
{{ config(materialized='table') }}
select 1 as order_id, 2 as amount, current_timestamp as updated_at
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.facts import DbtNode, flow
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.rules.base import Context, Finding, Offer, rule
from tidegate_analyzers.rules.incrementals import calls_macro, incremental_models, is_set
from tidegate_analyzers.safety.guards import TRANSIENT
from tidegate_analyzers.safety.models import is_keyed, strategy_of
from tidegate_analyzers.safety.verdict import Step

_MAX_VIEWS = 20
_CHANGED = re.compile(r"(?i)(?:updated|modified|changed|loaded|ingested|inserted)_(?:at|on|date|time|ts)")


@rule(
    "TG901",
    "incremental-full-scan",
    category="cost",
    severity="warning",
    looks_at=("dbt_sql",),
    wants=("nodes",),
)
def incremental_full_scan(ctx: Context) -> Iterator[Finding]:
    """Each incremental model that merges by key and filters nothing."""
    for key, node in incremental_models(ctx):
        load = node.load
        if load is None or load.opaque or node.traits is None or calls_macro(ctx, key.path, node):
            continue
        if not is_keyed(strategy_of(ctx.view, key)) or dbt.unique_key(ctx.view, key) is None:
            continue
        if node.branches or load.reads_target or any(load.arms):
            ctx.passed(
                node.site, node.name, [Step("held", "its query limits the rows of a run", "", key.path, node.site)]
            )
            continue
        if is_set(ctx, key, "incremental_predicates") or is_set(ctx, key, "predicates"):
            ctx.passed(node.site, node.name, [Step("held", "incremental_predicates are set", "", key.path, node.site)])
            continue
        large = _reads_whole(ctx, key, node)
        if large is None:
            continue
        yield ctx.finding(
            node.site,
            f"every run of '{node.name}' reads and merges all of its input: no filter limits an incremental run",
            proved=False,
            subject=node.name,
            evidence=[
                Step("fact", "its rows are merged by unique_key", "", key.path, node.site),
                Step("failed", "nothing in its query depends on how it is run", "", key.path, node.site),
                Step("fact", f"it reads '{large}', which is a table", "", key.path, node.site),
            ],
            offers=_offers(ctx, key, node),
        )


def _reads_whole(ctx: Context, key: NodeKey, node: DbtNode) -> str | None:
    """The first input that is read whole; `None` where inputs may be small, or limited before they come here."""
    names = [read.relation.name for read in node.tables]
    seen: set[NodeKey] = {key}
    queue = [(key, node)]
    while queue:
        at, reader = queue.pop()
        for ref in reader.refs:
            if not ref.names or ref.conditional or any(TRANSIENT.search(name) for name in ref.names):
                return None
            if ref.function == "source":
                names.append(ref.names[-1])
                continue
            found = dbt.resolve_ref(ctx.view, at.path, ref)
            upper = dbt.node_of(ctx.view, found.node) if found.node is not None else None
            if found.node is None or upper is None or found.node in seen:
                return None
            if found.node.kind == "seed":
                continue
            seen.add(found.node)
            kind = dbt.materialization(ctx.view, found.node)
            if kind in ("view", "ephemeral"):
                if (
                    upper.traits is None
                    or upper.traits.limits
                    or calls_macro(ctx, found.node.path, upper)
                    or len(seen) > _MAX_VIEWS
                ):
                    return None
                queue.append((found.node, upper))
            elif kind in ("table", "incremental", "snapshot"):
                names.append(ref.names[-1])
            else:
                return None
    return names[0] if names and not any(TRANSIENT.search(name) for name in names) else None


def _offers(ctx: Context, key: NodeKey, node: DbtNode) -> Iterator[Offer]:
    """A filter by the column that says when a row changed, where the query has one that is only passed on."""
    column = _changed(node)
    if column:
        yield Offer(
            "dbt.filter-new", f"Read only rows with a newer {column}", False, (key.path, str(key.index), column)
        )


def _changed(node: DbtNode) -> str:
    found = flow(node.flow)
    for output in found.outputs if found is not None else ():
        if (
            output.kind == "identity"
            and len(output.origins) == 1
            and output.origins[0].column.casefold() == output.name.casefold()
            and _CHANGED.fullmatch(output.name)
        ):
            return output.name
    return ""
