"""A source of which nobody says how old its data may be.

When an upload stops, models go on building from what there was: every run succeeds and the marts look healthy. With
a `freshness` `dbt source freshness` notices first.

Only tables that a model or snapshot reads are looked at. A freshness of the whole source or of a folder in
`dbt_project.yml`, a test for recent data, a latency in the table's data contract and the tag `static` all count;
`freshness: null` says that none is wanted. Where a project has no such habit, the finding is one line for the project.

A freshness without `loaded_at_field` or `loaded_at_query` is a warning on the adapters that can't tell from the
table's metadata when it was written: there `dbt source freshness` ends with an error.

## Bad

`dbt_project.yml`:
```yaml
name: shop
profile: shop
```

`models/sources.yml`:
```yaml
sources:
  - name: raw
    tables:
      - name: orders
```

`models/stg_orders.sql`:
```sql
select order_id from {{ source('raw', 'orders') }}
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
  - name: raw
    tables:
      - name: orders
        loaded_at_field: _loaded_at
        freshness:
          error_after: {count: 12, period: hour}
```

`models/stg_orders.sql`:
```sql
select order_id from {{ source('raw', 'orders') }}
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.facts import Setting, SourceTable
from tidegate_analyzers.facts.data_tests import data_tests
from tidegate_analyzers.graph.contracts import contract_of, described
from tidegate_analyzers.graph.dbt.sources import source_setting, source_tables
from tidegate_analyzers.rules.base import RECOMMENDED, Context, Finding, Offer, rule
from tidegate_analyzers.rules.contracts.groups import project_group
from tidegate_analyzers.rules.contracts.tg103_contract_missing_freshness import FRESHNESS
from tidegate_analyzers.safety.verdict import Step

NEEDS_A_FIELD = frozenset(("clickhouse", "duckdb", "fabric", "mysql", "postgres", "spark", "sqlserver", "trino"))
"""Adapters whose `dbt source freshness` can't do without a `loaded_at_field`."""
_RECENT = re.compile(r"recen|fresh", re.I)
_STATIC = frozenset(("static", "seed"))


@rule(
    "TG601",
    "source-without-freshness",
    category="reliability",
    severity="info",
    profiles=RECOMMENDED,
    looks_at=("dbt_yaml",),
    wants=("sources",),
    of_whole=True,
    absence="{have} of {n} {what} have a freshness",
)
def source_without_freshness(ctx: Context) -> Iterator[Finding]:
    """Each table of a source that something reads."""
    if ctx.shielded:
        return
    group = project_group(ctx.view, ctx.path, "tables")
    for number, table, readers in source_tables(ctx.view, ctx.path):
        name = f"{table.source}.{table.name}"
        given = source_setting(ctx.view, ctx.path, table, "freshness")
        if _unwanted(given) or _static(ctx, table):
            ctx.passed(table.site, name, [Step("held", "no freshness is wanted", "unwanted")])
            continue
        held = _told(ctx, table, given)
        ctx.count(group, has=bool(held))
        args = (ctx.path, str(number))
        if not held:
            yield ctx.finding(
                table.site,
                f"nobody says how old the data of '{name}' may be",
                subject=name,
                evidence=[Step("fact", f"'{readers[0].name}' reads it", "", readers[0].path)],
                offers=[Offer("dbt.freshness", f"Insert a freshness for '{name}'", False, args)],
                group=group,
            )
            continue
        project = ctx.view.layout.project_of(ctx.path)
        if given is not None and project is not None and project.adapter in NEEDS_A_FIELD and not _dated(ctx, table):
            yield ctx.finding(
                table.site,
                f"the freshness of '{name}' can't be told on {project.adapter}: it has no loaded_at_field",
                severity="warning",
                subject=name,
                offers=[Offer("dbt.loaded-at", "Insert a loaded_at_field", False, args)],
            )
        else:
            ctx.passed(table.site, name, [Step("held", held, "told")])


def _unwanted(given: Setting | None) -> bool:
    return given is not None and given.value.known and given.value.value is None


def _static(ctx: Context, table: SourceTable) -> bool:
    tags = source_setting(ctx.view, ctx.path, table, "tags")
    if tags is None:
        return False
    named = tags.value.value if isinstance(tags.value.value, list) else [tags.value.value]
    return any(isinstance(tag, str) and tag.casefold() in _STATIC for tag in named)


def _told(ctx: Context, table: SourceTable, given: Setting | None) -> str:
    """What says how old the data may be, or empty."""
    if given is not None:
        return "it has a freshness"
    for test in data_tests(table.data_tests) if table.tests else ():
        if _RECENT.search(test.base_name):
            return f"the test '{test.name}' asks for recent data"
    if table.relation.dynamic:
        return ""
    for posting, _ in described(ctx.view, table.relation.name, table.relation.parts):
        contract = contract_of(ctx.view, posting)
        if contract is not None and any(sla.property.casefold() in FRESHNESS for sla in contract.slas):
            return f"the contract {posting.path} promises a latency"
    return ""


def _dated(ctx: Context, table: SourceTable) -> bool:
    return any(source_setting(ctx.view, ctx.path, table, name) for name in ("loaded_at_field", "loaded_at_query"))
