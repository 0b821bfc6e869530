"""An enforced dbt contract that dbt can't enforce.

dbt wants every column listed with its type, and refuses the model otherwise. It compares columns when it builds a table,
a view or an incremental model; an ephemeral model, a materialized view and a model in Python have no contract. An
incremental model needs `on_schema_change: append_new_columns` or `fail`, or else what is in the table and what the
contract says go apart.

Primary and foreign keys and unique constraints are only notes on Snowflake, BigQuery, Redshift and Databricks: a remark
says so where no test looks at the key either, and nothing (`warn_unenforced: false`) says that this is known.

## Bad

`dbt_project.yml`:
```yaml
name: shop
profile: shop
```

`models/int_orders.sql`:
```sql
select 1 as order_id, 2 as amount
```

`models/orders.yml`:
```yaml
models:
  - name: int_orders
    config:
      contract: {enforced: true}
    columns:
      - name: order_id
        data_type: integer
      - name: amount
```

## Good

`dbt_project.yml`:
```yaml
name: shop
profile: shop
```

`models/int_orders.sql`:
```sql
select 1 as order_id, 2 as amount
```

`models/orders.yml`:
```yaml
models:
  - name: int_orders
    config:
      contract: {enforced: true}
    columns:
      - name: order_id
        data_type: integer
      - name: amount
        data_type: integer
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import DbtProperties, Site, columns
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.dbt.data_tests import OF_KEYS, tests_of_model
from tidegate_analyzers.rules.base import RECOMMENDED, Context, Finding, Offer, rule

_WITHOUT = {
    "ephemeral": "an ephemeral model",
    "materialized_view": "a materialized view",
    "dynamic_table": "a dynamic table",
}
_NOTES_ONLY = frozenset(("bigquery", "databricks", "redshift", "snowflake"))
_KEYS = {"primary_key": "a primary key", "foreign_key": "a foreign key", "unique": "a unique constraint"}
_KEEPING = frozenset(("append_new_columns", "fail"))


@rule(
    "TG110",
    "dbt-contract-ineffective",
    category="data-quality",
    severity="warning",
    profiles=RECOMMENDED,
    looks_at=("dbt_yaml", "dbt_sql", "dbt_python"),
    wants=("properties", "nodes"),
    of_whole=True,
)
def dbt_contract_ineffective(ctx: Context) -> Iterator[Finding]:
    """Models whose contract is enforced for certain, each where its columns are listed, or else in its own file."""
    project = ctx.view.layout.project_of(ctx.path)
    if ctx.shielded or project is None or project.installed:
        return
    for site, key, entry in _models(ctx):
        enforced = dbt.contract_enforced(ctx.view, key)
        if enforced is None or not enforced[1].known or not dbt.is_on(ctx.view, key):
            continue
        node = dbt.node_of(ctx.view, key)
        material = dbt.materialization(ctx.view, key)
        what = "a model in Python" if node is not None and node.language == "python" else _WITHOUT.get(material, "")
        if what:
            yield ctx.finding(
                site, f"the contract of '{key.name}' has no effect: dbt enforces none of {what}", subject=key.name
            )
            continue
        yield from _columns(ctx, site, key, entry)
        yield from _changes(ctx, site, key, material)
        if entry is not None and project.adapter in _NOTES_ONLY:
            yield from _notes(ctx, key, entry, project.adapter)


def _models(ctx: Context) -> Iterator[tuple[Site, NodeKey, DbtProperties | None]]:
    project = ctx.view.layout.project_of(ctx.path)
    for entry in ctx.facts.properties:
        postings = ctx.view.find(f"node:{entry.name}") if entry.kind == "model" and not entry.versions else ()
        own = [posting for posting in postings if ctx.view.layout.project_of(posting.path) is project]
        if len(own) == 1:
            yield entry.site, NodeKey(own[0].path, own[0].number, entry.name, "model"), entry
    for i, node in enumerate(ctx.facts.nodes):
        if node.kind == "model" and not dbt.properties_of(ctx.view, project, "model", node.name):
            yield node.site, NodeKey(ctx.path, i, node.name, node.kind), None


def _columns(ctx: Context, site: Site, key: NodeKey, entry: DbtProperties | None) -> Iterator[Finding]:
    offers = [
        Offer("dbt.enforce-contract", "List the columns with their types", False, (key.path, str(key.index), key.name))
    ]
    if entry is None or not entry.column_count:
        message = f"the contract of '{key.name}' is enforced, but no columns are listed: dbt refuses the model"
        yield ctx.finding(site, message, subject=key.name, offers=offers)
        return
    for column in columns(entry.columns) if entry.typed_columns < entry.column_count else ():
        if not column.type:
            message = f"'{column.name}' has no data_type: dbt refuses the model, whose contract is enforced"
            yield ctx.finding(column.site, message, subject=f"{key.name}.{column.name}", offers=offers)


def _changes(ctx: Context, site: Site, key: NodeKey, material: str) -> Iterator[Finding]:
    node = dbt.node_of(ctx.view, key)
    if material != "incremental" or node is None or not node.config_complete:
        return
    value = dbt.config_value(ctx.view, key, "on_schema_change")
    if value is not None and (not value.known or value.value in _KEEPING):
        return
    given = f"'{value.value}'" if value is not None else "not set, and so 'ignore'"
    args = (key.path, str(key.index), "on_schema_change", "'append_new_columns'")
    yield ctx.finding(
        site,
        f"the contract of the incremental model '{key.name}' does not hold for the table that is there: "
        f"on_schema_change is {given}; expected append_new_columns or fail",
        subject=key.name,
        offers=[Offer("dbt.set-config", "Append new columns", False, args)],
    )


def _notes(ctx: Context, key: NodeKey, entry: DbtProperties, adapter: str) -> Iterator[Finding]:
    """Constraints that the platform takes down and does not enforce, and that no test looks after."""
    tests = [test for _, test in tests_of_model(ctx.view, key)]
    for constraint in entry.constraints:
        what = _KEYS.get(constraint.kind)
        looked_after = any(
            test.base_name == "relationships" and test.column in constraint.columns
            if constraint.kind == "foreign_key"
            else OF_KEYS.search(test.base_name)
            for test in tests
        )
        if what is not None and not constraint.accepted and not looked_after:
            yield ctx.finding(
                constraint.site,
                f"{what} is a note on {adapter}, which does not enforce it, and no test does",
                severity="info",
                subject=f"{key.name}.{','.join(constraint.columns)}",
            )
