"""A contract that does not say how fresh its data is.

Consumers plan by the age of the newest row. A number with a unit can be checked and alerted on; without it, a
stale table looks like a healthy one. `latency` is the greatest age of the newest row when it is read;
`frequency` and `timeOfAvailability` say the same in other ways.

## Bad

`contracts/orders.odcs.yaml`:
```yaml
apiVersion: v3.1.0
kind: DataContract
id: urn:shop:orders
version: 1.0.0
status: active
team: {name: sales}
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
team: {name: sales}
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

from tidegate_analyzers.facts import Contract
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.postings import Posting
from tidegate_analyzers.rules.base import CRITICAL, Context, Finding, Offer, Related, rule

FRESHNESS = frozenset(
    ("latency", "ly", "freshness", "frequency", "fy", "timeofavailability", "time_of_availability", "tofavailability")
)


@rule(
    "TG103",
    "contract-missing-freshness",
    category="reliability",
    severity="warning",
    profiles=CRITICAL,
    looks_at=("yaml", "dbt_yaml"),
    wants=("contracts",),
    of_whole=True,
)
def contract_missing_freshness(ctx: Context) -> Iterator[Finding]:
    """Each contract file."""
    if ctx.shielded:
        return
    for number, contract in enumerate(ctx.facts.contracts):
        if (
            contract.status == "retired"
            or any(sla.property.casefold() in FRESHNESS for sla in contract.slas)
            or _static(contract)
        ):
            continue
        source = _source_with_freshness(ctx, contract)
        offer = Offer("odcs.freshness", "Insert a latency", True, (ctx.path, str(number)))
        words = (
            "; its dbt source has a freshness to copy"
            if source is not None
            else "; expected 'latency' among slaProperties"
        )
        related = [Related(source.path, 0, "the dbt source")] if source is not None else []
        yield ctx.finding(
            contract.site,
            f"the contract of '{contract.name or contract.id}' does not say how fresh its data is{words}",
            severity="hint" if source is not None else "warning",
            subject=contract.id,
            related=related,
            offers=[offer],
        )


def _static(contract: Contract) -> bool:
    value = contract.extension("static")
    return value is not None and value.value is True


def _source_with_freshness(ctx: Context, contract: Contract) -> Posting | None:
    for obj in contract.objects:
        name = (obj.physical.rpartition(".")[2] or obj.name).casefold()
        for posting in ctx.view.find(f"name:{name}"):
            if posting.kind == "source":
                table = dbt.source_of(ctx.view, posting)
                if table is not None and any(s.name == "freshness" and s.value.value for s in table.config):
                    return posting
    return None
