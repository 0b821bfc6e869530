"""A suppression that silences nothing.

What it was written against is gone, or it names a code that is not raised there. Left in place it would hide
the next finding of that kind.

## Bad

`dbt_project.yml`:
```yaml
name: shop
profile: shop
```

`models/orders.sql`:
```sql
-- tidegate: ignore[TG706] — the model comes with the next release
select 1 as order_id
```

## Good

`dbt_project.yml`:
```yaml
name: shop
profile: shop
```

`models/orders.sql`:
```sql
-- tidegate: ignore[TG706] — the model comes with the next release
select * from {{ ref('orders_next') }}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.rules.base import RECOMMENDED, Context, Finding, rule
from tidegate_analyzers.rules.hygiene.tg000_suppression_without_reason import EVERY_FILE


@rule(
    "TG001",
    "unused-suppression",
    category="operability",
    severity="warning",
    profiles=RECOMMENDED,
    looks_at=EVERY_FILE,
    wants=("suppressions",),
)
def unused_suppression(ctx: Context) -> Iterator[Finding]:
    """Made by `check`, which alone knows what a suppression silenced; see `check.suppressed`."""
    yield from ()
