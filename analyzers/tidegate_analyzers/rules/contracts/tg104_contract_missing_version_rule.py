"""A contract whose version says nothing about what a change may break.

A version number tells consumers what changed if it follows SemVer; the compatibility mode tells producers what
may change within a major version. The mode stands in the custom property `tidegate.compatibility`, or for the
whole workspace in `contracts.compatibility` of the configuration.

While no contract of the workspace uses such clauses, this is a remark and rolls up to one line.

## Bad

`contracts/orders.odcs.yaml`:
```yaml
apiVersion: v3.1.0
kind: DataContract
id: urn:shop:orders
version: latest
status: active
team: {name: sales}
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
version: 1.2.0
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

import re
from collections.abc import Iterator

from tidegate_analyzers.graph.contracts import uses_tidegate_clauses
from tidegate_analyzers.rules.base import CRITICAL, Context, Finding, Offer, Severity, rule
from tidegate_analyzers.rules.contracts.groups import contract_group

_SEMVER = re.compile(r"v?\d+\.\d+\.\d+([-+].+)?\Z")
_MODES = re.compile(r"(?:BACKWARD|FORWARD|FULL)(?:_TRANSITIVE)?\Z|NONE\Z|CONSUMER\Z|REPLAY\Z")


@rule(
    "TG104",
    "contract-missing-version-rule",
    category="reliability",
    severity="warning",
    profiles=CRITICAL,
    looks_at=("yaml", "dbt_yaml"),
    wants=("contracts",),
    of_whole=True,
    absence="{have} of {n} contracts have a version by SemVer and a compatibility mode",
)
def contract_missing_version_rule(ctx: Context) -> Iterator[Finding]:
    """Each contract file."""
    if ctx.shielded:
        return
    for number, contract in enumerate(ctx.facts.contracts):
        if contract.status == "retired":
            continue
        version = str(contract.version.value) if contract.version.value is not None else ""
        mode = contract.extension("compatibility")
        policy = ctx.view.layout.options.compatibility
        wrong_version = bool(version) and not _SEMVER.match(version)
        wrong_mode = not policy and (mode is None or not _MODES.match(str(mode.value).upper()))
        group = contract_group(ctx.path)
        ctx.count(group, has=not (wrong_version or wrong_mode))
        severity: Severity = "warning" if uses_tidegate_clauses(ctx.view) else "info"
        args = (ctx.path, str(number))
        if wrong_version:
            yield ctx.finding(
                contract.version.site or contract.site,
                f"the version '{version}' is not SemVer, so it says nothing about what changed; expected a form such as 1.0.0",
                severity=severity,
                subject=contract.id,
                group=group,
            )
        if wrong_mode:
            message = (
                f"'{mode.value}' is no compatibility mode; expected FORWARD, BACKWARD, FULL, one of these with _TRANSITIVE, or NONE"
                if mode is not None
                else f"the contract of '{contract.name or contract.id}' does not say which changes it allows; expected the custom property 'tidegate.compatibility'"
            )
            offers = (
                [] if mode is not None else [Offer("odcs.compatibility", "Insert a compatibility mode", True, args)]
            )
            yield ctx.finding(
                mode.site if mode is not None else contract.site,
                message,
                severity=severity,
                subject=contract.id,
                offers=offers,
                group=group,
            )
