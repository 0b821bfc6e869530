"""Nobody has said how the past is processed again.

A bug in a transformation, a late source, a new column: sooner or later a past window must be loaded again, and
then is no time to find out what may be run, from which source, how far back and without disturbing the live
path. A pipeline that is rebuilt in full every time is its own replay path.

## Bad

`pipeline.yaml`:
```yaml
apiVersion: tidegate/v1
kind: Pipeline
pipeline_id: orders
version: 1.0.0
owner: data-platform
processing: {model: batch, loading: incremental}
schedule: {cron: "0 3 * * *"}
source_config:
  - {dataset: shop.orders, contract: {name: orders}}
target_config:
  - {dataset: mart.orders, contract: {name: orders}}
stages:
  - id: build
    kind: transform
    inputs: [shop.orders]
    outputs: [mart.orders]
    idempotency: {strategy: keyed_merge, key: [order_id]}
```

## Good

`pipeline.yaml`:
```yaml
apiVersion: tidegate/v1
kind: Pipeline
pipeline_id: orders
version: 1.0.0
owner: data-platform
processing: {model: batch, loading: incremental}
schedule: {cron: "0 3 * * *"}
source_config:
  - {dataset: shop.orders, contract: {name: orders}}
target_config:
  - {dataset: mart.orders, contract: {name: orders}}
stages:
  - id: build
    kind: transform
    inputs: [shop.orders]
    outputs: [mart.orders]
    idempotency: {strategy: keyed_merge, key: [order_id]}
replay: {strategy: keyed_merge, source_of_truth: shop.orders, window: 30d, isolation: separate-pool}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.graph.contracts import uses_tidegate_clauses
from tidegate_analyzers.rules.base import CRITICAL, Context, Finding, Offer, rule
from tidegate_analyzers.rules.contracts.groups import contract_group


@rule(
    "TG501",
    "missing-replay-plan",
    category="operability",
    severity="warning",
    profiles=CRITICAL,
    looks_at=("yaml", "dbt_yaml"),
    wants=("pipelines", "contracts"),
    of_whole=True,
    absence="{have} of {n} contracts say how consumers see a replay",
)
def missing_replay_plan(ctx: Context) -> Iterator[Finding]:
    """Each pipeline, and each contract of a workspace that writes such clauses."""
    for number, pipeline in enumerate(ctx.facts.pipelines):
        processing = pipeline.block("processing")
        loading = (
            processing.value.get("loading") if processing is not None and isinstance(processing.value, dict) else None
        )
        if loading == "full_refresh" or pipeline.block("replay") is not None:
            continue
        offer = Offer("pipeline.replay", "Insert a replay plan", True, (ctx.path, str(number)))
        yield ctx.finding(
            pipeline.site,
            f"nothing says how a past window of '{pipeline.id}' is processed again; expected 'replay'",
            subject=pipeline.id,
            offers=[offer],
        )
    if ctx.shielded:
        return
    for number, contract in enumerate(ctx.facts.contracts):
        if contract.status in ("retired", "deprecated"):
            continue
        has = contract.extension("replay") is not None
        group = contract_group(ctx.path)
        ctx.count(group, has=has)
        if not has:
            used = uses_tidegate_clauses(ctx.view)
            offer = Offer("odcs.replay", "Insert a replay clause", True, (ctx.path, str(number)))
            yield ctx.finding(
                contract.site,
                f"the contract of '{contract.name or contract.id}' does not say how consumers see a replay; expected the custom property 'tidegate.replay'",
                severity="warning" if used else "info",
                subject=contract.id,
                offers=[offer],
                group=group,
            )
