"""A key that is another one in every run.

Rows are matched by `unique_key`. A key made by `uuid()`, `random()`, the current time or a row number in no order is
another one each time the query runs, so a second run matches nothing: it inserts every row again, beside the one it
should have replaced. A key that is to stay the same is made of the columns that identify a row, by a hash of them.

A random column that is no key is left alone, and so is a UUID that is made of a name.

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
{{ config(materialized='incremental', unique_key='order_key', on_schema_change='fail') }}
select uuid_string() as order_key, order_id, updated_at from {{ ref('stg_orders') }}
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
{{ config(materialized='incremental', unique_key='order_key', on_schema_change='fail') }}
select md5(order_id) as order_key, order_id, updated_at from {{ ref('stg_orders') }}
{% if is_incremental() %}
where updated_at >= (select max(updated_at) from {{ this }})
{% endif %}
```

`seeds/stg_orders.csv`:
```csv
order_id,order_date,amount,updated_at
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Write
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.rules.base import Context, Finding, Related, rule
from tidegate_analyzers.rules.incrementals import incremental_models
from tidegate_analyzers.safety.models import is_keyed, strategy_of
from tidegate_analyzers.safety.verdict import Step

_WHY = {
    "random": "is another value in every run",
    "clock": "is the time of the run",
    "number": "numbers rows in no order",
}


def _held_back(load: Write | None) -> bool:
    """Whether a run asks its own table which rows are new: a second one finds none, whatever their key."""
    if load is None or not load.reads_target:
        return False
    return not any(restriction.kind == "overlap" for arm in load.arms for restriction in arm)


@rule(
    "TG207",
    "nondeterministic-key",
    category="reliability",
    severity="warning",
    looks_at=("dbt_sql",),
    wants=("nodes",),
)
def nondeterministic_key(ctx: Context) -> Iterator[Finding]:
    """Each incremental model that matches rows by a column it makes anew."""
    for key, node in incremental_models(ctx):
        names = dbt.unique_key(ctx.view, key)
        if not names or node.traits is None or not is_keyed(strategy_of(ctx.view, key)):
            continue
        wanted = {name.casefold() for name in names}
        made = next((column for column in node.traits.volatile if column.column.casefold() in wanted), None)
        given = dbt.config(ctx.view, key, "unique_key")
        if made is None or given is None:
            continue
        if _held_back(node.load):
            ctx.passed(made.site, node.name, [Step("held", "what the table holds decides which rows come", "G4")])
            continue
        yield ctx.finding(
            made.site,
            f"the key '{made.column}' {_WHY[made.kind]}, so a second run of '{node.name}' matches no row and adds all again",
            subject=node.name,
            evidence=[
                Step("fact", f"rows are matched by {', '.join(names)}", "", given[0], given[1].site),
                Step("fact", f"{made.column} is {made.text}", "", key.path, made.site),
            ],
            related=[Related(given[0], given[1].site, "rows are matched by this key")],
        )
