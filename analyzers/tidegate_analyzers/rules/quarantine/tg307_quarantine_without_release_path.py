"""A quarantine that records enter and never leave.

Nobody is named who looks at it, nothing says how a repaired record gets back into the pipeline, and nothing says when
one may be thrown away. It grows until somebody deletes it as a whole.

Looked at are quarantines in `pipeline.yaml` that have a location. The pipeline's owner counts as the quarantine's.

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
    quarantine:
      location: quarantine.orders
      metadata: [_quarantined_at, _run_id, _error_rule, _contract_version, _source, _raw_record]
      retention: 30d
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
    quarantine:
      location: quarantine.orders
      metadata: [_quarantined_at, _run_id, _error_rule, _contract_version, _source, _raw_record]
      retention: 30d
      owner: data-platform
      reprocess: replay
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.rules.base import Context, Finding, Offer, rule
from tidegate_analyzers.rules.quarantine.kept import kept

_WANTED = {
    "owner": "names nobody who looks at it",
    "reprocess": "doesn't say how a repaired record gets back",
    "retention": "doesn't say how long records are kept",
}


@rule(
    "TG307",
    "quarantine-without-release-path",
    category="operability",
    severity="info",
    profiles=("strict",),
    looks_at=("yaml", "dbt_yaml"),
    wants=("pipelines",),
    of_whole=True,
)
def quarantine_without_release_path(ctx: Context) -> Iterator[Finding]:
    """Each quarantine of a pipeline that lacks an owner, a way back or an end."""
    for found in kept(ctx):
        owner = found.pipeline.block("owner")
        lacks = [key for key in _WANTED if not found.value.get(key) and not (key == "owner" and owner is not None)]
        if lacks:
            words = [_WANTED[key] for key in lacks]
            yield ctx.finding(
                found.block.site,
                f"the quarantine of {found.label} {', and '.join(words)}; expected '{lacks[0]}'",
                subject=str(found.value["location"]),
                offers=[
                    Offer("pipeline.quarantine-key", f"Insert '{key}'", True, (*found.where, key)) for key in lacks
                ],
            )
