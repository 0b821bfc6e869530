"""A contract that nobody answers for.

Somebody must be asked before a change and called when a promise is broken. A team, an owner among its members, a
support channel or a role is enough; a CODEOWNERS entry for the file makes it a matter of form.

## Bad

`contracts/orders.odcs.yaml`:
```yaml
apiVersion: v3.1.0
kind: DataContract
id: urn:shop:orders
version: 1.0.0
status: active
slaProperties:
  - {property: latency, value: 6, unit: h}
customProperties:
  - {property: tidegate.compatibility, value: FORWARD}
  - {property: tidegate.invalidRecords, value: {action: fail, definition: order_id is null}}
  - {property: tidegate.replay, value: {strategy: full_refresh}}
```

## Good

`contracts/orders.odcs.yaml`:
```yaml
apiVersion: v3.1.0
kind: DataContract
id: urn:shop:orders
version: 1.0.0
status: active
team:
  name: sales
slaProperties:
  - {property: latency, value: 6, unit: h}
customProperties:
  - {property: tidegate.compatibility, value: FORWARD}
  - {property: tidegate.invalidRecords, value: {action: fail, definition: order_id is null}}
  - {property: tidegate.replay, value: {strategy: full_refresh}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.contracts import owner_of_node
from tidegate_analyzers.rules.base import CRITICAL, Context, Finding, Offer, rule
from tidegate_analyzers.rules.contracts.published import published_models


@rule(
    "TG102",
    "contract-missing-owner",
    category="operability",
    severity="warning",
    profiles=CRITICAL,
    looks_at=("yaml", "dbt_yaml", "dbt_sql"),
    wants=("contracts", "properties", "nodes"),
    of_whole=True,
)
def contract_missing_owner(ctx: Context) -> Iterator[Finding]:
    """Each contract file, and each published model whose contract dbt enforces."""
    if ctx.shielded:
        return
    owners = ctx.view.layout.owners_of(ctx.path)
    for number, contract in enumerate(ctx.facts.contracts):
        if contract.owner or contract.owner_elsewhere:
            continue
        offer = Offer("odcs.owner", "Insert a team", True, (ctx.path, str(number)))
        yield ctx.finding(
            contract.site,
            f"nobody answers for the contract of '{contract.name or contract.id}'; expected 'team'"
            + (f" (CODEOWNERS names {', '.join(owners)})" if owners else ""),
            severity="info" if owners else "warning",
            subject=contract.id,
            offers=[offer],
        )
    for site, key, _ in published_models(ctx):
        if dbt.contract_enforced(ctx.view, key) is not None and not owner_of_node(ctx.view, key):
            offer = Offer("dbt.owner", "Insert an owner", True, (key.path, str(key.index), key.name))
            yield ctx.finding(
                site,
                f"nobody answers for the contract of '{key.name}'; expected a group or meta.owner",
                severity="info" if owners else "warning",
                subject=key.name,
                offers=[offer],
            )
