"""An incremental model that does not take up new columns.

`select *` gives a new column as soon as the input has one. A table that is loaded incrementally does not get it: dbt
compares the columns only where `on_schema_change` says what to do, and by default it ignores the difference. The column
is missing until somebody rebuilds the table, without an error. Of models with an enforced contract TG110 speaks.

The rule is silent where the columns of the star are named in the file itself, and where `on_schema_change` is set to
anything, in the model, its YAML or a folder.

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
{{ config(materialized='incremental', unique_key='order_id') }}
select * from {{ ref('stg_orders') }}
{% if is_incremental() %}
where updated_at >= (select max(updated_at) from {{ this }})
{% endif %}
```

`seeds/stg_orders.csv`:
```csv
order_id,updated_at
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
{{ config(materialized='incremental', unique_key='order_id', on_schema_change='append_new_columns') }}
select * from {{ ref('stg_orders') }}
{% if is_incremental() %}
where updated_at >= (select max(updated_at) from {{ this }})
{% endif %}
```

`seeds/stg_orders.csv`:
```csv
order_id,updated_at
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import DbtNode, flow
from tidegate_analyzers.facts.columns import EVERY
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.rules.base import Context, Finding, Offer, rule
from tidegate_analyzers.rules.incrementals import group_of, incremental_models
from tidegate_analyzers.safety.verdict import Step


@rule(
    "TG704",
    "incremental-schema-change-unset",
    category="reliability",
    severity="info",
    looks_at=("dbt_sql",),
    wants=("nodes",),
    absence="{have} of {n} {what} whose columns may change set on_schema_change",
)
def incremental_schema_change_unset(ctx: Context) -> Iterator[Finding]:
    """Each incremental model that passes on all columns of an input."""
    for key, node in incremental_models(ctx):
        star = _star(node)
        if not star or dbt.contract_enforced(ctx.view, key) is not None:  # TG110 speaks of contracts
            continue
        group = group_of(ctx)
        given = dbt.config(ctx.view, key, "on_schema_change")
        ctx.count(group, has=given is not None)
        if given is not None:
            ctx.passed(node.site, node.name, [Step("held", "on_schema_change is set", "", given[0], given[1].site)])
            continue
        why = f"takes all columns of '{star}'"
        yield ctx.finding(
            node.site,
            f"'{node.name}' {why}, but new ones never reach its table; expected on_schema_change",
            subject=node.name,
            evidence=[
                Step("fact", f"it {why}", "", key.path, node.site),
                Step("failed", "nothing sets on_schema_change"),
            ],
            offers=[
                Offer(
                    "dbt.set-config",
                    "Append new columns",
                    False,
                    (key.path, str(key.index), "on_schema_change", "'append_new_columns'"),
                )
            ],
            group=group,
        )


def _star(node: DbtNode) -> str:
    """The first input all of whose columns pass through the query."""
    found = flow(node.flow)
    for output in found.outputs if found is not None else ():
        if output.name == EVERY and output.origins and found is not None:
            return str(found.inputs[output.origins[0].input])
    return ""
