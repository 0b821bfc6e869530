"""A reference to a model with versions that names none.

It means the latest version, and so another one on the day the producer makes a new one the latest: the consumer
breaks by a change it was to be protected from. With `v=` it moves when its owner says so.

A model with one version only is left alone, and so are references whose version is computed.

## Bad

`dbt_project.yml`:
```yaml
name: shop
profile: shop
```

`models/customers_v1.sql`:
```sql
select 1 as customer_id
```

`models/customers_v2.sql`:
```sql
select 1 as customer_key
```

`models/models.yml`:
```yaml
models:
  - name: customers
    latest_version: 1
    versions:
      - v: 1
      - v: 2
```

`models/int_customers.sql`:
```sql
select customer_id from {{ ref('customers') }}
```

## Good

`dbt_project.yml`:
```yaml
name: shop
profile: shop
```

`models/customers_v1.sql`:
```sql
select 1 as customer_id
```

`models/customers_v2.sql`:
```sql
select 1 as customer_key
```

`models/models.yml`:
```yaml
models:
  - name: customers
    latest_version: 1
    versions:
      - v: 1
      - v: 2
```

`models/int_customers.sql`:
```sql
select customer_id from {{ ref('customers', v=1) }}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import NodeRef
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.dbt.versions import as_argument, latest_version, versioned
from tidegate_analyzers.rules.base import Context, Finding, Offer, Related, rule


@rule(
    "TG708",
    "unpinned-version-ref",
    category="reliability",
    severity="hint",
    profiles=("strict",),
    looks_at=("dbt_sql", "dbt_yaml"),
    wants=("nodes", "exposures"),
)
def unpinned_version_ref(ctx: Context) -> Iterator[Finding]:
    """References of models, snapshots, tests and exposures."""
    project = ctx.view.layout.project_of(ctx.path)
    if project is None or project.installed:
        return
    for node in ctx.facts.nodes:
        for ref in node.refs:
            yield from _reference(ctx, ref)
    for exposure in ctx.facts.exposures:
        for ref in exposure.refs:
            yield from _reference(ctx, ref)


def _reference(ctx: Context, ref: NodeRef) -> Iterator[Finding]:
    if ref.function != "ref" or ref.version or not ref.names:
        return
    resolution = dbt.resolve_ref(ctx.view, ctx.path, ref)
    if resolution.state != "found" or resolution.node is None:
        return
    name = ref.names[-1]
    found = versioned(ctx.view, ctx.view.layout.project_of(resolution.node.path), name)
    if found is None or len(found[1].numbers) < 2:
        return
    path, entry = found
    latest = latest_version(entry)
    known = ", ".join(entry.numbers)
    pinned = "ref(" + ", ".join(f"'{part}'" for part in ref.names) + f", v={as_argument(latest)})"
    offers = [Offer("text.replace", f"Pin version {latest}", True, (ctx.path, str(ref.site), pinned))]
    yield ctx.finding(
        ref.sites[-1] if ref.sites else ref.site,
        f"'{name}' has the versions {known}, and this takes whichever is the latest"
        + (f", now {latest}" if latest else ""),
        subject=name,
        related=[Related(path, entry.site, f"the versions of '{name}'")],
        offers=offers if latest in entry.numbers else [],
    )
