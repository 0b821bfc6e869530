"""A source that enters the project unchecked.

Neither the table nor the models that read it first have a test: what an upstream system breaks is found where it
hurts, in the marts.

Only tables that a model or snapshot reads are looked at. A test of the table, of any model that reads it directly, a
singular test that reads it and quality rules in the table's data contract all count; so does a test of the model that
makes the table, where another model of the workspace has its name and doesn't come of it.

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
    freshness: {error_after: {count: 1, period: day}}
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
    freshness: {error_after: {count: 1, period: day}}
    tables:
      - name: orders
        columns:
          - name: order_id
            data_tests: [not_null, unique]
```

`models/stg_orders.sql`:
```sql
select order_id from {{ source('raw', 'orders') }}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import SourceTable
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.contracts import described
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.dbt.selected import ancestors
from tidegate_analyzers.graph.dbt.sources import source_tables
from tidegate_analyzers.rules.base import Context, Finding, Offer, rule
from tidegate_analyzers.rules.contracts.groups import project_group
from tidegate_analyzers.safety.verdict import Step


@rule(
    "TG309",
    "unvalidated-source",
    category="data-quality",
    severity="info",
    profiles=("strict",),
    looks_at=("dbt_yaml",),
    wants=("sources",),
    of_whole=True,
    absence="{have} of {n} {what} are tested where they enter",
)
def unvalidated_source(ctx: Context) -> Iterator[Finding]:
    """Each table of a source that something reads."""
    if ctx.shielded:
        return
    group = project_group(ctx.view, ctx.path, "tables")
    for number, table, readers in source_tables(ctx.view, ctx.path):
        name = f"{table.source}.{table.name}"
        held = _validated(ctx, table, readers)
        ctx.count(group, has=bool(held))
        if held:
            ctx.passed(table.site, name, [Step("held", held, "tested")])
            continue
        yield ctx.finding(
            table.site,
            f"neither '{name}' nor what reads it first has a test",
            subject=name,
            evidence=[Step("fact", f"'{reader.name}' reads it and has no test", "", reader.path) for reader in readers],
            offers=[Offer("dbt.source-tests", f"Test '{name}'", False, (ctx.path, str(number)))],
            group=group,
        )


def _validated(ctx: Context, table: SourceTable, readers: list[NodeKey]) -> str:
    if table.tests:
        return "it has tests"
    for reader in readers:
        project = ctx.view.layout.project_of(reader.path)
        if any(entry.tests for _, entry in dbt.properties_of(ctx.view, project, reader.kind, reader.name)):
            return f"'{reader.name}' has tests"
        if any(kind == "test" for _, kind in dbt.users(ctx.view, reader)):
            return f"a test reads '{reader.name}'"
    if (maker := _maker(ctx, table, readers)) is not None:
        return f"'{maker.name}', which makes it, has tests"
    for posting in ctx.view.find(f"uses:source:{table.source}.{table.name}"):
        facts = ctx.view.facts(posting.path)
        if posting.kind == "node" and facts is not None and facts.nodes[posting.number].kind == "test":
            return f"the test {posting.path} reads it"
    if not table.relation.dynamic:
        for posting, obj in described(ctx.view, table.relation.name, table.relation.parts):
            if obj.quality:
                return f"the contract {posting.path} has quality rules"
    return ""


def _maker(ctx: Context, table: SourceTable, readers: list[NodeKey]) -> NodeKey | None:
    """A tested model that has the name of the table and is not made of it: the source is its result, read back."""
    for posting in ctx.view.find(f"node:{table.relation.name}"):
        facts = ctx.view.facts(posting.path)
        if facts is None or posting.kind != "node" or facts.nodes[posting.number].kind != "model":
            continue
        maker = NodeKey(posting.path, posting.number, facts.nodes[posting.number].name, "model")
        project = ctx.view.layout.project_of(maker.path)
        tested = any(entry.tests for _, entry in dbt.properties_of(ctx.view, project, "model", maker.name))
        if tested and not ({maker, *ancestors(ctx.view, maker)} & set(readers)):
            return maker
    return None
