"""An incremental model that adds rows it has added before.

An incremental model without a key is not wrong as such: most of them take only rows newer than what they hold,
replace a partition, or let the engine remove duplicates. This rule speaks only where the second run is shown to
add rows again: there is no filter at all, the filter takes rows at or around the newest ones (`>=`, a look-back)
without a key to match them, the filter goes by the clock alone, or a key is set that the strategy ignores.

The strategy, the key and the materialization are merged from the file, the YAML and the folders as dbt merges
them; an adapter or strategy that is not known keeps the rule silent.

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

`models/events.sql`:
```sql
{{ config(materialized='incremental', on_schema_change='fail') }}
select * from {{ source('app', 'events') }}
{% if is_incremental() %}
where created_at >= (select max(created_at) from {{ this }})
{% endif %}
```

`models/sources.yml`:
```yaml
sources:
  - name: app
    freshness: {error_after: {count: 1, period: day}}
    tables:
      - name: events
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

`models/events.sql`:
```sql
{{ config(materialized='incremental', incremental_strategy='merge', unique_key='event_id', on_schema_change='fail') }}
select * from {{ source('app', 'events') }}
{% if is_incremental() %}
where created_at >= (select max(created_at) from {{ this }})
{% endif %}
```

`models/sources.yml`:
```yaml
sources:
  - name: app
    freshness: {error_after: {count: 1, period: day}}
    tables:
      - name: events
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.rules.base import EVERYWHERE, Context, Finding, Offer, Related, rule
from tidegate_analyzers.safety.models import judge
from tidegate_analyzers.safety.verdict import Safety, Verdict

_OTHER_KEYED = {"postgres": "merge", "redshift": "merge", "snowflake": "delete+insert", "trino": "delete+insert"}
"""Adapters with two strategies that match rows by key, by https://docs.getdbt.com/docs/build/incremental-strategy: the
one they don't take by themselves."""


@rule(
    "TG202",
    "incremental-duplicates-on-rerun",
    category="reliability",
    severity="error",
    profiles=(*EVERYWHERE[:3],),
    looks_at=("dbt_sql",),
    wants=("nodes",),
)
def incremental_duplicates_on_rerun(ctx: Context) -> Iterator[Finding]:
    """Each incremental model of the file."""
    for i, node in enumerate(ctx.facts.nodes):
        if node.kind != "model" or (node.load is None and not ctx.explaining):
            continue
        key = NodeKey(ctx.path, i, node.name, node.kind)
        if dbt.materialization(ctx.view, key) != "incremental" and not ctx.explaining:
            continue
        found = judge(ctx.view, key)
        if not found.safety.unsafe:
            ctx.passed(node.site, node.name, found.steps)
            continue
        repeats = found.safety is Safety.OVERLAP or found.everything
        yield ctx.finding(
            _site(found, node.site),
            _message(node.name, found),
            severity="error" if repeats else "warning",
            proved=found.proved,
            subject=node.name,
            evidence=found.steps,
            related=_related(ctx, key),
            offers=_offers(ctx, key),
        )


def _site(found: Verdict, fallback: int) -> int:
    """The filter that is to blame, else the model's name."""
    wanted = "takes rows at or around" if found.safety is Safety.OVERLAP else "by the current time"
    return next(
        (step.site for step in found.steps if step.outcome == "fact" and wanted in step.text and step.site), fallback
    )


def _message(name: str, found: Verdict) -> str:
    if found.safety is Safety.OVERLAP:
        return f"every run adds the newest rows of '{name}' again: the filter takes rows it holds already, and no unique_key matches them"
    if found.safety is Safety.WALL_CLOCK:
        return f"running '{name}' again adds the same rows again: the filter goes by the current time, and no unique_key matches them"
    if found.everything:
        return f"every run adds all rows of '{name}' again: no filter and no unique_key holds them back"
    return f"running '{name}' again for the same window adds its rows again: no unique_key matches them"


def _related(ctx: Context, key: NodeKey) -> Iterator[Related]:
    ignored = dbt.config(ctx.view, key, "unique_key")
    if ignored is not None and ignored[1].value:
        yield Related(ignored[0], ignored[1].site, "this key is not used by the strategy append")


def _offers(ctx: Context, key: NodeKey) -> Iterator[Offer]:
    given = dbt.unique_key(ctx.view, key)
    columns = dbt.key_columns(ctx.view, key) if given is None else given
    title = f"Merge by {', '.join(columns)}" if columns else "Merge by key"
    yield Offer("dbt.unique-key", title, False, (key.path, str(key.index)))
    project = ctx.view.layout.project_of(key.path)
    if project is not None and (other := _OTHER_KEYED.get(project.adapter)):
        yield Offer(
            "dbt.unique-key", f"{title} with incremental_strategy={other}", False, (key.path, str(key.index), other)
        )
