"""A `*` decides what others get to see.

A published model that ends in `select *` gives whatever its input has that day: a column that is renamed upstream is
gone for dashboards and exports, one that is added may be a secret. `insert into t select *` goes by position, and
breaks, or fills the wrong columns, when a column comes.

Stars are followed first: `select * from final` is fine where the common table expression lists its columns. So is a
model whose contract dbt enforces, which fails before anybody sees other columns, and `dbt_utils.star`. Where all
columns of the input are written out in the workspace the finding is a remark, and the fix writes them out here.
An INSERT into a staging table, or from one that is made for the same target, is let pass.

## Bad

`dbt_project.yml`:
```yaml
name: shop
profile: shop
```

`models/marts/fct_orders.sql`:
```sql
{{ config(materialized='table') }}
select * from {{ ref('stg_orders') }}
```

`models/stg_orders.sql`:
```sql
select 1 as order_id, 2 as amount
```

`models/marts/orders.yml`:
```yaml
models:
  - name: fct_orders
    config: {meta: {contract: orders, owner: sales}}
    columns:
      - {name: order_id, data_tests: [unique, not_null]}
```

## Good

`dbt_project.yml`:
```yaml
name: shop
profile: shop
```

`models/marts/fct_orders.sql`:
```sql
{{ config(materialized='table') }}
with final as (
    select order_id, amount from {{ ref('stg_orders') }}
)
select * from final
```

`models/stg_orders.sql`:
```sql
select 1 as order_id, 2 as amount
```

`models/marts/orders.yml`:
```yaml
models:
  - name: fct_orders
    config: {meta: {contract: orders, owner: sales}}
    columns:
      - {name: order_id, data_tests: [unique, not_null]}
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.facts import ColumnFlow, DbtNode, Output, Relation, SqlText, flows
from tidegate_analyzers.facts.columns import EVERY
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.boundaries import Boundary, boundary_of
from tidegate_analyzers.graph.columns import NOTHING, dataset_columns, dataset_of, flow_of
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.rules.base import Context, Finding, Offer, Related, rule
from tidegate_analyzers.safety.guards import STAGING
from tidegate_analyzers.safety.verdict import Step

_COPY = re.compile(r"(?:^|_)(?:backup|bak|copy|old|archive|new|swap)(?:_|$)", re.I)


@rule(
    "TG703",
    "select-star-at-boundary",
    category="reliability",
    severity="warning",
    looks_at=("dbt_sql", "sql", "python"),
    wants=("nodes", "sql"),
)
def select_star_at_boundary(ctx: Context) -> Iterator[Finding]:
    """The stars of published models, and those of INSERTs."""
    if ctx.shielded:
        return
    for i, node in enumerate(ctx.facts.nodes):
        if node.kind == "model":
            yield from _model(ctx, NodeKey(ctx.path, i, node.name, node.kind), node)
    if ctx.facts.generated:
        return
    made = {
        write.target.name
        for text in ctx.facts.sql
        for write in text.writes
        if write.temporary or write.mode in ("create", "replace")
    }
    for text in ctx.facts.sql:
        if not text.streaming:
            yield from _inserts(ctx, text, made)


def _model(ctx: Context, key: NodeKey, node: DbtNode) -> Iterator[Finding]:
    stars = _stars(flow_of(ctx.view, key))
    boundary = boundary_of(ctx.view, key) if stars else None
    if boundary is None or any(use.name.rpartition(".")[2] == "star" for use in node.macros):
        return
    contract = dbt.contract_enforced(ctx.view, key)
    if contract is not None:
        step = Step("held", "dbt holds it to the columns of its contract", "enforced", contract[0], contract[1].site)
        ctx.passed(node.site, node.name, [step])
        return
    for output, inputs in stars:
        yield _at_model(ctx, node, boundary, output, inputs)


def _at_model(ctx: Context, node: DbtNode, boundary: Boundary, output: Output, inputs: tuple[Relation, ...]) -> Finding:
    datasets = [dataset_of(ctx.view, ctx.path, item) for item in inputs]
    every = [dataset_columns(ctx.view, item) if item is not None else NOTHING for item in datasets]
    known = all(columns.complete and not columns.dated for columns in every)
    names = " and ".join(f"'{name}'" for name in dict.fromkeys(map(str, inputs)))
    steps = [
        Step("fact", f"it is published: {boundary.why}", "", boundary.path, boundary.site),
        Step(
            "fact", f"a star hands on what {names} {'has' if len(inputs) == 1 else 'have'}", "", ctx.path, output.site
        ),
        Step("fact", f"all columns of {names} are written out in the workspace")
        if known
        else Step("unknown", f"which columns {names} {'has' if len(inputs) == 1 else 'have'} is not known here"),
    ]
    made = [(item, dbt.node_of(ctx.view, item)) for item in datasets if isinstance(item, NodeKey)]
    return ctx.finding(
        output.site,
        f"'{node.name}' publishes every column that {names} {'happens' if len(inputs) == 1 else 'happen'} to have; "
        "expected a list of columns",
        severity="info" if known else None,
        proved=boundary.certain,
        subject=node.name,
        evidence=steps,
        related=[
            Related(item.path, found.site, f"'{item.name}' is made here") for item, found in made if found is not None
        ],
        offers=[Offer("columns.expand-star", "Write the columns out", False, (ctx.path, str(output.site)))]
        if known
        else [],
    )


def _stars(query: ColumnFlow | None) -> list[tuple[Output, tuple[Relation, ...]]]:
    """The stars of a query that lead to inputs, with these."""
    if query is None:
        return []
    return [
        (output, tuple(query.inputs[origin.input] for origin in output.origins))
        for output in query.outputs
        if output.name == EVERY and output.origins and output.site
    ]


def _inserts(ctx: Context, text: SqlText, made: set[str]) -> Iterator[Finding]:
    """The stars of INSERTs; a table that the file makes has the columns that the file gives it."""
    for query in flows(text.flows):
        target = query.target
        if target is None or query.way == "create" or target.dynamic or any(map(_is_staging, target.parts)):
            continue
        for output, inputs in _stars(query):
            if any(item.dynamic or item.name in made or _is_for(item, target) for item in inputs):
                continue
            names = " and ".join(f"'{item}'" for item in inputs)
            yield ctx.finding(
                output.site,
                f"columns of {names} go into '{target}' by position: one that is added or moved breaks the load or "
                "fills the wrong column; expected a list of columns",
                proved=False,
                subject=str(target),
                evidence=[
                    Step("fact", f"the INSERT takes all columns of {names}", "", ctx.path, output.site),
                    Step("failed", "neither side lists columns"),
                ],
            )


def _is_for(source: Relation, target: Relation) -> bool:
    """Whether a table is made to be copied to the target: `orders_new` for `orders`."""
    return target.name in source.name or source.name in target.name or _is_staging(source.name)


def _is_staging(name: str) -> bool:
    return bool(STAGING.search(name) or _COPY.search(name))
