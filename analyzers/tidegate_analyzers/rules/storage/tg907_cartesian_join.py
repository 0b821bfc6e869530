"""A join that pairs every row of one side with every row of the other.

Two relations behind FROM with a comma between them, or joined without a condition, give the product of their rows: a
thousand by a thousand is a million. Mostly a condition was forgotten, or compares a table with itself by a slip of the
alias (`on b.id = b.id`).

`cross join` says that it is meant and is left alone. So are functions and nested data (`unnest`, `lateral`, `flatten`),
single rows (an aggregate without GROUP BY, `limit 1`), constants, seeds, and everything that may hold a link: a column
without its table, a subquery in the condition, a macro.

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
select o.order_id, c.name
from {{ ref('stg_orders') }} as o
join {{ ref('customers') }} as c on c.customer_id = c.customer_id
```

`models/stg_orders.sql`:
```sql
select order_id, customer_id from {{ ref('raw_orders') }}
```

`models/customers.sql`:
```sql
select customer_id, name from {{ ref('raw_customers') }}
```

`seeds/raw_orders.csv`:
```csv
order_id,customer_id
1,7
```

`seeds/raw_customers.csv`:
```csv
customer_id,name
7,Ada
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
select o.order_id, c.name
from {{ ref('stg_orders') }} as o
join {{ ref('customers') }} as c on c.customer_id = o.customer_id
```

`models/stg_orders.sql`:
```sql
select order_id, customer_id from {{ ref('raw_orders') }}
```

`models/customers.sql`:
```sql
select customer_id, name from {{ ref('raw_customers') }}
```

`seeds/raw_orders.csv`:
```csv
order_id,customer_id
1,7
```

`seeds/raw_customers.csv`:
```csv
customer_id,name
7,Ada
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import NodeRef, Relation, Unlinked
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.rules.base import Context, Finding, rule
from tidegate_analyzers.safety.verdict import Step


@rule(
    "TG907",
    "cartesian-join",
    category="cost",
    severity="warning",
    looks_at=("dbt_sql", "sql", "python"),
    wants=("nodes", "sql"),
)
def cartesian_join(ctx: Context) -> Iterator[Finding]:
    """Each join without a condition, in models and in SQL of tasks."""
    project = ctx.view.layout.project_of(ctx.path)
    if project is not None and project.installed:
        return
    joins = [join for node in ctx.facts.nodes if node.traits is not None for join in node.traits.unlinked]
    joins += [join for text in ctx.facts.sql for join in text.unlinked]
    for join in joins:
        if any(_is_small(ctx, relation) for relation in join.relations):
            continue
        yield ctx.finding(
            join.site,
            _message(join),
            subject=f"{join.name} {join.other}",
            evidence=[Step("failed", "no condition of the query names both sides", "", ctx.path, join.site)],
        )


def _message(join: Unlinked) -> str:
    words = f"every row of '{join.name}' is paired with every row of '{join.other}'"
    if join.itself:
        return f"{words}: the condition compares '{join.name}' with itself"
    return f"{words}: no condition joins them; where that is meant, write CROSS JOIN"


def _is_small(ctx: Context, relation: Relation) -> bool:
    """Whether data is a seed or a single row, or may be: what a reference means is not always known."""
    if relation.kind not in ("ref", "source"):
        return relation.kind != "table"
    found = dbt.resolve_ref(ctx.view, ctx.path, NodeRef(relation.kind, relation.parts, 0, (), relation.version))
    if found.source is not None:
        return False
    node = dbt.node_of(ctx.view, found.node) if found.node is not None else None
    return node is None or node.kind == "seed" or node.traits is None or node.traits.single
