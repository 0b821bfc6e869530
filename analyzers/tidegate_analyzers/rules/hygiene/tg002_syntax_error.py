"""A file that can't be read as what it is.

A broken file keeps the facts around the fault, and what was read of it before; but nothing can be said about
the part that is broken, and the tool that runs it will stop there.

## Bad

`dbt_project.yml`:
```yaml
name: shop
profile: shop
```

`models/orders.sql`:
```sql
select * from {{ ref('customers') }
```

`models/customers.sql`:
```sql
select 1 as customer_id
```

## Good

`dbt_project.yml`:
```yaml
name: shop
profile: shop
```

`models/orders.sql`:
```sql
select * from {{ ref('customers') }}
```

`models/customers.sql`:
```sql
select 1 as customer_id
```
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from tidegate_analyzers.rules.base import EVERYWHERE, Context, Finding, rule

_MOST = 50


@rule(
    "TG002",
    "syntax-error",
    category="reliability",
    severity="error",
    profiles=EVERYWHERE,
    looks_at=("dbt_sql", "dbt_yaml", "dbt_project", "dbt_python", "yaml", "python", "packages"),
    wants=("problems",),
)
def syntax_error(ctx: Context) -> Iterator[Finding]:
    """The faults that the file's own syntax proves; of very many the first, from which the others follow."""
    faults = (problem for problem in ctx.facts.problems if problem.code == "TG002")
    for problem in islice(faults, _MOST):
        yield ctx.finding(problem.site, problem.message)
