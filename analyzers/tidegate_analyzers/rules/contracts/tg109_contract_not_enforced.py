"""A contract file for a dbt model that nothing holds to it.

The file promises columns and types; the model may give others tomorrow, and nobody is told. dbt compares them
before it builds the model when the model's own contract is enforced.

Any test of the model counts as well, and so does a step that checks contracts (`datacontract test`,
`soda contract verify`) in a DAG or a workflow. Models in Python, ephemeral models and materialized views, whose
contracts dbt can't enforce, are left alone, and so are models of which several have the name.

## Bad

`dbt_project.yml`:
```yaml
name: shop
profile: shop
```

`models/orders.sql`:
```sql
select 1 as order_id
```

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
      - {name: order_id, logicalType: integer, physicalType: int}
    quality:
      - {metric: rowCount, mustBeGreaterThan: 0}
slaProperties:
  - {property: latency, value: 6, unit: h}
customProperties:
  - {property: tidegate.compatibility, value: FORWARD}
  - {property: tidegate.invalidRecords, value: {action: fail, definition: order_id is null}}
  - {property: tidegate.replay, value: {strategy: full_refresh}}
```

## Good

`dbt_project.yml`:
```yaml
name: shop
profile: shop
```

`models/orders.sql`:
```sql
select 1 as order_id
```

`models/orders.yml`:
```yaml
models:
  - name: orders
    config:
      contract: {enforced: true}
    columns:
      - {name: order_id, data_type: int}
```

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
      - {name: order_id, logicalType: integer, physicalType: int}
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
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.rules.base import RECOMMENDED, Context, Finding, Offer, Related, rule
from tidegate_analyzers.rules.contracts.enforced import ENFORCING
from tidegate_analyzers.safety.verdict import Step


@rule(
    "TG109",
    "contract-not-enforced",
    category="data-quality",
    severity="info",
    profiles=RECOMMENDED,
    looks_at=("yaml", "dbt_yaml"),
    wants=("contracts",),
)
def contract_not_enforced(ctx: Context) -> Iterator[Finding]:
    """Each object of a contract that is a dbt model."""
    if ctx.shielded:
        return
    for contract in ctx.facts.contracts:
        if contract.status in ("draft", "proposed", "deprecated", "retired"):
            continue
        for obj in contract.objects:
            key = _model(ctx, obj)
            if key is None:
                continue
            name = obj.name or obj.physical
            held = _held(ctx, key)
            if held:
                ctx.passed(obj.site, name, [Step("held", held, "enforced")])
                continue
            args = (key.path, str(key.index), key.name)
            yield ctx.finding(
                obj.site,
                f"nothing holds the model '{key.name}' to this contract: dbt does not enforce one, and it has no tests",
                proved=False,
                subject=name,
                evidence=[Step("fact", f"the model '{key.name}' has the name of the object", "", key.path)],
                related=[Related(key.path, 0, f"the model '{key.name}'")],
                offers=[Offer("dbt.enforce-contract", "Enforce a dbt contract", False, args)],
            )


def _model(ctx: Context, obj: ContractObject) -> NodeKey | None:
    """The one model that is the object, as far as names tell; `None` where dbt could not enforce its contract."""
    *schema, last = (obj.physical or obj.name).split(".")
    wanted = (schema[-1].casefold(),) if schema else obj.schemas
    found: list[NodeKey] = []
    for posting in ctx.view.find(f"name:{last.casefold()}"):
        facts = ctx.view.facts(posting.path)
        project = ctx.view.layout.project_of(posting.path)
        if posting.kind != "node" or facts is None or project is None or project.installed:
            continue
        node = facts.nodes[posting.number]
        key = NodeKey(posting.path, posting.number, node.name, node.kind)
        if node.kind != "model" or not dbt.is_on(ctx.view, key) or not _in_schema(ctx, key, wanted):
            continue
        if node.language != "sql" or (project.adapter and project.adapter not in ENFORCING):
            return None
        found.append(key)
    one = found[0] if len(found) == 1 else None
    material = dbt.materialization(ctx.view, one) if one is not None else ""
    return one if material in ("table", "view", "incremental") else None


def _in_schema(ctx: Context, key: NodeKey, wanted: tuple[str, ...]) -> bool:
    """Whether a model may lie in one of some schemas: dbt puts the target's schema before that which a model sets."""
    value = dbt.config_value(ctx.view, key, "schema")
    if not wanted or value is None or not value.known or not isinstance(value.value, str):
        return True
    own = value.value.casefold()
    return any(schema == own or schema.endswith(f"_{own}") for schema in wanted)


def _held(ctx: Context, key: NodeKey) -> str:
    if dbt.contract_enforced(ctx.view, key) is not None:
        return "its dbt contract is enforced"
    project = ctx.view.layout.project_of(key.path)
    if any(entry.tests for _, entry in dbt.properties_of(ctx.view, project, "model", key.name)):
        return "the model has tests"
    if any(kind == "test" for _, kind in dbt.users(ctx.view, key)):
        return "a test reads the model"
    gates = ctx.view.find("gate:contracts")
    return f"{gates[0].path} checks contracts" if gates else ""
