"""Invalid records have nowhere to go and nothing stops them.

Data from outside breaks: a field is missing, a number is text. A stage that takes it in or validates it either
keeps such records apart, turns them away, or stops. Where none of this is said, they pass unseen or are dropped
unseen, and nobody can tell which.

Stopping counts: `action: fail` is an answer.

## Bad

`pipeline.yaml`:
```yaml
apiVersion: tidegate/v1
kind: Pipeline
pipeline_id: orders
version: 1.0.0
owner: data-platform
processing: {model: batch, loading: full_refresh}
schedule: {cron: "0 3 * * *"}
source_config:
  - {dataset: shop.orders, contract: {name: orders}}
target_config:
  - {dataset: raw.orders, contract: {name: orders}}
stages:
  - id: check
    kind: validate
    inputs: [shop.orders]
    outputs: [raw.orders]
    quality:
      - {metric: nullValues, property: order_id, mustBe: 0}
```

## Good

`pipeline.yaml`:
```yaml
apiVersion: tidegate/v1
kind: Pipeline
pipeline_id: orders
version: 1.0.0
owner: data-platform
processing: {model: batch, loading: full_refresh}
schedule: {cron: "0 3 * * *"}
source_config:
  - {dataset: shop.orders, contract: {name: orders}}
target_config:
  - {dataset: raw.orders, contract: {name: orders}}
stages:
  - id: check
    kind: validate
    inputs: [shop.orders]
    outputs: [raw.orders]
    quality:
      - {metric: nullValues, property: order_id, mustBe: 0}
    quarantine: {action: quarantine, location: quarantine.orders, retention: 30d, owner: data-platform}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.rules.base import CRITICAL, Context, Finding, Offer, rule


@rule(
    "TG301",
    "absent-quarantine",
    category="data-quality",
    severity="warning",
    profiles=CRITICAL,
    looks_at=("yaml", "dbt_yaml"),
    wants=("pipelines",),
    of_whole=True,
)
def absent_quarantine(ctx: Context) -> Iterator[Finding]:
    """Each stage that takes in or validates data, unless its pipeline says what happens to invalid records."""
    for number, pipeline in enumerate(ctx.facts.pipelines):
        inherited = pipeline.block("quarantine")
        for index, stage in enumerate(pipeline.stages):
            if stage.kind not in ("ingest", "validate"):
                continue
            own = stage.block("quarantine")
            effective = own if own is not None else inherited
            if effective is not None and _says_where(effective.value):
                continue
            if effective is not None:
                yield ctx.finding(
                    effective.site,
                    f"the quarantine of the stage '{stage.id}' names neither a location nor an action that needs none",
                    subject=stage.id,
                )
                continue
            offer = Offer("pipeline.quarantine", "Insert a quarantine block", True, (ctx.path, str(number), str(index)))
            yield ctx.finding(
                stage.site,
                f"nothing says what the stage '{stage.id}' does with invalid records; expected 'quarantine'",
                subject=stage.id,
                offers=[offer],
            )


def _says_where(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    return bool(value.get("location")) or value.get("action") in ("fail", "reject")
