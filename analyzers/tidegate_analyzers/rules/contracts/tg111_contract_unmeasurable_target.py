"""A target that can't be measured, or a placeholder that was not filled in.

"Near real time" can't be checked; five minutes can. A value without a number or a duration without a unit is no
target. Quick-fixes leave `<placeholders>` where the workspace does not know the answer; each is marked here
until somebody fills it in.

## Bad

`contracts/orders.odcs.yaml`:
```yaml
apiVersion: v3.1.0
kind: DataContract
id: urn:shop:orders
version: 1.0.0
status: active
team: {name: sales}
slaProperties:
  - {property: latency, value: near real time}
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
  - {property: latency, value: 5, unit: min}
customProperties:
  - {property: tidegate.compatibility, value: FORWARD}
  - {property: tidegate.invalidRecords, value: {action: fail, definition: order_id is null}}
  - {property: tidegate.replay, value: {strategy: full_refresh}}
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.rules.base import CRITICAL, Context, Finding, rule

_DURATIONS = frozenset(("latency", "ly", "freshness", "frequency", "fy", "retention", "re"))
_MEASURE = re.compile(r"[-+]?\d|P\d|PT\d")


@rule(
    "TG111",
    "contract-unmeasurable-target",
    category="data-quality",
    severity="warning",
    profiles=CRITICAL,
    looks_at=("yaml", "dbt_yaml", "dbt_sql", "python", "sql"),
    wants=("problems", "contracts"),
)
def contract_unmeasurable_target(ctx: Context) -> Iterator[Finding]:
    """Service levels without a measure, and placeholders."""
    for problem in ctx.facts.problems:
        if problem.code == "TG111":
            yield ctx.finding(problem.site, problem.message, severity="hint")
    for contract in ctx.facts.contracts:
        for sla in contract.slas:
            value = sla.value.value
            if value is None or not sla.value.known or (isinstance(value, str) and value.startswith("<")):
                continue
            if isinstance(value, str) and not _MEASURE.match(value.strip()):
                yield ctx.finding(
                    sla.value.site, f"'{value}' can't be measured; expected a number with a unit", subject=contract.id
                )
            elif (
                sla.property.casefold() in _DURATIONS and isinstance(value, int | float) and not sla.unit and value != 0
            ):
                yield ctx.finding(sla.value.site, f"the {sla.property} {value} has no unit", subject=contract.id)
