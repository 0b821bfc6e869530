"""Something reads a dataset whose support has ended.

It still has rows, so nothing fails; but nobody repairs them any more, and one day it is gone. A model is at its end when
its `deprecation_date`, or that of the version that is read, has passed; other data when its contract says `deprecated`
or `retired`, or when the day of `endOfSupport` or `endOfLife` among its service levels has passed.

What is at its end itself may read what is. Where several contracts describe a dataset, all must have ended.

## Bad

`dbt_project.yml`:
```yaml
name: shop
profile: shop
```

`models/old_orders.sql`:
```sql
select 1 as order_id
```

`models/models.yml`:
```yaml
models:
  - name: old_orders
    deprecation_date: 2020-12-31
```

`models/int_orders.sql`:
```sql
select order_id from {{ ref('old_orders') }}
```

## Good

`dbt_project.yml`:
```yaml
name: shop
profile: shop
```

`models/old_orders.sql`:
```sql
select 1 as order_id
```

`models/models.yml`:
```yaml
models:
  - name: old_orders
    deprecation_date: 2999-12-31
```

`models/int_orders.sql`:
```sql
select order_id from {{ ref('old_orders') }}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import NodeRef, Relation, Site
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.dbt.versions import as_argument
from tidegate_analyzers.graph.ended import End, end_by_contract, end_of_node, end_of_ref
from tidegate_analyzers.rules.base import RECOMMENDED, Context, Finding, Offer, Related, rule


@rule(
    "TG707",
    "deprecated-dataset-used",
    category="reliability",
    severity="warning",
    profiles=RECOMMENDED,
    looks_at=("dbt_sql", "dbt_python", "dbt_yaml", "python", "sql", "yaml"),
    wants=("nodes", "exposures", "sql", "pipelines"),
)
def deprecated_dataset_used(ctx: Context) -> Iterator[Finding]:
    """References of models, snapshots and exposures, tables that SQL reads, inputs of pipelines."""
    project = ctx.view.layout.project_of(ctx.path)
    if ctx.shielded or (project is not None and project.installed):
        return
    for i, node in enumerate(ctx.facts.nodes):
        key = NodeKey(ctx.path, i, node.name, node.kind)
        if node.kind not in ("model", "snapshot") or not node.refs or dbt.is_on(ctx.view, key) is False:
            continue
        if end_of_node(ctx.view, key) is None:
            for ref in node.refs:
                yield from _reference(ctx, ref)
    for exposure in ctx.facts.exposures:
        for ref in exposure.refs:
            yield from _reference(ctx, ref)
    for text in ctx.facts.sql:
        for read in text.reads:
            if read.relation.kind == "table" and len(read.relation.parts) > 1:
                yield from _relation(ctx, read.relation, read.site)
    for pipeline in ctx.facts.pipelines:
        for stage in pipeline.stages:
            for read in stage.inputs:
                if len(read.relation.parts) > 1:
                    yield from _relation(ctx, read.relation, read.site)


def _reference(ctx: Context, ref: NodeRef) -> Iterator[Finding]:
    end = end_of_ref(ctx.view, ctx.path, ref) if ref.names else None
    if end is None:
        return
    offers = []
    if end.successor and ref.version:
        call = "ref(" + ", ".join(f"'{name}'" for name in ref.names) + f", v={as_argument(end.successor)})"
        offers = [Offer("text.replace", f"Read version {end.successor}", False, (ctx.path, str(ref.site), call))]
    yield _finding(ctx, ref.sites[-1] if ref.sites else ref.site, end, ref.names[-1], offers)


def _relation(ctx: Context, relation: Relation, site: Site) -> Iterator[Finding]:
    end = end_by_contract(ctx.view, relation)
    if end is not None and end.path != ctx.path:
        yield _finding(ctx, site, end, str(relation), [])


def _finding(ctx: Context, site: Site, end: End, subject: str, offers: list[Offer]) -> Finding:
    words = f"; version {end.successor} takes its place" if end.successor else ""
    return ctx.finding(
        site,
        f"{end.why}{words}",
        proved=end.certain,
        subject=subject,
        related=[Related(end.path, end.site, end.why)],
        offers=offers,
    )
