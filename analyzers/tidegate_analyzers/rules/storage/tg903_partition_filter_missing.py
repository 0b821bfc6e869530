"""An incremental run that reads every partition of its input.

The filter of an incremental model is there to read little. Where it goes by another column than the one its input is
partitioned by, the engine has to open every partition to find the few rows that are new.

The rule looks at incremental models that filter, and at inputs whose model sets `partition_by` or `partitioned_by`, on
BigQuery, Athena, Spark and Glue. It is silent as soon as the partition column stands in any condition of the query, join
conditions included, where a macro is called, which may hold one, and for tables of Delta, Iceberg and Hudi: they know
the least and greatest value of every column in each file.

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

`models/orders.sql`:
```sql
{{ config(materialized='incremental', unique_key='event_id', on_schema_change='fail', cluster_by='event_id') }}
select event_id, updated_at, max(day) as day from {{ ref('events') }}
{% if is_incremental() %}
where updated_at >= (select max(updated_at) from {{ this }})
{% endif %}
group by event_id, updated_at
```

`models/events.sql`:
```sql
{{ config(materialized='table', partition_by={'field': 'day', 'data_type': 'date'}) }}
select 1 as event_id, date '2024-01-01' as day, current_timestamp as updated_at
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

`models/orders.sql`:
```sql
{{ config(materialized='incremental', unique_key='event_id', on_schema_change='fail', cluster_by='event_id') }}
select event_id, updated_at, max(day) as day from {{ ref('events') }}
{% if is_incremental() %}
where day >= date_sub(current_date(), interval 3 day)
{% endif %}
group by event_id, updated_at
```

`models/events.sql`:
```sql
{{ config(materialized='table', partition_by={'field': 'day', 'data_type': 'date'}) }}
select 1 as event_id, date '2024-01-01' as day, current_timestamp as updated_at
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import DbtNode, NodeRef, Value
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.rules.base import Context, Finding, Related, rule
from tidegate_analyzers.rules.incrementals import calls_macro, incremental_models
from tidegate_analyzers.safety.verdict import Step

_BY_PARTITION = frozenset(("athena", "bigquery", "glue", "spark"))
_WITH_STATISTICS = frozenset(("delta", "hudi", "iceberg"))


@rule(
    "TG903",
    "partition-filter-missing",
    category="cost",
    severity="info",
    profiles=("strict",),
    looks_at=("dbt_sql",),
    wants=("nodes",),
)
def partition_filter_missing(ctx: Context) -> Iterator[Finding]:
    """Each input of an incremental model that is partitioned by what the model does not filter."""
    project = ctx.view.layout.project_of(ctx.path)
    if project is None or project.adapter not in _BY_PARTITION:
        return
    for key, node in incremental_models(ctx):
        if (
            node.load is None
            or node.load.opaque
            or node.traits is None
            or not any(node.load.arms)
            or calls_macro(ctx, key.path, node)
        ):
            continue
        limits = set(node.traits.limits)
        told: set[NodeKey] = set()
        for ref in node.refs:
            found = _partitions(ctx, ref)
            if found is None or found[0] in told or ref.conditional:
                continue
            upper, place, fields = found
            told.add(upper)
            if limits & {field.casefold() for field in fields}:
                ctx.passed(
                    ref.site, node.name, [Step("held", f"{' and '.join(fields)} stands in a condition", "", *place)]
                )
                continue
            yield ctx.finding(
                ref.site,
                f"every run reads all partitions of '{upper.name}': nothing in the query limits {' or '.join(fields)}",
                proved=False,
                subject=f"{node.name} {upper.name}",
                evidence=[
                    Step("fact", f"'{upper.name}' is partitioned by {', '.join(fields)}", "", *place),
                    Step("failed", "no condition of the query holds the column", "", key.path, node.site),
                ],
                related=[Related(*place, "it is partitioned here")],
            )


def _partitions(ctx: Context, ref: NodeRef) -> tuple[NodeKey, tuple[str, int], tuple[str, ...]] | None:
    """The model behind a reference, where its partitions are set, and their columns."""
    found = dbt.resolve_ref(ctx.view, ctx.path, ref)
    if found.node is None or found.node.kind != "model" or found.node.path == ctx.path:
        return None
    upper: DbtNode | None = dbt.node_of(ctx.view, found.node)
    if upper is None or dbt.materialization(ctx.view, found.node) not in ("table", "incremental"):
        return None
    for name in ("file_format", "table_type"):
        stored = dbt.config_value(ctx.view, found.node, name)
        if stored is not None and (not stored.known or str(stored.value).casefold() in _WITH_STATISTICS):
            return None
    for name in ("partition_by", "partitioned_by"):
        given = dbt.config(ctx.view, found.node, name)
        if given is not None:
            fields = _fields(given[1])
            return (found.node, (given[0], given[1].site), fields) if fields else None
    return None


def _fields(value: Value) -> tuple[str, ...]:
    """The columns of a partition setting; none where it holds expressions, or can't be read."""
    given = value.value if value.known else None
    if isinstance(given, dict):
        if given.get("time_ingestion_partitioning"):
            return ()
        given = given.get("field")
    names = [name for name in (given if isinstance(given, list) else [given]) if isinstance(name, str)]
    whole = len(names) == (len(given) if isinstance(given, list) else 1)
    return tuple(names) if whole and all(map(str.isidentifier, names)) else ()
