"""A full refresh would lose what the source no longer has.

An incremental model gathers: after a year it holds a year, though its source keeps thirty days. `dbt run --full-refresh`,
typed to mend something else, drops it and builds it again from those thirty days. `full_refresh: false` makes dbt run
such a model incrementally whatever the command line says.

The rule speaks where something says how long the source is kept: its contract, a pipeline specification, `meta.retention`.
It looks through views and ephemeral models. It is silent where `full_refresh` is set, where the model itself is kept no
longer than its source, and where what it reads first is a table of the project.

## Bad

`dbt_project.yml`:
```yaml
name: shop
profile: shop
```

`models/sources.yml`:
```yaml
sources:
  - name: app
    freshness: {warn_after: {count: 1, period: day}}
    loaded_at_field: sent_at
    tables:
      - name: clicks
        meta: {retention: 30d}
        columns:
          - {name: click_id, data_tests: [unique, not_null]}
```

`models/clicks.sql`:
```sql
{{ config(materialized='incremental', unique_key='click_id') }}
select click_id, sent_at from {{ source('app', 'clicks') }}
{% if is_incremental() %}
where sent_at >= (select max(sent_at) from {{ this }})
{% endif %}
```

## Good

`dbt_project.yml`:
```yaml
name: shop
profile: shop
```

`models/sources.yml`:
```yaml
sources:
  - name: app
    freshness: {warn_after: {count: 1, period: day}}
    loaded_at_field: sent_at
    tables:
      - name: clicks
        meta: {retention: 30d}
        columns:
          - {name: click_id, data_tests: [unique, not_null]}
```

`models/clicks.sql`:
```sql
{{ config(materialized='incremental', unique_key='click_id', full_refresh=false) }}
select click_id, sent_at from {{ source('app', 'clicks') }}
{% if is_incremental() %}
where sent_at >= (select max(sent_at) from {{ this }})
{% endif %}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import DbtNode, Relation, SourceTable
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.retention import OF_TOPIC, Kept, retentions
from tidegate_analyzers.rules.base import Context, Finding, Offer, Related, rule
from tidegate_analyzers.rules.incrementals import incremental_models
from tidegate_analyzers.safety.verdict import Step
from tidegate_analyzers.syntax import calendar

_MAX_VIEWS = 20


@rule(
    "TG507",
    "full-refresh-unprotected",
    category="cost",
    severity="hint",
    profiles=("strict",),
    looks_at=("dbt_sql",),
    wants=("nodes",),
)
def full_refresh_unprotected(ctx: Context) -> Iterator[Finding]:
    """Each incremental model with a source that is kept for a time only."""
    for key, node in incremental_models(ctx):
        found = next(_short(ctx, key, node), None)
        if found is None:
            continue
        name, kept = found
        fact = Step("fact", f"'{name}' is kept for {kept.text} ({kept.words})", "", kept.path, kept.site)
        given = dbt.config(ctx.view, key, "full_refresh")
        if given is not None:
            held = Step("held", "full_refresh is set", "", given[0], given[1].site)
            ctx.passed(node.site, node.name, [fact, held])
            continue
        own = _own(ctx, key)
        if own is not None and own <= kept.minutes:
            held = Step("held", f"it is itself kept for {calendar.duration_text(own)}", "", key.path, node.site)
            ctx.passed(node.site, node.name, [fact, held])
            continue
        args = (key.path, str(key.index), "full_refresh", "false")
        yield ctx.finding(
            node.site,
            f"a full refresh of '{node.name}' loses what is older than {kept.text}: '{name}' is kept no longer; expected full_refresh: false",
            subject=node.name,
            evidence=[fact, Step("failed", "nothing sets full_refresh")],
            related=[Related(kept.path, kept.site, "kept for this long")],
            offers=[Offer("dbt.set-config", "Never refresh it in full", False, args)],
        )


def _short(ctx: Context, key: NodeKey, node: DbtNode) -> Iterator[tuple[str, Kept]]:
    """The sources of a model that are kept for a time only, each with what says so for the longest."""
    seen = {key}
    queue = [(key, node)]
    while queue and len(seen) < _MAX_VIEWS:
        at, reader = queue.pop()
        for ref in reader.refs:
            found = dbt.resolve_ref(ctx.view, at.path, ref)
            if ref.function == "source" and found.source is not None:
                table = dbt.source_of(ctx.view, found.source)
                kept = _kept(ctx, table, found.source.path) if table is not None else []
                if table is not None and kept:
                    yield f"{table.source}.{table.name}", max(kept, key=lambda one: one.minutes)
            elif found.node is not None and found.node not in seen:
                seen.add(found.node)
                upper = dbt.node_of(ctx.view, found.node)
                if upper is not None and dbt.materialization(ctx.view, found.node) in ("view", "ephemeral"):
                    queue.append((found.node, upper))


def _kept(ctx: Context, table: SourceTable, path: str) -> list[Kept]:
    told = retentions(ctx.view, f"{table.source}.{table.name}", table.relation, path)
    return [one for one in told if one.words != OF_TOPIC]


def _own(ctx: Context, key: NodeKey) -> float | None:
    """How long the model itself is kept, in minutes, if anything says so."""
    told = dbt.meta(ctx.view, key, "retention")
    if isinstance(told, str):
        return calendar.duration(told)
    kept = retentions(ctx.view, "", Relation("table", (key.name,)), key.path)
    return min((one.minutes for one in kept if one.words != OF_TOPIC), default=None)
