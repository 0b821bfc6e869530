"""A large table that is stored in one heap.

A table that grows with every run is read by time, and loaded by time. Without a partition or clustering column each
query, and each merge, reads all of it. This rule looks at incremental models, and at tables named `fct_`, where the
engine offers partitions: BigQuery, Spark, Databricks, Athena and Glue. A project that partitions few of its tables is
told so once.

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
    dev: {type: bigquery}
```

`models/events.sql`:
```sql
{{ config(materialized='incremental', unique_key='order_id', on_schema_change='fail') }}
select order_id, max(updated_at) as updated_at, max(order_date) as order_date from {{ ref('stg_orders') }}
{% if is_incremental() %}
where updated_at >= (select max(updated_at) from {{ this }})
{% endif %}
group by order_id
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
    dev: {type: bigquery}
```

`models/events.sql`:
```sql
{{ config(materialized='incremental', unique_key='order_id', on_schema_change='fail',
          partition_by={'field': 'order_date', 'data_type': 'date'}) }}
select order_id, max(updated_at) as updated_at, max(order_date) as order_date from {{ ref('stg_orders') }}
{% if is_incremental() %}
where updated_at >= (select max(updated_at) from {{ this }})
{% endif %}
group by order_id
```

`seeds/stg_orders.csv`:
```csv
order_id,order_date,amount,updated_at
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import DbtNode
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.rules.base import Context, Finding, rule
from tidegate_analyzers.rules.incrementals import group_of, incremental_models
from tidegate_analyzers.safety.verdict import Step

_SETTINGS = {
    "athena": ("partitioned_by", "bucketed_by"),
    "bigquery": ("partition_by", "cluster_by"),
    "databricks": ("partition_by", "clustered_by", "liquid_clustered_by", "auto_liquid_cluster", "zorder"),
    "glue": ("partition_by", "clustered_by"),
    "spark": ("partition_by", "clustered_by"),
}
"""The settings that partition or cluster a table, by adapter."""


@rule(
    "TG902",
    "unpartitioned-fact",
    category="cost",
    severity="hint",
    profiles=("strict",),
    looks_at=("dbt_sql",),
    wants=("nodes",),
    absence="{have} of {n} {what} and fact tables are partitioned or clustered",
)
def unpartitioned_fact(ctx: Context) -> Iterator[Finding]:
    """Each incremental model and fact table."""
    project = ctx.view.layout.project_of(ctx.path)
    settings = _SETTINGS.get(project.adapter if project is not None else "")
    if settings is None or project is None:
        return
    for key, node in (*incremental_models(ctx), *_facts(ctx)):
        group = group_of(ctx)
        given = next((found for name in settings if (found := dbt.config(ctx.view, key, name)) is not None), None)
        ctx.count(group, has=given is not None)
        if given is not None:
            ctx.passed(
                node.site, node.name, [Step("held", "it is partitioned or clustered", "", given[0], given[1].site)]
            )
            continue
        yield ctx.finding(
            node.site,
            f"'{node.name}' is neither partitioned nor clustered, so every query reads all of it; expected {settings[0]}",
            subject=node.name,
            evidence=[Step("failed", f"none of {', '.join(settings)} is set")],
            group=group,
        )


def _facts(ctx: Context) -> Iterator[tuple[NodeKey, DbtNode]]:
    """Tables that are named as facts."""
    project = ctx.view.layout.project_of(ctx.path)
    if ctx.shielded or project is None or project.installed:
        return
    for i, node in enumerate(ctx.facts.nodes):
        key = NodeKey(ctx.path, i, node.name, node.kind)
        if (
            node.kind == "model"
            and node.name.startswith(("fct_", "fact_"))
            and node.config_complete
            and dbt.materialization(ctx.view, key) == "table"
            and dbt.is_on(ctx.view, key) is not False
        ):
            yield key, node
