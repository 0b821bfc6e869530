"""A contract or pipeline specification that does not have the form it claims.

An ODCS file is checked against the official JSON Schema of its own `apiVersion`; what that schema accepts but
can't work (a key position that leaves a gap, an SLA on a column that does not exist) is a hint. A
`pipeline.yaml` is checked against the schema in `references/schemas`; a key it doesn't have is a warning, and so is what a
pipeline lacks that calls itself medium (a stage that validates) or large (a watermark, an answer to late data, an isolated
replay, stages that run in parallel). Of a file of the older Data Contract Specification it is asked what that can't do
without. Tools downstream read these files, and stop or, worse, skip what they don't know.

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
  - {property: latency, value: 6, unit: h}
schema:
  - name: orders
    properties:
      - {name: order_id, logicalType: text}
    quality:
      - {metric: rowCount, mustBeGreaterThan: 0}
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
schema:
  - name: orders
    properties:
      - {name: order_id, logicalType: string}
    quality:
      - {metric: rowCount, mustBeGreaterThan: 0}
customProperties:
  - {property: tidegate.compatibility, value: FORWARD}
  - {property: tidegate.invalidRecords, value: {action: fail, definition: order_id is null}}
  - {property: tidegate.replay, value: {strategy: full_refresh}}
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.rules.base import CRITICAL, Context, Finding, Offer, Severity, rule

_SUGGESTION = re.compile(r"did you mean '([^']+)'\?")
_LEVELS: dict[str, Severity] = {"TG107": "error", "TG107.warning": "warning", "TG107.loose": "hint"}


@rule(
    "TG107",
    "contract-invalid",
    category="data-quality",
    severity="error",
    profiles=(*CRITICAL, "minimal"),
    looks_at=("yaml", "dbt_yaml"),
    wants=("problems",),
)
def contract_invalid(ctx: Context) -> Iterator[Finding]:
    """Every violation that the reader met."""
    for problem in ctx.facts.problems:
        level = _LEVELS.get(problem.code)
        if level is None:
            continue
        close = _SUGGESTION.search(problem.message)
        offers = (
            [
                Offer(
                    "text.replace", f"Change to '{close.group(1)}'", True, (ctx.path, str(problem.site), close.group(1))
                )
            ]
            if close
            else []
        )
        yield ctx.finding(problem.site, problem.message, severity=level, offers=offers)
