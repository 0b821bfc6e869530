"""A stage that does not say what keeps its target right when it runs twice.

Retries, replays and migrations all run a stage again. Each stage that writes names its strategy, and what the
strategy needs: the key of a merge, the columns of the part that is replaced, a reason for appending. A stage with
retries that names none is an error: it will run twice.

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
  - {dataset: mart.orders, contract: {name: orders}}
stages:
  - id: build
    kind: transform
    inputs: [shop.orders]
    outputs: [mart.orders]
    idempotency: {strategy: keyed_merge}
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
  - {dataset: mart.orders, contract: {name: orders}}
stages:
  - id: build
    kind: transform
    inputs: [shop.orders]
    outputs: [mart.orders]
    idempotency: {strategy: keyed_merge, key: [order_id]}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Stage
from tidegate_analyzers.rules.base import RECOMMENDED, Context, Finding, Offer, rule

_NEEDS = {
    "keyed_merge": "key",
    "partition_overwrite": "partition_by",
    "delete_insert": "key or partition_by",
    "transactional": "token",
    "append_only": "reason",
    "dedup_on_read": "key",
}


@rule(
    "TG212",
    "stage-idempotency-undeclared",
    category="reliability",
    severity="warning",
    profiles=RECOMMENDED,
    looks_at=("yaml", "dbt_yaml"),
    wants=("pipelines",),
    of_whole=True,
)
def stage_idempotency_undeclared(ctx: Context) -> Iterator[Finding]:
    """Each writing stage of a pipeline specification."""
    for number, pipeline in enumerate(ctx.facts.pipelines):
        for index, stage in enumerate(pipeline.stages):
            if stage.kind not in ("ingest", "transform", "publish"):
                continue
            declared = stage.block("idempotency")
            body = declared.value if declared is not None and isinstance(declared.value, dict) else {}
            strategy = body.get("strategy")
            args = (ctx.path, str(number), str(index))
            if declared is None or strategy is None:
                offer = Offer("pipeline.idempotency", "Insert an idempotency block", True, args)
                yield ctx.finding(
                    stage.site,
                    f"the stage '{stage.id}' does not say what keeps its target right when it runs twice; expected 'idempotency'",
                    severity="error" if _is_retried(stage) else "warning",
                    subject=stage.id,
                    offers=[offer],
                )
                continue
            need = _NEEDS.get(str(strategy), "")
            if need and not any(body.get(word) for word in need.split(" or ")):
                offer = Offer("pipeline.idempotency", f"Insert {need.split(' or ')[0]}", True, args)
                yield ctx.finding(
                    declared.site,
                    f"the strategy {strategy} of the stage '{stage.id}' needs {need}",
                    subject=stage.id,
                    offers=[offer],
                )


def _is_retried(stage: Stage) -> bool:
    """True when the stage itself says that it will run twice."""
    retries = stage.block("retries")
    attempts = retries.value.get("max_attempts") if retries is not None and isinstance(retries.value, dict) else None
    return isinstance(attempts, int) and attempts > 0
