"""A contract that does not say what an invalid record is and where it goes.

Every rule of a contract will be broken by some record. What then happens to it (kept apart, turned away, the
load stopped, a default filled in) is part of the promise: it decides whether totals can be trusted. The custom
property `tidegate.invalidRecords` says it.

While no contract of the workspace uses such clauses, this is a remark and rolls up to one line.

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
customProperties:
  - {property: tidegate.compatibility, value: FORWARD}
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
  - {property: tidegate.invalidRecords, value: {action: quarantine, definition: order_id is null, location: quarantine.orders}}
  - {property: tidegate.replay, value: {strategy: full_refresh}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Contract
from tidegate_analyzers.graph.contracts import uses_tidegate_clauses
from tidegate_analyzers.rules.base import CRITICAL, Context, Finding, Offer, Severity, rule
from tidegate_analyzers.rules.contracts.groups import contract_group

_ACTIONS = ("quarantine", "reject", "fail", "default")


@rule(
    "TG105",
    "contract-missing-invalid-record-handling",
    category="data-quality",
    severity="warning",
    profiles=CRITICAL,
    looks_at=("yaml", "dbt_yaml"),
    wants=("contracts",),
    of_whole=True,
    absence="{have} of {n} contracts say what happens to invalid records",
)
def contract_missing_invalid_record_handling(ctx: Context) -> Iterator[Finding]:
    """Each contract file."""
    if ctx.shielded:
        return
    for number, contract in enumerate(ctx.facts.contracts):
        if contract.status == "retired":
            continue
        value = contract.extension("invalidRecords")
        fault = _fault(value.value) if value is not None else ""
        handled = value is not None or _pipeline_quarantines(ctx, contract)
        group = contract_group(ctx.path)
        ctx.count(group, has=handled and not fault)
        severity: Severity = "warning" if uses_tidegate_clauses(ctx.view) else "info"
        if fault and value is not None:
            yield ctx.finding(value.site, fault, severity=severity, subject=contract.id, group=group)
        elif not handled:
            offer = Offer(
                "odcs.invalid-records", "Insert the handling of invalid records", True, (ctx.path, str(number))
            )
            yield ctx.finding(
                contract.site,
                f"the contract of '{contract.name or contract.id}' does not say what happens to invalid records; expected the custom property 'tidegate.invalidRecords'",
                severity=severity,
                subject=contract.id,
                offers=[offer],
                group=group,
            )


def _fault(value: object) -> str:
    if not isinstance(value, dict):
        return "'tidegate.invalidRecords' is expected to be a mapping with definition, action and location"
    action = value.get("action")
    if action not in _ACTIONS:
        return f"the action '{action}' is unknown; expected quarantine, reject, fail or default"
    if not value.get("definition"):
        return "nothing says which records are invalid; expected 'definition' in 'tidegate.invalidRecords'"
    return "the action quarantine needs a location" if action == "quarantine" and not value.get("location") else ""


def _pipeline_quarantines(ctx: Context, contract: Contract) -> bool:
    """True when a pipeline that writes the dataset says what happens to invalid records."""
    for obj in contract.objects:
        name = (obj.physical.rpartition(".")[2] or obj.name).casefold()
        for posting in ctx.view.find(f"stage:{name}"):
            facts = ctx.view.facts(posting.path)
            if facts is None or posting.number >= len(facts.pipelines):
                continue
            pipeline = facts.pipelines[posting.number]
            if pipeline.block("quarantine") is not None:
                return True
            if posting.kind == "stage" and any(
                stage.block("quarantine") is not None
                for stage in pipeline.stages
                if any(r.relation.name == name for r in stage.outputs)
            ):
                return True
    return False
