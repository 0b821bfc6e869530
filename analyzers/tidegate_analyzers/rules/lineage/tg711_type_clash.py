"""Values of two types that the database does not put together.

`order_id = '17'` works in one warehouse and is refused in the next; so is a union of a number with a text. The query
fails when it runs, or reads every row anew to turn one into the other.

Types are followed from where they are made: casts, functions, literals, columns of other models, types of sources in
YAML and of contracts that dbt enforces. What YAML says of a model without holding it to it is not believed. Only pairs
are told that the dialect surely refuses without a cast: BigQuery, Trino and Postgres are strict, the others mind
little more than dates and numbers. Text that is written out is read as what it meets wherever a dialect does so.
Where the type of a column comes from another file the finding is likely at most.

## Bad

`dbt_project.yml`:
```yaml
name: shop
profile: shop
```

`profiles.yml`:
```yaml
shop: {target: dev, outputs: {dev: {type: bigquery, schema: dev}}}
```

`models/orders.sql`:
```sql
with orders as (select cast('17' as string) as order_id)
select order_id from orders where order_id > 10
```

## Good

`dbt_project.yml`:
```yaml
name: shop
profile: shop
```

`profiles.yml`:
```yaml
shop: {target: dev, outputs: {dev: {type: bigquery, schema: dev}}}
```

`models/orders.sql`:
```sql
with orders as (select cast('17' as string) as order_id)
select order_id from orders where cast(order_id as int64) > 10
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.facts import ColumnFlow, Compared, flow, flows
from tidegate_analyzers.graph import dbt
from tidegate_analyzers.graph.columns import ColumnKey, column_type, dataset_of
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.readers.sql.types import clash, with_variables
from tidegate_analyzers.rules.base import Context, Finding, rule
from tidegate_analyzers.safety.verdict import Step

_VARIABLE = re.compile(r"\?(\d+)\.([^{}|]+)")


@rule(
    "TG711",
    "type-clash",
    category="reliability",
    severity="error",
    looks_at=("dbt_sql", "sql", "python"),
    wants=("nodes", "sql"),
)
def type_clash(ctx: Context) -> Iterator[Finding]:
    """The comparisons and unions of every query."""
    role = ctx.view.layout.role(ctx.path)
    dialect = role.dialect if role is not None else ""
    if not dialect:
        return
    for i, node in enumerate(ctx.facts.nodes):
        query = flow(node.flow)
        if query is None or not query.compared:
            continue
        if node.kind == "model" and dbt.is_on(ctx.view, NodeKey(ctx.path, i, node.name, node.kind)) is False:
            continue
        yield from _clashes(ctx, query, dialect, node.name)
    for text in ctx.facts.sql:
        for query in flows(text.flows):
            yield from _clashes(ctx, query, dialect, text.name)


def _clashes(ctx: Context, query: ColumnFlow, dialect: str, subject: str) -> Iterator[Finding]:
    for compared in query.compared:
        left, right = (_type(ctx, query, side, dialect) for side in (compared.left, compared.right))
        if not clash(left, right, dialect):
            continue
        verb = "unite" if compared.way == "union" else "compare"
        sides = _side(query, compared.left, left), _side(query, compared.right, right)
        yield ctx.finding(
            compared.site,
            f"{dialect} does not {verb} {sides[0]} with {sides[1]}; expected a cast",
            proved="?" not in compared.left + compared.right,
            subject=subject,
            evidence=_evidence(ctx, query, compared, (left, right)),
        )


def _type(ctx: Context, query: ColumnFlow, type_: str, dialect: str) -> str:
    """A type with those of the columns it comes of."""

    def variable(name: str) -> str:
        number, _, column = name[1:].partition(".")
        dataset = dataset_of(ctx.view, ctx.path, query.inputs[int(number)])
        return column_type(ctx.view, ColumnKey(dataset, column.casefold()), sure=True) if dataset is not None else ""

    return with_variables(type_, dialect, variable)


def _side(query: ColumnFlow, given: str, type_: str) -> str:
    column = _VARIABLE.fullmatch(given)
    if column is None:
        return "text in quotes" if type_ == "'" else type_
    return f"{type_} ('{column[2]}' of '{query.inputs[int(column[1])]}')"


def _evidence(ctx: Context, query: ColumnFlow, compared: Compared, types: tuple[str, str]) -> Iterator[Step]:
    for given, type_ in zip((compared.left, compared.right), types, strict=True):
        columns = [f"'{name}' of '{query.inputs[int(number)]}'" for number, name in _VARIABLE.findall(given)]
        if columns:
            yield Step("fact", f"what is made of {' and '.join(dict.fromkeys(columns))} is {type_}, by other files")
        else:
            yield Step("fact", f"the query itself makes a value that is {type_}", "", ctx.path, compared.site)
