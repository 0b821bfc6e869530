"""A contract that nothing can check.

What a contract says of columns is checked by the first reader that breaks. A rule that a machine can run (a row
count, duplicates of the key, a query) tells before. Text is for people and does not count.

Tests of the dbt model or source that the contract describes count, and so does `quality` at a stage of a
`pipeline.yaml` that reads or gives the dataset. Contracts that are retired, and those that describe no object, are
left alone.

## Bad

`contracts/orders.odcs.yaml`:
```yaml
apiVersion: v3.1.0
kind: DataContract
id: urn:shop:orders
version: 1.0.0
status: active
team: {name: sales}
schema:
  - name: orders
    properties:
      - {name: order_id, logicalType: integer, primaryKey: true, primaryKeyPosition: 1}
    quality:
      - {type: text, description: there are always some orders}
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
version: 1.0.0
status: active
team: {name: sales}
schema:
  - name: orders
    properties:
      - {name: order_id, logicalType: integer, primaryKey: true, primaryKeyPosition: 1}
    quality:
      - {metric: rowCount, mustBeGreaterThan: 0}
slaProperties:
  - {property: latency, value: 6, unit: h}
customProperties:
  - {property: tidegate.compatibility, value: FORWARD}
  - {property: tidegate.invalidRecords, value: {action: fail, definition: order_id is null}}
  - {property: tidegate.replay, value: {strategy: full_refresh}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import ContractObject
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.rules.base import RECOMMENDED, Context, Finding, Offer, rule
from tidegate_analyzers.rules.contracts.groups import contract_group
from tidegate_analyzers.safety.verdict import Step


@rule(
    "TG112",
    "contract-without-quality-rule",
    category="data-quality",
    severity="info",
    profiles=RECOMMENDED,
    looks_at=("yaml", "dbt_yaml"),
    wants=("contracts",),
    of_whole=True,
    absence="{have} of {n} contracts have a rule that can be checked",
)
def contract_without_quality_rule(ctx: Context) -> Iterator[Finding]:
    """Each contract file that describes an object."""
    if ctx.shielded:
        return
    for number, contract in enumerate(ctx.facts.contracts):
        if contract.status == "retired" or not contract.objects:
            continue
        held = "it has a quality rule" if contract.quality else ""
        for obj in contract.objects:
            held = held or _checked_elsewhere(ctx, obj)
        group = contract_group(ctx.path)
        ctx.count(group, has=bool(held))
        name = contract.name or contract.id
        if held:
            ctx.passed(contract.site, name, [Step("held", held, "checked")])
            continue
        yield ctx.finding(
            contract.site,
            f"nothing in the contract of '{name}' can be checked; expected 'quality' with a metric or a query",
            subject=contract.id,
            offers=[Offer("odcs.quality", "Insert quality rules", True, (ctx.path, str(number)))],
            group=group,
        )


def _checked_elsewhere(ctx: Context, obj: ContractObject) -> str:
    """What else checks the dataset: tests of the model or source of its name, a stage of a pipeline."""
    for name in {obj.name.casefold(), obj.physical.rpartition(".")[2].rpartition("/")[2].casefold()} - {""}:
        for posting in ctx.view.find(f"name:{name}"):
            facts = ctx.view.facts(posting.path)
            if facts is None:
                continue
            if posting.kind == "source" and facts.sources[posting.number].tests:
                return f"the source in {posting.path} has tests"
            if posting.kind == "node":
                node = facts.nodes[posting.number]
                project = ctx.view.layout.project_of(posting.path)
                if any(entry.tests for _, entry in dbt.properties_of(ctx.view, project, node.kind, node.name)):
                    return f"the {node.kind} '{node.name}' has tests"
        for posting in ctx.view.find(f"stage:{name}"):
            facts = ctx.view.facts(posting.path)
            pipeline = facts.pipelines[posting.number] if facts is not None else None
            if pipeline is not None and any(
                stage.block("quality") is not None
                for stage in pipeline.stages
                if any(read.relation.name == name for read in (*stage.inputs, *stage.outputs))
            ):
                return f"a stage of the pipeline '{pipeline.id}' checks it"
    return ""
