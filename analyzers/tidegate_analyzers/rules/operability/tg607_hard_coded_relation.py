"""A table that a model names by hand.

dbt knows of what stands in `ref` and `source` only. A table that is named in the text is missing in the lineage, is
not built first, has no freshness, and stays the one of production when somebody develops.

Names of which a part is only known at run time are left alone, and so are what a database keeps of itself
(`information_schema` and the like), files, table functions, and the arrays of a table that stand behind it in `from`.

## Bad

`dbt_project.yml`:
```yaml
name: shop
profile: shop
```

`models/stg_orders.sql`:
```sql
select order_id from raw.orders
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
```

`models/stg_orders.sql`:
```sql
select order_id from {{ source('raw', 'orders') }}
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.facts import Relation
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.dbt.literal import call_for
from tidegate_analyzers.graph.dbt.sources import CATALOGS
from tidegate_analyzers.rules.base import RECOMMENDED, Context, Finding, Offer, rule

_OWN = re.compile(r"(?:svv|svl|svcs|stl|stv|pg|information_schema)_?\w*|snowflake|mysql", re.I)
"""Names of what databases keep of themselves."""
_FILE = re.compile(r"[/\\:]|\.(?:csv|json|parquet|orc|avro)$", re.I)


@rule(
    "TG607",
    "hard-coded-relation",
    category="operability",
    severity="warning",
    profiles=RECOMMENDED,
    looks_at=("dbt_sql",),
    wants=("nodes",),
)
def hard_coded_relation(ctx: Context) -> Iterator[Finding]:
    """Each table that a model names with its schema; once a model."""
    project = ctx.view.layout.project_of(ctx.path)
    if ctx.shielded or project is None or project.installed:
        return
    for i, node in enumerate(ctx.facts.nodes):
        key = dbt.NodeKey(ctx.path, i, node.name, node.kind)
        if node.kind != "model" or not node.tables or dbt.is_on(ctx.view, key) is False:
            continue
        seen: set[str] = set()
        for read in node.tables:
            name = str(read.relation)
            if name.casefold() in seen or not _is_foreign(read.relation, node.name):
                continue
            seen.add(name.casefold())
            call = call_for(ctx.view, ctx.path, read.relation)
            args = (ctx.path, str(i), name)
            if call:
                offers = [Offer("dbt.use-call", f"Replace by {call}", False, (*args, call))]
            else:
                offers = [Offer("dbt.declare-source", f"Declare '{name}' as a source", False, args)]
            yield ctx.finding(
                read.site,
                f"'{name}' is named by hand, so dbt's lineage ends here; expected "
                + (call if call else "a source or a ref"),
                subject=name,
                offers=offers,
            )


def _is_foreign(relation: Relation, own: str) -> bool:
    """Whether a relation has a schema, is known, and is no file, no catalogue and not the model itself."""
    if relation.dynamic or len(relation.parts) < 2 or relation.name == own.casefold():
        return False
    if any(_FILE.search(part) or not part for part in relation.parts):
        return False
    *outer, last = (part.casefold() for part in relation.parts)
    return not (CATALOGS.intersection(outer) or any(_OWN.fullmatch(part) for part in outer) or _OWN.fullmatch(last))
