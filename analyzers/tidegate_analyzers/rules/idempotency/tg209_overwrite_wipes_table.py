"""An overwrite of the whole table by the rows of one run.

`insert_overwrite` replaces the partitions that it writes. A table without partitions is one partition: on Spark and
Databricks, and always on Snowflake, each run replaces all of it by the few rows that its filter lets through, and what
was loaded before is gone. BigQuery refuses to run it.

A query without a filter reads everything and may replace everything: the rule is silent on it. Athena appends where no
partition is set, which is TG202's.

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
    dev: {type: spark}
```

`models/orders.sql`:
```sql
{{ config(materialized='incremental', incremental_strategy='insert_overwrite', on_schema_change='fail') }}
select order_id, updated_at from {{ ref('stg_orders') }}
{% if is_incremental() %}
where updated_at > (select max(updated_at) from {{ this }})
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
    dev: {type: spark}
```

`models/orders.sql`:
```sql
{{ config(materialized='incremental', incremental_strategy='insert_overwrite', on_schema_change='fail',
          partition_by=['order_date']) }}
select order_id, updated_at, order_date from {{ ref('stg_orders') }}
{% if is_incremental() %}
where order_date >= (select max(order_date) from {{ this }})
{% endif %}
```

`seeds/stg_orders.csv`:
```csv
order_id,order_date,amount,updated_at
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Restriction, Write
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.rules.base import Context, Finding, Offer, Related, rule
from tidegate_analyzers.rules.incrementals import incremental_models, is_set
from tidegate_analyzers.safety.models import strategy_of
from tidegate_analyzers.safety.verdict import Step

_WHOLE = frozenset(("spark", "databricks", "glue", "snowflake", "bigquery"))
_LIMITS = frozenset(("high_water", "overlap", "wall_clock", "window", "anti_join"))


@rule(
    "TG209",
    "overwrite-wipes-table",
    category="reliability",
    severity="warning",
    looks_at=("dbt_sql",),
    wants=("nodes",),
)
def overwrite_wipes_table(ctx: Context) -> Iterator[Finding]:
    """Each incremental model that overwrites without partitions and reads only a part."""
    project = ctx.view.layout.project_of(ctx.path)
    adapter = project.adapter if project is not None else ""
    if adapter not in _WHOLE:
        return
    for key, node in incremental_models(ctx):
        given = dbt.config(ctx.view, key, "incremental_strategy")
        if given is None or strategy_of(ctx.view, key) != "insert_overwrite":
            continue
        if adapter != "snowflake" and is_set(ctx, key, "partition_by"):
            ctx.passed(node.site, node.name, [Step("held", "partition_by is set", "", *_place(ctx, key))])
            continue
        limit = _limit(node.load)
        if limit is None:
            continue
        yield ctx.finding(
            given[1].site if given[0] == ctx.path else node.site,
            _message(node.name, adapter),
            subject=node.name,
            evidence=[
                Step("fact", "its strategy is insert_overwrite", "", given[0], given[1].site),
                Step(
                    "failed",
                    "partition_by is not set" if adapter != "snowflake" else "snowflake overwrites whole tables",
                ),
                Step("fact", f"a run reads a part of the rows only: {limit.text}", "", key.path, limit.site),
            ],
            related=[Related(ctx.path, limit.site, "all that is left after a run is what this lets through")],
            offers=_offers(key, adapter, limit),
        )


def _message(name: str, adapter: str) -> str:
    if adapter == "bigquery":
        return f"'{name}' cannot be loaded: on BigQuery insert_overwrite needs partition_by"
    why = "insert_overwrite replaces the whole table" + (
        "" if adapter == "snowflake" else " where partition_by is not set"
    )
    return f"each run of '{name}' leaves nothing but its own rows: {why}"


def _limit(load: Write | None) -> Restriction | None:
    """A restriction of the first arm, if every arm has one that is understood."""
    if load is None or load.opaque or not load.arms:
        return None
    found = [next((r for r in arm if r.kind in _LIMITS), None) for arm in load.arms]
    return found[0] if all(found) else None


def _place(ctx: Context, key: NodeKey) -> tuple[str, int]:
    found = dbt.config(ctx.view, key, "partition_by")
    return (found[0], found[1].site) if found is not None else (key.path, 0)


def _offers(key: NodeKey, adapter: str, limit: Restriction) -> Iterator[Offer]:
    """Partitions by the column that the filter goes by; its type is not known, so BigQuery's form is left to people."""
    if adapter in ("spark", "databricks", "glue") and limit.kind == "overlap" and len(limit.columns) == 1:
        column = limit.columns[0]
        yield Offer(
            "dbt.set-config",
            f"Partition by {column}",
            False,
            (key.path, str(key.index), "partition_by", f"['{column}']"),
        )
