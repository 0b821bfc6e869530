"""A published model whose key nobody tests.

Rows that come twice make every sum downstream wrong, and joins multiply them further. That its key is unique and
never null is the first thing consumers rely on, and the first that a changed join breaks.

`unique` and `not_null` of a column, a combination of columns, a primary key among the constraints, any test whose name
speaks of keys or duplicates, and a check for duplicates in the model's data contract all count. Where a project has
no such habit, the finding is one line for the project.

## Bad

`dbt_project.yml`:
```yaml
name: shop
profile: shop
```

`models/orders.sql`:
```sql
select 1 as order_id
```

`models/orders.yml`:
```yaml
models:
  - name: orders
    access: public
    group: sales
    config:
      contract: {enforced: true}
    columns:
      - {name: order_id, data_type: integer}
groups:
  - name: sales
    owner: {name: sales}
```

## Good

`dbt_project.yml`:
```yaml
name: shop
profile: shop
```

`models/orders.sql`:
```sql
select 1 as order_id
```

`models/orders.yml`:
```yaml
models:
  - name: orders
    access: public
    group: sales
    config:
      contract: {enforced: true}
    columns:
      - name: order_id
        data_type: integer
        data_tests: [unique, not_null]
groups:
  - name: sales
    owner: {name: sales}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.contracts import described
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.dbt.data_tests import tested_key
from tidegate_analyzers.rules.base import RECOMMENDED, Context, Finding, Offer, rule
from tidegate_analyzers.rules.contracts.groups import project_group
from tidegate_analyzers.rules.contracts.published import published_models
from tidegate_analyzers.safety.verdict import Step


@rule(
    "TG310",
    "missing-primary-key-test",
    category="data-quality",
    severity="info",
    profiles=RECOMMENDED,
    looks_at=("dbt_yaml", "dbt_sql", "dbt_python"),
    wants=("properties", "nodes"),
    of_whole=True,
    absence="{have} of {n} {what} have their key tested",
)
def missing_primary_key_test(ctx: Context) -> Iterator[Finding]:
    """Each published model."""
    for site, key, boundary in published_models(ctx):
        held, nullable = tested_key(ctx.view, key)
        held = held or _by_contract(ctx, key)
        group = project_group(ctx.view, key.path, "models")
        ctx.count(group, has=bool(held))
        if held:
            ctx.passed(site, key.name, [Step("held", held, "tested")])
            continue
        words = f": '{nullable[0]}' is tested to be unique, but it may be null" if nullable else ""
        yield ctx.finding(
            site,
            f"nothing tests the key of the published model '{key.name}'{words}",
            proved=boundary.certain,
            subject=key.name,
            evidence=[
                Step("fact", f"'{key.name}' is published: {boundary.why}", "", boundary.path or key.path, boundary.site)
            ],
            offers=[Offer("dbt.key-tests", "Test the key", False, (key.path, str(key.index), key.name))],
            group=group,
        )


def _by_contract(ctx: Context, key: NodeKey) -> str:
    """A data contract with a key and rules that are checked."""
    alias = dbt.config_value(ctx.view, key, "alias")
    table = alias.value if alias is not None and alias.known and isinstance(alias.value, str) else key.name
    for name in {table.casefold(), key.name.casefold()}:
        for posting, obj in described(ctx.view, name, (table,)):
            if obj.key and obj.quality:
                return f"the contract {posting.path} has a key and quality rules"
    return ""
