"""A sensitive column that is published as it is.

A column that is said to hold personal or restricted data keeps being that in every table its values are copied to. In
one that others read it is out of sight of those who classified it: nobody restricts who may see it, and nobody finds
it when it has to be deleted.

What says that a column is sensitive: `classification` in a data contract; in dbt's YAML a mark or a level in `meta`
(`pii`, `contains_pii`, `sensitive`, `classification`, …), a tag of that kind, or policy tags. From there the column
is followed through models, common table expressions and `*`, as long as it is passed on as it is. Whatever is
computed from it (a hash, a mask, a count, a macro) is not told of, and neither is a column of which somebody says
that it is sensitive as well, masked, or explicitly not sensitive (`pii: false`). Which models are published is
decided as in [TG101](TG101.md).

## Bad

`dbt_project.yml`:
```yaml
name: shop
profile: shop
```

`models/shop.yml`:
```yaml
sources:
  - name: web
    freshness: {warn_after: {count: 1, period: day}}
    loaded_at_field: _loaded_at
    tables:
      - name: customers
        columns:
          - name: customer_id
            data_tests: [unique, not_null]
          - name: email
            meta: {contains_pii: true}
models:
  - name: dim_customers
    access: public
    group: sales
    config:
      contract: {enforced: true}
    columns:
      - name: customer_id
        data_type: integer
        data_tests: [unique, not_null]
      - name: email
        data_type: varchar
groups:
  - name: sales
    owner: {name: sales}
```

`models/stg_customers.sql`:
```sql
select customer_id, email from {{ source('web', 'customers') }}
```

`models/dim_customers.sql`:
```sql
select customer_id, email from {{ ref('stg_customers') }}
```

## Good

`dbt_project.yml`:
```yaml
name: shop
profile: shop
```

`models/shop.yml`:
```yaml
sources:
  - name: web
    freshness: {warn_after: {count: 1, period: day}}
    loaded_at_field: _loaded_at
    tables:
      - name: customers
        columns:
          - name: customer_id
            data_tests: [unique, not_null]
          - name: email
            meta: {contains_pii: true}
models:
  - name: dim_customers
    access: public
    group: sales
    config:
      contract: {enforced: true}
    columns:
      - name: customer_id
        data_type: integer
        data_tests: [unique, not_null]
      - name: email_hash
        data_type: varchar
groups:
  - name: sales
    owner: {name: sales}
```

`models/stg_customers.sql`:
```sql
select customer_id, email from {{ source('web', 'customers') }}
```

`models/dim_customers.sql`:
```sql
select customer_id, sha256(email) as email_hash from {{ ref('stg_customers') }}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Site
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.boundaries import Boundary
from tidegate_analyzers.graph.changes import title
from tidegate_analyzers.graph.classified import leak, said_of
from tidegate_analyzers.graph.columns import ColumnKey, KnownColumn, dataset_columns, node_columns
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.rules.base import Context, Finding, Offer, Related, rule
from tidegate_analyzers.rules.contracts.published import published_models
from tidegate_analyzers.safety.verdict import Step


@rule(
    "TG911",
    "pii-unmasked-downstream",
    category="operability",
    severity="warning",
    looks_at=("dbt_sql", "dbt_yaml"),
    wants=("nodes", "properties"),
)
def pii_unmasked_downstream(ctx: Context) -> Iterator[Finding]:
    """The columns of published models that are sensitive columns of others, unchanged."""
    for site, key, boundary in published_models(ctx):
        if _hides(ctx, key):
            continue
        for column in node_columns(ctx.view, key).items:
            own = ColumnKey(key, column.name.casefold())
            way = leak(ctx.view, own)
            if not way:
                continue
            said = said_of(ctx.view, own)
            if not said.settles:
                yield _finding(ctx, site, boundary, column, own, way, said.low)


def _hides(ctx: Context, key: NodeKey) -> bool:
    """Whether a hook of the model puts masks on its columns."""
    hooks = [dbt.config_value(ctx.view, key, name) for name in ("post_hook", "post-hook")]
    return any(hook is not None and "mask" in (hook.text or str(hook.value)).casefold() for hook in hooks)


def _finding(
    ctx: Context,
    site: Site,
    boundary: Boundary,
    column: KnownColumn,
    own: ColumnKey,
    way: tuple[ColumnKey, ...],
    low: str,
) -> Finding:
    origin = way[-1]
    said = said_of(ctx.view, origin)
    tagged = "policytags/" in said.sensitive
    classified = "has a policy tag" if tagged else f"is classified '{said.sensitive}'"
    model, name = title(ctx.view, own.dataset), f"{title(ctx.view, origin.dataset)}.{_name(ctx, origin)}"
    through = [f"'{title(ctx.view, step.dataset)}'" for step in reversed(way[:-1])]
    passed = f" (through {', '.join(through)})" if through else ""
    instead = f"here it is said to be '{low}'" if low else "expected a classification here, or masked values"
    declared = column.declared
    offers = []
    if declared is not None and not low and not tagged:
        text = f"Classify '{column.name}' as '{said.sensitive}' too"
        offers.append(Offer("columns.classify", text, True, (column.declared_in, str(declared.site), said.sensitive)))
    hops = [
        (*_place(ctx, step), f"it is '{_name(ctx, step)}' of '{title(ctx.view, step.dataset)}'") for step in way[:-1]
    ]
    return ctx.finding(
        _site(ctx, column, site),
        f"'{column.name}' of the published model '{model}' is '{name}' unchanged{passed}, which {classified}; {instead}",
        proved=boundary.certain,
        subject=column.name,
        evidence=[
            Step("fact", f"'{model}' is published: {boundary.why}", "", boundary.path, boundary.site),
            *(Step("fact", text, "", path, place) for path, place, text in hops),
            Step("fact", f"'{name}' {classified}", "", said.path, said.site),
            Step("failed", "nothing on the way changes its values, and nobody says here that they are sensitive"),
        ],
        related=[
            Related(said.path, said.site, f"'{name}' {classified}"),
            *(Related(path, place, text) for path, place, text in hops if place),
        ],
        offers=offers,
    )


def _site(ctx: Context, column: KnownColumn, whole: Site) -> Site:
    """Where a column stands in the file that is looked at, else what stands for the model."""
    if column.declared is not None and column.declared_in == ctx.path:
        return column.declared.site
    return column.site if column.path == ctx.path and column.site else whole


def _name(ctx: Context, key: ColumnKey) -> str:
    known = dataset_columns(ctx.view, key.dataset).get(key.name)
    return known.name if known is not None else key.name


def _place(ctx: Context, key: ColumnKey) -> tuple[str, Site]:
    known = dataset_columns(ctx.view, key.dataset).get(key.name)
    return (known.path, known.site) if known is not None else (key.dataset.path, 0)
