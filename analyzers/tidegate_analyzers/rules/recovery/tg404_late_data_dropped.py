"""An incremental model that never takes in a row which arrives late.

`order_date > (select max(order_date) from {{ this }})` takes rows above the newest that the table holds. A row for an
earlier time, one that a phone sent when it was back online or a partner delivered a day after, is below it for ever
and is lost without a word. Looking back some days takes such rows in; a `unique_key` then sees to it that rows which
are there already are not added twice.

A column that says when a row was loaded or changed, or counts rows up, has no late values: the rule is silent on names
such as `updated_at`, `_loaded_at`, `inserted_at`, `id` and `offset`, and on columns that are made of such. It is silent
too where the filter looks back, where the strategy is microbatch, and where a `pipeline.yaml` says
`late_data: {policy: drop}` of the dataset. Where a contract promises that the dataset is complete, the finding is a warning.

## Bad

`dbt_project.yml`:
```yaml
name: shop
profile: shop
```

`profiles.yml`:
```yaml
shop:
  outputs:
    dev: {type: snowflake}
```

`models/orders.sql`:
```sql
{{ config(materialized='incremental', unique_key='order_id', on_schema_change='fail') }}
select order_id, order_date from {{ ref('stg_orders') }}
{% if is_incremental() %}
where order_date > (select max(order_date) from {{ this }})
{% endif %}
```

`seeds/stg_orders.csv`:
```csv
order_id,order_date
```

## Good

`dbt_project.yml`:
```yaml
name: shop
profile: shop
```

`profiles.yml`:
```yaml
shop:
  outputs:
    dev: {type: snowflake}
```

`models/orders.sql`:
```sql
{{ config(materialized='incremental', unique_key='order_id', on_schema_change='fail') }}
select order_id, order_date from {{ ref('stg_orders') }}
{% if is_incremental() %}
where order_date > (select dateadd('day', -3, max(order_date)) from {{ this }})
{% endif %}
```

`seeds/stg_orders.csv`:
```csv
order_id,order_date
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate_analyzers.facts import Restriction
from tidegate_analyzers.graph import columns, dbt
from tidegate_analyzers.graph.contracts import contract_of, described
from tidegate_analyzers.graph.dbt import NodeKey
from tidegate_analyzers.rules.base import Context, Finding, Offer, Related, rule
from tidegate_analyzers.rules.incrementals import group_of, incremental_models
from tidegate_analyzers.safety.models import is_keyed, strategy_of
from tidegate_analyzers.safety.verdict import Step

_WORDS = re.compile(r"[^\W\d_]+")
_TIME = frozenset(
    [
        "at",
        "date",
        "datetime",
        "day",
        "dt",
        "hour",
        "minute",
        "month",
        "on",
        "quarter",
        "time",
        "timestamp",
        "ts",
        "week",
        "year",
        "ano",
        "anno",
        "data",
        "datum",
        "dia",
        "fecha",
        "giorno",
        "jahr",
        "jour",
        "mes",
        "mese",
        "monat",
        "tag",
    ]
)
"""Words in the names of columns that hold a time."""
_DAYS = frozenset(("date", "day", "dt", "data", "fecha", "datum"))
_PLAIN = re.compile(r"(?:\w+\.)?(?P<column>\w+)\s*>")
"""A condition that compares a column as it is."""
_OF_THE_LOAD = frozenset(
    [
        "added",
        "airbyte",
        "appended",
        "arrival",
        "arrived",
        "batch",
        "carga",
        "changed",
        "copied",
        "created",
        "dbt",
        "etl",
        "extracao",
        "extract",
        "extracted",
        "fivetran",
        "import",
        "imported",
        "ingest",
        "ingested",
        "ingestion",
        "insert",
        "inserted",
        "insertion",
        "landed",
        "load",
        "loaded",
        "loading",
        "logged",
        "mod",
        "modification",
        "modified",
        "partition",
        "processed",
        "processing",
        "publish",
        "published",
        "received",
        "receipt",
        "replicated",
        "row",
        "run",
        "scraped",
        "sequence",
        "snapshot",
        "stitch",
        "stored",
        "sync",
        "synced",
        "system",
        "update",
        "updated",
        "upload",
        "uploaded",
        "version",
        "written",
    ]
)
"""Words in the names of columns that say when a row came or changed, and not what it is about."""
_PROMISES = frozenset(("completeness", "errorrate", "error_rate", "er"))


@rule(
    "TG404",
    "late-data-dropped",
    category="data-quality",
    severity="info",
    looks_at=("dbt_sql",),
    wants=("nodes",),
    absence="{have} of {n} {what} that continue from their newest row look back for rows that come late",
)
def late_data_dropped(ctx: Context) -> Iterator[Finding]:
    """Each incremental model that takes only what is above the newest row it holds."""
    for key, node in incremental_models(ctx):
        if node.load is None or node.load.opaque or strategy_of(ctx.view, key) == "microbatch":
            continue
        bounds = [
            r
            for arm in node.load.arms
            for r in arm
            if r.kind in ("high_water", "overlap") and _is_event(r) and not _made_of_load(ctx, key, r)
        ]
        if not bounds or _dropped_on_purpose(ctx, key):
            continue
        group = group_of(ctx)
        strict = next((bound for bound in bounds if bound.kind == "high_water"), None)
        ctx.count(group, has=strict is None)
        if strict is None:
            ctx.passed(
                node.site, node.name, [Step("held", f"it looks back: {bounds[0].text}", "", key.path, bounds[0].site)]
            )
            continue
        promise = _promise(ctx, key)
        column = " and ".join(f"'{name}'" for name in strict.columns)
        yield ctx.finding(
            strict.site,
            f"rows of '{node.name}' that arrive late are never taken in: only those above the newest {column} are",
            severity="warning" if promise is not None else "info",
            proved=False,
            subject=node.name,
            evidence=[
                Step(
                    "fact", f"only rows above what the table holds are read: {strict.text}", "", key.path, strict.site
                ),
                Step("unknown", f"{column} is taken for the time of what a row is about, by its name"),
            ],
            related=[promise] if promise is not None else [],
            offers=_offers(ctx, key, strict),
            group=group,
        )


def _is_event(bound: Restriction) -> bool:
    """Whether every column that is compared is named like a time, and none like that of the load."""
    names = [{word.casefold() for word in _WORDS.findall(column)} for column in bound.columns]
    return bool(names) and all(words & _TIME and not words & _OF_THE_LOAD for words in names)


def _made_of_load(ctx: Context, key: NodeKey, bound: Restriction) -> bool:
    """Whether a column that is compared is made of such as say when a row came or changed."""
    for name in bound.columns:
        origins = columns.upstream(ctx.view, columns.ColumnKey(key, name))
        if origins and all(_OF_THE_LOAD & {w.casefold() for w in _WORDS.findall(o.name)} for o in origins):
            return True
    return False


def _dropped_on_purpose(ctx: Context, key: NodeKey) -> bool:
    for posting in ctx.view.find(f"stage:{key.name.casefold()}"):
        facts = ctx.view.facts(posting.path)
        for pipeline in facts.pipelines if facts is not None else ():
            late = pipeline.block("late_data")
            if late is not None and isinstance(late.value, dict) and late.value.get("policy") == "drop":
                return True
    return False


def _promise(ctx: Context, key: NodeKey) -> Related | None:
    """Where a contract says how complete the dataset is."""
    for posting, _ in described(ctx.view, key.name.casefold(), (key.name,)):
        contract = contract_of(ctx.view, posting)
        for sla in contract.slas if contract is not None else ():
            if sla.property.casefold() in _PROMISES:
                return Related(posting.path, sla.site, "the contract promises how complete it is")
    return None


def _offers(ctx: Context, key: NodeKey, bound: Restriction) -> Iterator[Offer]:
    """Looking back needs a key to match the rows that are there already; overwriting parts by it would lose rows."""
    strategy = strategy_of(ctx.view, key)
    plain = _PLAIN.match(bound.text)
    if plain is None or not (is_keyed(strategy) or strategy == "append"):
        return
    project = ctx.view.layout.project_of(ctx.path)
    words = {word.casefold() for word in _WORDS.findall(plain["column"])}
    if project is not None and project.adapter == "bigquery" and not words & _DAYS:
        return  # dbt.dateadd gives a DATETIME there, which is compared with dates but not with timestamps
    keyed = is_keyed(strategy) and dbt.unique_key(ctx.view, key) is not None
    title = "Look back three days" if keyed else "Look back three days, and merge by key"
    yield Offer("dbt.look-back", title, False, (key.path, str(key.index), str(bound.site), "" if keyed else "key"))
