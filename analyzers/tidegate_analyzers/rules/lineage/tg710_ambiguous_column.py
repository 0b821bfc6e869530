"""A bare column name that several of the joined relations have.

Warehouses refuse it, or take one of the two without a word. It often happens to a query that ran for months, when
a relation beside it gets a column of that name.

## Bad

`dbt_project.yml`:
```yaml
name: shop
profile: shop
```

`models/stg_orders.sql`:
```sql
select 1 as order_id, 2 as customer_id
```

`models/stg_customers.sql`:
```sql
select 2 as customer_id, 'x' as name
```

`models/orders.sql`:
```sql
select order_id, customer_id, name
from {{ ref('stg_orders') }} o
join {{ ref('stg_customers') }} c on o.customer_id = c.customer_id
```

## Good

`dbt_project.yml`:
```yaml
name: shop
profile: shop
```

`models/stg_orders.sql`:
```sql
select 1 as order_id, 2 as customer_id
```

`models/stg_customers.sql`:
```sql
select 2 as customer_id, 'x' as name
```

`models/orders.sql`:
```sql
select order_id, o.customer_id, name
from {{ ref('stg_orders') }} o
join {{ ref('stg_customers') }} c on o.customer_id = c.customer_id
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import flow
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.column_uses import judged_uses
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.rules.base import Context, Finding, rule

_PICKS = frozenset(("clickhouse",))
"""Dialects that take the leftmost."""


@rule(
    "TG710",
    "ambiguous-column",
    category="reliability",
    severity="warning",
    looks_at=("dbt_sql",),
    wants=("nodes",),
)
def ambiguous_column(ctx: Context) -> Iterator[Finding]:
    """Bare names in the SQL of models, snapshots and tests."""
    role = ctx.view.layout.role(ctx.path)
    if role is None or role.dialect in _PICKS:
        return
    for i, node in enumerate(ctx.facts.nodes):
        query = flow(node.flow)
        if query is None or (dbt.is_on(ctx.view, NodeKey(ctx.path, i, node.name, node.kind)) is False):
            continue
        for judged in judged_uses(ctx.view, ctx.path, query):
            if judged.state != "ambiguous":
                continue
            use = judged.use
            where = " and ".join(f"'{name}'" for name in dict.fromkeys(judged.names)) or use.where
            if len(set(judged.names)) == 1:
                where = f"{where}, which is joined more than once,"
            plural = "has" if len(set(judged.names)) == 1 else "have"
            yield ctx.finding(
                use.site,
                f"'{use.name}' is ambiguous: {where} {plural} a column of that name",
                proved=bool(judged.datasets) and not any(known.dated for known in judged.columns),
                subject=use.name,
            )
