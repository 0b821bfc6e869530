"""A stage from which recovery starts, without a stored progress to start from.

After a failure somebody has to know what was done. At stages that take data in or publish it, progress is
persisted apart from the output, so that a restart resumes there instead of guessing from the data.

In a small pipeline one checkpoint is enough.

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
  - id: take
    kind: ingest
    inputs: [shop.orders]
    outputs: [raw.orders]
    idempotency: {strategy: replace}
    quarantine: {action: fail}
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
  - id: take
    kind: ingest
    inputs: [shop.orders]
    outputs: [raw.orders]
    idempotency: {strategy: replace}
    quarantine: {action: fail}
    checkpoint: {store: etl.progress, granularity: batch_window, recovery: resume}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Pipeline
from tidegate_analyzers.rules.base import RECOMMENDED, Context, Finding, Offer, rule


@rule(
    "TG402",
    "recovery-boundary-without-checkpoint",
    category="reliability",
    severity="warning",
    profiles=RECOMMENDED,
    looks_at=("yaml", "dbt_yaml"),
    wants=("pipelines",),
    of_whole=True,
)
def recovery_boundary_without_checkpoint(ctx: Context) -> Iterator[Finding]:
    """Each ingest and publish stage of a pipeline specification."""
    for number, pipeline in enumerate(ctx.facts.pipelines):
        size = pipeline.block("size")
        small = size is not None and size.value == "small"
        if small and any(stage.block("checkpoint") is not None for stage in pipeline.stages):
            continue
        for index, stage in enumerate(pipeline.stages):
            if stage.kind not in ("ingest", "publish"):
                continue
            given = stage.block("checkpoint")
            if given is not None and isinstance(given.value, dict) and given.value.get("store"):
                continue
            offer = Offer("pipeline.checkpoint", "Insert a checkpoint block", True, (ctx.path, str(number), str(index)))
            message = (
                f"the checkpoint of the stage '{stage.id}' names no store"
                if given is not None
                else f"the stage '{stage.id}' is where recovery starts, but nothing says where its progress is kept; expected 'checkpoint'"
            )
            yield ctx.finding(
                given.site if given is not None else stage.site,
                message,
                severity="error" if _must(pipeline) else "warning",
                subject=stage.id,
                offers=[offer],
            )
            if small:
                break


def _must(pipeline: Pipeline) -> bool:
    processing, size = pipeline.block("processing"), pipeline.block("size")
    model = processing.value.get("model") if processing is not None and isinstance(processing.value, dict) else None
    return model in ("streaming", "hybrid") or (size is not None and size.value == "large")
