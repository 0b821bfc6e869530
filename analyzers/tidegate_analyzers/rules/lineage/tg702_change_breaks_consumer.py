"""A column is gone that others still rely on.

The model builds, and what reads it fails: a model that names the column, a test, an exposure's query, a statement in a
DAG. The working tree is compared with the last commit, so the finding is there while the column is being removed or
renamed, at the producer and at everyone who relies on it, and is gone once both sides agree. `tidegate check
--against REF` compares with another commit, such as the branch that a change is to be merged into.

A column counts as gone where all columns of the model are known today, and its query gave the column before. What is
made of the same columns in the same way, or takes the place of the only one that is gone, is likely its new name.
Outside of dbt's own names (a contract, a table in the SQL of a DAG, an exposure, which names no columns) the finding
is likely at most. What the base is unknown for, and what is half typed, is left alone.

## Bad

`dbt_project.yml`:
```yaml
name: shop
profile: shop
```

`HEAD:models/stg_orders.sql`:
```sql
select 1 as order_id, 2 as amount
```

`models/stg_orders.sql`:
```sql
select 1 as order_key, 2 as amount
```

`models/orders.sql`:
```sql
select order_id, amount from {{ ref('stg_orders') }}
```

## Good

`dbt_project.yml`:
```yaml
name: shop
profile: shop
```

`HEAD:models/stg_orders.sql`:
```sql
select 1 as order_id, 2 as amount
```

`models/stg_orders.sql`:
```sql
select 1 as order_key, 2 as amount
```

`models/orders.sql`:
```sql
select order_key, amount from {{ ref('stg_orders') }}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate_analyzers.facts import ColumnFlow, DbtProperties, Site, columns, flow, flows
from tidegate_analyzers.graph import contracts, dbt
from tidegate_analyzers.graph.base import Base
from tidegate_analyzers.graph.changes import Hit, Lost, hits, lost_columns, title
from tidegate_analyzers.graph.column_uses import judged_uses
from tidegate_analyzers.graph.columns import Dataset
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.graph.tables import nodes_of_table
from tidegate_analyzers.rules.base import EVERYWHERE, Context, Finding, Offer, Related, Severity, rule

SHOWN = 20
"""How many consumers a finding points to."""


@rule(
    "TG702",
    "change-breaks-consumer",
    category="reliability",
    severity="error",
    profiles=EVERYWHERE[:3],
    looks_at=("dbt_sql", "dbt_python", "dbt_seed", "dbt_yaml", "yaml", "sql", "python"),
    wants=("nodes", "properties", "column_names", "exposures", "contracts", "sql"),
)
def change_breaks_consumer(ctx: Context) -> Iterator[Finding]:
    """Columns that are gone since the base, at their producer and wherever they are relied on."""
    base = ctx.base
    if base is None or (ctx.view.keys is None and not base.touched):
        return
    for i, node in enumerate(ctx.facts.nodes):
        key = NodeKey(ctx.path, i, node.name, node.kind)
        if node.kind == "model" and dbt.is_on(ctx.view, key) is False:
            continue
        if node.kind in ("model", "snapshot", "seed"):
            yield from _producer(ctx, base, _as_referred(ctx, key), node.site)
        query = flow(node.flow)
        if query is not None and query.uses:
            yield from _in_query(ctx, base, query)
    for entry in ctx.facts.properties:
        if entry.kind in ("model", "seed", "snapshot") and entry.column_count:
            yield from _in_properties(ctx, base, entry)
    yield from _named_columns(ctx, base)
    yield from _exposures(ctx, base)
    yield from _contracts(ctx, base)
    yield from _sql(ctx, base)


def _as_referred(ctx: Context, key: NodeKey) -> NodeKey:
    """The key by which a `ref` finds a node: a version goes by the name of its model."""
    project = ctx.view.layout.project_of(ctx.path)
    for _, entry in dbt.properties_of(ctx.view, project, "model", key.name) if key.kind == "model" else ():
        if key.name in entry.versions:
            return NodeKey(key.path, key.index, entry.name, key.kind)
    return key


# -- the producer --------------------------------------------------------------------------------------------------


def _producer(ctx: Context, base: Base, key: NodeKey, site: Site) -> Iterator[Finding]:
    for name, lost in lost_columns(ctx.view, base, key).items():
        if lost.roots:
            continue  # it is said where the change was made
        found = hits(ctx.view, base, key, name)
        if not found:
            continue
        proved = any(hit.proved for hit in found)
        names = list(dict.fromkeys(_consumer(hit) for hit in found))
        yield ctx.finding(
            _place(ctx.path, lost, site),
            f"{_gone(key.name, lost)}; {_listed(names)} {'relies' if len(names) == 1 else 'rely'} on it",
            proved=proved,
            subject=key.name,
            related=[
                Related(hit.path, hit.site, f"{_consumer(hit)} relies on '{lost.was.name}'") for hit in found[:SHOWN]
            ],
            offers=_keep(ctx, lost),
        )


def _place(path: str, lost: Lost, whole: Site) -> Site:
    """What stands for a column that is gone: its new name, else the column beside it, else the whole node."""
    for column in (lost.now, lost.beside):
        if column is not None and column.path == path and column.site:
            return column.site
    return whole


def _listed(names: list[str]) -> str:
    shown = names if len(names) <= 4 else [*names[:3], f"{len(names) - 3} more"]
    return f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else shown[0]


def _consumer(hit: Hit) -> str:
    if hit.kind == "sql":
        return f"SQL in {hit.path}"
    words = {
        "properties": "the description of ",
        "contract": "the contract of ",
        "exposure": "the exposure ",
        "test": "the test ",
    }
    return f"{words.get(hit.kind, '')}'{hit.name}'"


def _keep(ctx: Context, lost: Lost) -> list[Offer]:
    if lost.now is None or lost.now.path != ctx.path or not lost.now.site:
        return []
    old = lost.was.name
    return [Offer("columns.keep-old", f"Give '{old}' as well", False, (ctx.path, str(lost.now.site), old))]


def _gone(name: str, lost: Lost) -> str:
    new = f"; it is likely '{lost.now.name}' now" if lost.now is not None else ""
    return f"'{name}' gives no column '{lost.was.name}' any more{new}"


# -- its consumers -------------------------------------------------------------------------------------------------


def _at_consumer(
    ctx: Context, dataset: Dataset, lost: Lost, site: Site, *, severity: Severity | None = None, proved: bool = True
) -> Finding:
    """A finding where a column is relied on that a dataset gives no more."""
    message = _gone(title(ctx.view, dataset), lost)
    roots = lost.roots or ((dataset, lost.was.name),)
    if lost.roots:
        message += f", since {' and '.join(sorted({repr(title(ctx.view, root)) for root, _ in roots}))} lost it"
    offers = []
    if lost.now is not None:
        offers = [Offer("text.replace", f"Change to '{lost.now.name}'", False, (ctx.path, str(site), lost.now.name))]
    related = [Related(root.path, _made(ctx, root, lost), f"'{title(ctx.view, root)}' gave it") for root, _ in roots]
    return ctx.finding(
        site, message, severity=severity, proved=proved, subject=lost.was.name, related=related, offers=offers
    )


def _made(ctx: Context, dataset: Dataset, lost: Lost) -> Site:
    node = dbt.node_of(ctx.view, dataset) if isinstance(dataset, NodeKey) else None
    return _place(dataset.path, lost, node.site if node is not None else 0)


def _in_query(ctx: Context, base: Base, query: ColumnFlow) -> Iterator[Finding]:
    for judged in judged_uses(ctx.view, ctx.path, query):
        if judged.state != "missing":
            continue
        for dataset in judged.datasets:
            lost = lost_columns(ctx.view, base, dataset).get(judged.use.name.casefold())
            if lost is not None:
                yield _at_consumer(ctx, dataset, lost, judged.use.site)
                break


def _in_properties(ctx: Context, base: Base, entry: DbtProperties) -> Iterator[Finding]:
    """What YAML says of a column: a test of it fails, and so does dbt where the contract is enforced."""
    key = _entry_node(ctx, entry)
    gone = lost_columns(ctx.view, base, key) if key is not None else {}
    for column in columns(entry.columns) if key is not None and gone else ():
        lost = gone.get(column.name.strip('"`').casefold())
        if lost is None or key is None:
            continue
        severity: Severity = "warning" if column.tests or column.not_null or column.unique else "info"
        if dbt.contract_enforced(ctx.view, key) is not None:
            severity = "error"
        yield _at_consumer(ctx, key, lost, column.site, severity=severity)


def _entry_node(ctx: Context, entry: DbtProperties) -> NodeKey | None:
    """The node an entry speaks of; one with versions speaks of several, which may differ."""
    project = ctx.view.layout.project_of(ctx.path)
    found = [
        NodeKey(posting.path, posting.number, entry.name, entry.kind)
        for posting in ctx.view.find(f"node:{entry.name}")
        if ctx.view.layout.project_of(posting.path) is project
    ]
    node = dbt.node_of(ctx.view, found[0]) if len(found) == 1 and not entry.versions else None
    return found[0] if node is not None and node.kind == entry.kind else None


def _named_columns(ctx: Context, base: Base) -> Iterator[Finding]:
    """Columns that tests, unit tests and semantic models name."""
    for mention in ctx.facts.column_names:
        key = dbt.resolve_ref(ctx.view, ctx.path, mention.of).node
        lost = lost_columns(ctx.view, base, key).get(mention.name.casefold()) if key is not None else None
        if key is not None and lost is not None:
            yield _at_consumer(ctx, key, lost, mention.site, severity="warning")


def _exposures(ctx: Context, base: Base) -> Iterator[Finding]:
    for exposure in ctx.facts.exposures:
        for ref in exposure.refs:
            key = dbt.resolve_ref(ctx.view, ctx.path, ref).node
            for lost in lost_columns(ctx.view, base, key).values() if key is not None else ():
                if key is not None:
                    site = ref.sites[-1] if ref.sites else ref.site
                    finding = _at_consumer(ctx, key, lost, site, severity="warning", proved=False)
                    yield _about_exposure(ctx, finding, exposure.name)


def _about_exposure(ctx: Context, finding: Finding, name: str) -> Finding:
    """It names no columns: it may rely on the one that is gone."""
    return ctx.finding(
        finding.site,
        f"{finding.message}; the exposure '{name}' may rely on it",
        severity="warning",
        proved=False,
        subject=finding.subject,
        related=finding.related,
    )


def _contracts(ctx: Context, base: Base) -> Iterator[Finding]:
    for contract in ctx.facts.contracts:
        for obj in contract.objects:
            for name in {obj.name.casefold(), obj.physical.rpartition(".")[2].casefold()} - {""}:
                for posting in ctx.view.find(f"name:{name}"):
                    facts = ctx.view.facts(posting.path) if posting.kind == "node" else None
                    if facts is None:
                        continue
                    node = facts.nodes[posting.number]
                    key = NodeKey(posting.path, posting.number, node.name, node.kind)
                    gone = lost_columns(ctx.view, base, key)
                    names = contracts.names_of_node(ctx.view, key)
                    described = any(
                        other.site == obj.site and place.path == ctx.path
                        for table in (names if gone else ())
                        for place, other in contracts.described(ctx.view, table.casefold(), (table,))
                    )
                    for column in columns(obj.columns) if described else ():
                        lost = gone.get(column.name.casefold())
                        if lost is not None:
                            yield _at_consumer(ctx, key, lost, column.site, proved=False)


def _sql(ctx: Context, base: Base) -> Iterator[Finding]:
    """SQL outside of dbt, which knows a model by the name of its table alone."""
    for text in ctx.facts.sql:
        for query in flows(text.flows):
            keys = [nodes_of_table(ctx.view, relation) for relation in query.inputs]
            for use in query.uses:
                inputs = [keys[number] for number in use.inputs]
                if use.state or len(inputs) != 1 or len(inputs[0]) != 1:
                    continue
                lost = lost_columns(ctx.view, base, inputs[0][0]).get(use.name.casefold())
                if lost is not None:
                    yield _at_consumer(ctx, inputs[0][0], lost, use.site, proved=False)
