"""A hand-off between stages without a contract.

From source to first stage, from one kind of stage to the next, and from the last stage to the target: at each
hand-off data changes hands, and each needs an agreement, given at the stage, at the source or target, or by an
ODCS file that describes the dataset.

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
  - {dataset: shop.orders}
target_config:
  - {dataset: mart.orders, contract: {name: orders}}
stages:
  - id: build
    kind: transform
    inputs: [shop.orders]
    outputs: [mart.orders]
    idempotency: {strategy: replace}
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
    idempotency: {strategy: replace}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import Pipeline, Read, Stage
from tidegate_analyzers.graph.contracts import contract_for_relation
from tidegate_analyzers.rules.base import CRITICAL, Context, Finding, Offer, rule
from tidegate_analyzers.safety.verdict import Step


@rule(
    "TG108",
    "stage-boundary-without-contract",
    category="reliability",
    severity="error",
    profiles=(*CRITICAL, "minimal"),
    looks_at=("yaml", "dbt_yaml"),
    wants=("pipelines",),
    of_whole=True,
)
def stage_boundary_without_contract(ctx: Context) -> Iterator[Finding]:
    """Each hand-off of a pipeline specification, once for each dataset."""
    for number, pipeline in enumerate(ctx.facts.pipelines):
        if _is_trivial(pipeline):
            continue
        contracted = _contracted(ctx, pipeline)
        reported: set[str] = set()
        for kind, index, read, words in _handoffs(pipeline):
            name = str(read.relation).casefold()
            if name in contracted or name in reported:
                continue
            resolved = contract_for_relation(ctx.view, read.relation)
            if resolved is not None:
                ctx.passed(
                    read.site, str(read.relation), [Step("held", resolved.how, "", resolved.path, resolved.site)]
                )
                continue
            reported.add(name)
            offer = Offer(
                "pipeline.contract",
                f"Create a data contract for '{read.relation}' and name it here",
                True,
                (ctx.path, str(number), kind, str(index), str(read.relation)),
            )
            evidence = [
                Step("fact", words, "", ctx.path, read.site),
                Step("failed", "neither the stage nor the dataset names a contract, and no ODCS file describes it"),
            ]
            yield ctx.finding(
                read.site,
                f"'{read.relation}' is handed over without a contract: {words}",
                subject=str(read.relation),
                evidence=evidence,
                offers=[offer],
            )


def _is_trivial(pipeline: Pipeline) -> bool:
    """A small flow of one stage whose ends both have contracts has no hand-off of its own."""
    size = pipeline.block("size")
    ends = (*pipeline.sources, *pipeline.targets)
    return (
        size is not None
        and size.value == "small"
        and len(pipeline.stages) == 1
        and all(end.block("contract") is not None for end in ends)
    )


def _contracted(ctx: Context, pipeline: Pipeline) -> set[str]:
    """The datasets for which the specification itself names a contract."""
    found: set[str] = set()
    for end in (*pipeline.sources, *pipeline.targets, *pipeline.stages):
        if end.block("contract") is not None:
            found |= {str(read.relation).casefold() for read in end.outputs}
    return found


def _handoffs(pipeline: Pipeline) -> Iterator[tuple[str, int, Read, str]]:
    """(kind of place, its index, the dataset, what happens there)."""
    used = {str(read.relation).casefold() for stage in pipeline.stages for read in stage.inputs}
    for index, source in enumerate(pipeline.sources):
        for read in source.outputs:
            if str(read.relation).casefold() in used:
                yield "source", index, read, "it comes from outside"
    for index, stage in enumerate(pipeline.stages):
        for read in stage.outputs:
            reader = _reader(pipeline, stage, read)
            if reader is not None:
                yield (
                    "stage",
                    index,
                    read,
                    f"the {stage.kind} stage '{stage.id}' gives it to the {reader.kind} stage '{reader.id}'",
                )
    for index, target in enumerate(pipeline.targets):
        for read in target.outputs:
            yield "target", index, read, "it is published"


def _reader(pipeline: Pipeline, stage: Stage, read: Read) -> Stage | None:
    name = str(read.relation).casefold()
    for other in pipeline.stages:
        if other is stage or other.kind in (stage.kind, "monitor"):
            continue
        if any(str(item.relation).casefold() in (name, stage.id.casefold()) for item in other.inputs):
            return other
    return None
