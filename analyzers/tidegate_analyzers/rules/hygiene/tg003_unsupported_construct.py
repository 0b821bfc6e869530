"""Something that is not understood, so that nothing is said about it.

One or two in a hundred valid SQL files use a construct that the parser does not know, or hide it in a macro.
This hint says where, so that silence is not taken for approval. It is no fault of the file.

## Bad

`dbt_project.yml`:
```yaml
name: shop
profile: shop
```

`models/orders.sql`:
```sql
select order_id, json_object(order_id : amount with with) as payload from {{ source('shop', 'orders') }}
```

`models/sources.yml`:
```yaml
sources:
  - name: shop
    freshness: {error_after: {count: 1, period: day}}
    tables:
      - name: orders
```

## Good

`dbt_project.yml`:
```yaml
name: shop
profile: shop
```

`models/orders.sql`:
```sql
select order_id, amount from {{ source('shop', 'orders') }}
```

`models/sources.yml`:
```yaml
sources:
  - name: shop
    freshness: {error_after: {count: 1, period: day}}
    tables:
      - name: orders
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.graph import tasks
from tidegate_analyzers.rules.base import RECOMMENDED, Context, Finding, rule


@rule(
    "TG003",
    "unsupported-construct",
    category="operability",
    severity="hint",
    profiles=RECOMMENDED,
    looks_at=("dbt_sql", "dbt_python", "sql", "yaml", "dbt_yaml", "python"),
    wants=("problems",),
)
def unsupported_construct(ctx: Context) -> Iterator[Finding]:
    """SQL that the parser can't read, in models and in scripts that something runs."""
    if ctx.facts.role == "sql" and not tasks.runners(ctx.view, ctx.path) and not _is_load_path(ctx):
        return
    for problem in ctx.facts.problems:
        if problem.code == "TG003":
            yield ctx.finding(problem.site, f"not understood, so not analysed: {problem.message}", proved=False)


def _is_load_path(ctx: Context) -> bool:
    return any(ctx.path.startswith(folder.rstrip("/") + "/") for folder in ctx.view.layout.options.load_paths)
